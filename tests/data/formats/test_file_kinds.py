from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import file_kinds, iso_media
from studio.data.images import decode
from studio.data.images.decode import Unreadable

SAVE = "which cannot be read here: save it as JPEG"
SERVER = "such as a server's error message, not an image: fetch the photo again"


def encoded(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 16), (90, 20, 9)).save(stream, kind)
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.jpg", b"x")
    return stream.getvalue()


def saved_by_numpy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros((4, 4)))
    return stream.getvalue()


MISNAMED = {
    "a JPEG 2000 photo, " + SAVE: lambda: encoded("JPEG2000"),
    "an icon (ICO), not a photo: save it as PNG": lambda: encoded("ICO"),
    "a PNM picture, " + SAVE: lambda: encoded("PPM"),
    "a DDS texture, " + SAVE: lambda: encoded("DDS"),
    "a PDF document, not an image": lambda: b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF",
    "a Photoshop file (PSD), " + SAVE: lambda: b"8BPS\0\1" + b"\0" * 100,
    "a JPEG XL photo, " + SAVE: lambda: b"\xff\x0a" + b"\0" * 60,
    "a DICOM picture, " + SAVE: lambda: b"\0" * 128 + b"DICM" + b"\0" * 60,
    "a NumPy array (NPY), not an image: save it as PNG or TIFF": saved_by_numpy,
    "an archive (ZIP) or an office document, not an image: unpack it": zipped,
    "compressed (gzip): unpack it": lambda: gzip.compress(encoded("JPEG")),
    "a video, not a photo": lambda: b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    "a raw photo, " + SAVE: lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    f"a JSON text, {SERVER}": lambda: b'{"error": "AccessDenied"}',
    f"an XML text, {SERVER}": lambda: b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "a web page, not an image": lambda: b"<!DOCTYPE html><html><body>404</body></html>",
    "a text, not an image": lambda: "Zugriff verweigert: Prüfen Sie …".encode(),
    "a Git LFS pointer, not the image itself: fetch it with “git lfs pull”": lambda: (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    ),
    "a git-annex pointer, not the image itself: fetch it with “git annex get”": lambda: (
        b"/annex/objects/SHA256E-s31390--f50d7.jpg\n"
    ),
    "not an image: it contains only zeros": lambda: b"\0" * 4000,
    "not an image as it begins: a JPEG follows after 1 other bytes": lambda: b"\n" + encoded("JPEG"),
    "not an image": lambda: bytes(range(1, 256)) * 4,
}


@pytest.mark.parametrize("words", MISNAMED)
def test_the_real_kind_of_a_misnamed_file_is_named(words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode.from_bytes(MISNAMED[words]())
    assert caught.value.reason == words


@pytest.mark.parametrize(
    "page",
    [b"<html><title>404", b"\r\n <HTML lang=en>", b"<!-- x --><html>", b"<?xml version='1.0'?><html>", b"<body>404"],
)
def test_a_web_page_may_begin_in_other_ways(page: bytes) -> None:
    assert file_kinds.name(page) == "a web page, not an image"


def test_an_avif_photo_with_an_unspecific_first_brand_is_recognized() -> None:
    assert file_kinds.name(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "an AVIF photo, " + SAVE


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"P", b"\0\0\1\0", b"RIFF", b"\0\0\0\x18ftyp", b"{", b"<", b"\xef\xbb\xbf"]
)
def test_the_first_bytes_alone_raise_no_error(data: bytes) -> None:
    assert file_kinds.name(data)


def test_a_text_cut_within_a_character_is_a_text() -> None:
    text = ("ä" * 4000).encode()
    assert file_kinds.name(text[:-1]) == file_kinds.name(b"x" + text) == "a text, not an image"


ODD = b"\xff" * 9
"""Bytes that are no text."""

RAW_VIDEO, SOUND = "a video, not a photo", "a sound, not a photo"


@pytest.mark.parametrize("kind", [b"moov", b"mdat", b"wide"])
def test_quicktime_videos_may_begin_with_other_boxes(kind: bytes) -> None:
    assert file_kinds.name(b"\0\0\0\x08" + kind + bytes(8)) == RAW_VIDEO
    assert file_kinds.name(b"\1\1\0\x08" + b"free" + bytes(8)) == "not an image"


@pytest.mark.parametrize(("place", "words"), [(63, "a program, not an image"), (64, "not an image")])
def test_a_program_of_windows_has_a_zero_in_its_first_64_bytes(place: int, words: str) -> None:
    data = b"MZ" + b"\xfe" * (place - 2) + b"\0" + b"\xfe" * 200
    assert file_kinds.name(data) == words
    assert file_kinds.name(b"M\xfe" + data[2:]) == "not an image"


