from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from mutations import FILES, encoded, picture
from PIL import Image

from studio.data import scan
from studio.data.formats import pages
from studio.events import DatasetScanned, PhotoNote
from studio.spec import DatasetSpec

Build = Callable[..., Path]


def stack(kind: str, number: int, **options: object) -> bytes:
    return encoded(kind, save_all=True, append_images=[picture(seed) for seed in range(1, number)], **options)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("TIFF", "first of 5 pages used"),
        ("GIF", "first of 5 frames used"),
        ("PNG", "first of 5 frames used"),
        ("WEBP", "first of 5 frames used"),
        ("MPO", "first of 5 pictures used"),
    ],
)
def test_files_of_several_pictures_are_counted(kind: str, words: str) -> None:
    assert pages.note(stack(kind, 5)) == words


def test_a_big_tiff_and_one_of_the_other_byte_order() -> None:
    assert pages.note(stack("TIFF", 3, big_tiff=True)) == "first of 3 pages used"
    image = Image.new("I;16B", (4, 4))
    assert pages.note(encoded("TIFF", image, save_all=True, append_images=[image])) == "first of 2 pages used"


def test_a_stack_of_imagej_may_have_one_page() -> None:
    for count, words in ((7, "first of 7 pages used"), (1, "")):
        description = f"ImageJ=1.54f\nimages={count}\nslices={count}\n"
        assert pages.note(encoded("TIFF", picture(), description=description)) == words
    assert pages.note(encoded("TIFF", picture(), description="images=7")) == ""


def test_smaller_copies_of_a_page_are_no_pages() -> None:
    stream = io.BytesIO()
    small = picture().resize((10, 7))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    picture().save(stream, "TIFF", save_all=True, append_images=[small])
    assert pages.note(stream.getvalue()) == ""


def test_a_photo_with_a_gain_map_is_one_picture() -> None:
    data = stack("MPO", 2)
    assert pages.note(data[:2] + b"\xff\xe1\0\x20hdrgm:Version=1.0 " + b" " * 13 + data[2:]) == ""


@pytest.mark.parametrize(
    "kind", [kind for kind in FILES if not kind.startswith(("mpo", "apng")) and " anim" not in kind]
)
def test_files_of_one_picture_have_no_note(kind: str) -> None:
    assert (pages.note(FILES[kind]()) == "") == (kind != "tiff pages")


def test_a_scan_lists_them_and_uses_them(build: Build) -> None:
    root = build("ants/a.png", "bees/a.png", "bees/b.png")
    (root / "ants" / "b.tif").write_bytes(stack("TIFF", 4))
    dataset = [event.dataset for event in scan.scan(DatasetSpec(str(root))) if isinstance(event, DatasetScanned)][-1]
    assert len(dataset.photos) == 4
    assert dataset.notes == (PhotoNote("ants/b.tif", "first of 4 pages used"),)
