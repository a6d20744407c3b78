from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import file_kinds
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
def test_a_misnamed_file_is_named_for_what_it_is(words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode.from_bytes(MISNAMED[words]())
    assert caught.value.reason == words


@pytest.mark.parametrize(
    "page",
    [b"<html><title>404", b"\r\n <HTML lang=en>", b"<!-- x --><html>", b"<?xml version='1.0'?><html>", b"<body>404"],
)
def test_a_web_page_may_begin_in_other_ways(page: bytes) -> None:
    assert file_kinds.name(page) == "a web page, not an image"


def test_an_avif_photo_whose_first_brand_says_nothing() -> None:
    assert file_kinds.name(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "an AVIF photo, " + SAVE


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"P", b"\0\0\1\0", b"RIFF", b"\0\0\0\x18ftyp", b"{", b"<", b"\xef\xbb\xbf"]
)
def test_the_first_bytes_alone_raise_no_error(data: bytes) -> None:
    assert file_kinds.name(data)


def test_a_text_cut_inside_a_letter_is_a_text() -> None:
    text = ("ä" * 4000).encode()
    assert file_kinds.name(text[:-1]) == file_kinds.name(b"x" + text) == "a text, not an image"