def icon(kind: int = 1, count: int = 1, reserved: int = 0, high: int = 0, size: int = 16) -> bytes:
    entry = bytes([16, 16, 0, reserved]) + bytes(12)
    return bytes([0, 0, kind, high]) + count.to_bytes(2, "little") + entry[:size]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (icon(), "an icon (ICO), not a photo: save it as PNG"), (icon(2), "a mouse pointer (CUR), not a photo"),
        (icon(count=255), "an icon (ICO), not a photo: save it as PNG"),
        (icon(2, 255), "a mouse pointer (CUR), not a photo"),
        (icon(3), "not an image"), (icon(count=0), "not an image"), (icon(count=256), "not an image"),
        (icon(reserved=1), "not an image"), (icon(high=1), "not an image"), (icon(size=15), "not an image"),
    ],
)  # fmt: skip
def test_icons_and_cursors_are_distinguished_from_other_data(data: bytes, words: str) -> None:
    assert file_kinds.name(data) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"RIFF\0\0\0\0AVI LIST", RAW_VIDEO), (b"RIFF\0\0\0\0WAVEfmt ", SOUND),
        (b"P1 4 4\n0", f"a PNM picture, {SAVE}"), (b"P7\n#x", f"a PNM picture, {SAVE}"),
        (b"P6" + b" " * 13 + b"4" + ODD, f"a PNM picture, {SAVE}"), (b"P6" + b" " * 14 + b"4" + ODD, "not an image"),
        (b"Pf 4 4", f"a PNM picture, {SAVE}"), (b"PF" + b" " * 13 + b"4" + ODD, f"a PNM picture, {SAVE}"),
        (b"PF" + b" " * 14 + b"4" + ODD, "not an image"), (b"P8 4", "a text, not an image"),
        (b"Pf#4", "a text, not an image"), (b"x\xff", "not an image"), (b"x\xc3", "a text, not an image"),
        (b"x\xf0\x9f\x98", "a text, not an image"), (b"x\xf0\x9f\x98y", "not an image"),
        (b"x" * 257 + b"ustar\0", "an archive (tar), not an image: unpack it"),
    ],
)  # fmt: skip
def test_kinds_that_are_ambiguous_at_first_sight(data: bytes, words: str) -> None:
    assert file_kinds.name(data) == words


def test_only_the_beginning_of_a_text_is_searched() -> None:
    page, text = b"<html", "a text, not an image"
    assert file_kinds.name(b"x" * (1024 - len(page)) + page) == "a web page, not an image"
    assert file_kinds.name(b"x" * (1025 - len(page)) + page) == text
    assert file_kinds.name(b"x" * 4096 + b"\0") == text
    assert file_kinds.name(b"x" * 4095 + b"\0") == "not an image"


@pytest.mark.parametrize(("before", "named"), [(1, True), (1234, True), (4093, True), (4094, False)])
def test_a_jpeg_after_other_bytes_is_named(before: int, named: bool) -> None:
    name = file_kinds.name(b"\xfe" * before + b"\xff\xd8\xff" + b"\xfe" * 3000)
    assert name == (
        f"not an image as it begins: a JPEG follows after {before:,} other bytes" if named else "not an image"
    )
    assert file_kinds.name(b"\xff\xd8\xff\xfe") == "not an image"


JSON, TEXT = f"a JSON text, {SERVER}", "a text, not an image"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}', JSON), (" [1, 2]", JSON), ('\ufeff{"a": 1}', JSON), ('{"a": ', JSON), ('["a', JSON), ("[{a", JSON),
        ("[[1", JSON), ('\n{\n a', JSON), ("{a", TEXT), ("[1, 2", TEXT), ("[see below]", TEXT), ("3", TEXT),
        ("[" * 100_000, JSON), ("{x" + " " * (1 << 20), JSON), ("{x" + " " * ((1 << 20) - 2), TEXT),
    ],
)  # fmt: skip
def test_json_is_known_complete_or_cut_off(text: str, words: str) -> None:
    assert file_kinds.name(text.encode()) == words


def boxes(size: int, *brands: bytes, more: bytes = b"") -> bytes:
    return size.to_bytes(4, "big") + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:]) + more


@pytest.mark.parametrize(
    ("data", "brands"),
    [
        (boxes(16, b"isom", b"avif"), (b"isom",)),
        (boxes(20, b"isom", b"avif", b"heic"), (b"isom", b"avif")),
        (boxes(23, b"isom", b"avif", b"heic"), (b"isom", b"avif")),
        (boxes(24, b"isom", b"avif", b"heic"), (b"isom", b"avif", b"heic")),
        (boxes(0, b"isom", b"avif"), (b"isom",)), (boxes(15, b"isom", b"avif"), (b"isom",)),
    ],
)  # fmt: skip
def test_brands_are_those_of_the_first_box(data: bytes, brands: tuple[bytes, ...]) -> None:
    assert iso_media.brands(data) == brands
    assert iso_media.brands(data.replace(b"ftyp", b"free")) == ()
    assert len(iso_media.brands(boxes(1 << 30, b"isom", b"abcd" * 100))) == 1 + 60, "at most 256 bytes"


def test_every_brand_of_heic_and_avif_is_a_photo() -> None:
    for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        assert iso_media.kind(boxes(20, brand, b"isom")) == iso_media.kind(boxes(20, b"isom", brand)) == "HEIC"
        assert iso_media.kind(boxes(24, brand, b"avif")) == iso_media.kind(boxes(24, brand, b"isom", b"avis")) == "AVIF"
        assert iso_media.kind(boxes(20, brand, b"crx ")) == ""
    assert iso_media.kind(boxes(20, b"isom", b"mp42")) == ""


@pytest.mark.parametrize(
    ("after", "cut"),
    [
        (b"", False), (b"\0\0\0\x08mdat", False), (b"\0\0\0\x09mdat", True), (b"\0\0\0\x09mdatx", False),
        (b"\0\0\0\0mdat", False), (b"\0\0\0\x07mdat", True), (b"\0\0\0\1mdat\0\0\0\0\0\0\0\x12xx", False),
        (b"\0\0\0\1mdat\0\0\0\0\0\0\0\x13xx", True), (b"\0\0\0\1mdat\0\0\0\0\0\0\0\0xx", False), (b"\0\0", False),
        (b"\0\0\0\x08free\0\0\0\x0amdatx", True),
    ],
)  # fmt: skip
def test_a_file_with_an_incomplete_box_is_truncated(after: bytes, cut: bool) -> None:
    assert iso_media.is_cut(boxes(16, b"heic") + after) is cut
    assert not iso_media.is_cut(boxes(16, b"heic").replace(b"ftyp", b"free") + after)
