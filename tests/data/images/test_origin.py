"""The day on which a photo was taken, and its camera."""

from __future__ import annotations

import pytest
from PIL import Image

from studio.data.images import origin


def exif(taken: object = None, stored: object = None, make: str = "", model: str = "") -> Image.Exif:
    made = Image.Exif()
    made[271], made[272] = make, model
    if stored is not None:
        made[306] = stored
    if taken is not None:
        made.get_ifd(0x8769)[36867] = taken
    return made


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024:05:31 10:00:00", "2024-05-31"), ("2024-05-31", "2024-05-31"), (" 2024/01/01", "2024-01-01"),
        ("2024:12:01", "2024-12-01"), ("0001:01:01", "0001-01-01"), ("2024:00:01", ""), ("2024:13:01", ""),
        ("2024:01:00", ""), ("2024:01:32", ""), ("2024:02:31", "2024-02-31"), ("0000:01:01", ""), ("", ""), (7, ""),
        ("    :  :  ", ""), ("24:01:01", ""),
    ],
)  # fmt: skip
def test_a_day_is_a_date(text: object, day: str) -> None:
    assert origin.day_of(exif(taken=text)) == origin.day_of(exif(stored=text)) == day


def test_the_day_of_the_exposure_comes_before_that_of_the_file() -> None:
    assert origin.day_of(exif("2024:05:31", "2023:01:01")) == "2024-05-31"
    assert origin.day_of(exif("0000:00:00", "2023:01:01")) == "2023-01-01"


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 80D", "Canon EOS 80D"), ("NIKON CORPORATION", "Nikon D5", "Nikon D5"), ("", "X", "X"),
        ("Acme\0", "  Zoom  5 ", "Acme Zoom 5"), ("Acme", "", "Acme"), ("", "", ""),
    ],
)  # fmt: skip
def test_the_make_is_named_once(make: str, model: str, camera: str) -> None:
    assert origin.camera_of(exif(make=make, model=model)) == camera
