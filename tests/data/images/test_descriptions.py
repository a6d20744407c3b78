"""What a photo's file says about it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from studio.data.images.decode import Unreadable
from studio.data.images.descriptions import describe


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_size_format_and_colors():
    data = saved(Image.new("L", (30, 20)), "PNG")
    assert dict(describe(data)) == {"Size": "30 × 20 px", "File": "PNG, 0\u202fKB", "Colors": "gray"}


def test_camera_and_date():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Acme\0", " Zoom 5", 6
    exif.get_ifd(0x8769)[0x9003] = "2021:02:03 04:05:06"
    rows = dict(describe(saved(Image.new("RGB", (8, 8)), "JPEG", exif=exif)))
    assert (rows["Taken"], rows["Camera"]) == ("2021-02-03 04:05:06", "Acme Zoom 5")
    assert "EXIF" in rows["Rotated"]


def test_metadata_of_other_types_are_left_out():
    exif = Image.Exif()
    exif[0x0110], exif[0x0132] = "\0", "\n\n"
    assert {"Taken", "Camera"}.isdisjoint(dict(describe(saved(Image.new("RGB", (8, 8)), "JPEG", exif=exif))))


def test_more_than_8_bits():
    deep = Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000)
    assert dict(describe(saved(deep, "PNG")))["Colors"] == "more than 8 bits, integer"


def test_a_file_that_cannot_be_decoded():
    with pytest.raises(Unreadable):
        describe(b"no photo")


@pytest.mark.parametrize("turn", range(10))
def test_orientations_2_to_8_are_rotated(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    assert ("Rotated" in dict(describe(saved(Image.new("RGB", (8, 8)), "JPEG", exif=exif)))) is (2 <= turn <= 8)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Acme", "Acme 5", "Acme 5"), ("Acme", "5", "Acme 5"), ("Acme", "", "Acme"), ("", "5", "5"),
        ("Acme", "x" * 81, f"Acme {'x' * 80}"), (" \0", "", None),
    ],
)  # fmt: skip
def test_the_make_is_named_once(make: str, model: str, camera: str | None) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = make, model
    assert dict(describe(saved(Image.new("RGB", (8, 8)), "JPEG", exif=exif))).get("Camera") == camera


@pytest.mark.parametrize(
    ("taken", "changed", "shown"),
    [
        ("2021:02:03 04:05:06", "2022:01:01 00:00:00", "2021-02-03 04:05:06"),
        ("", "2022:01:02 03:04:05", "2022-01-02 03:04:05"),
        ("", "", None),
    ],
)
def test_the_time_of_the_exposure_comes_before_that_of_the_file(taken: str, changed: str, shown: str | None) -> None:
    exif = Image.Exif()
    exif[0x0132] = changed
    exif.get_ifd(0x8769)[0x9003] = taken
    assert dict(describe(saved(Image.new("RGB", (8, 8)), "JPEG", exif=exif))).get("Taken") == shown
