"""Kinds of files that are not supported images, recognized by content, because a suffix may be wrong."""

from __future__ import annotations

import json
import re

from studio.data.formats import iso_media, magic

_SAVE_AS_JPEG = "which cannot be read here: save it as JPEG"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\0\0\0\x0cjP  \r\n\x87\n", f"a JPEG 2000 photo, {_SAVE_AS_JPEG}"),
    (b"\xff\x4f\xff\x51", f"a JPEG 2000 photo, {_SAVE_AS_JPEG}"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", f"a JPEG XL photo, {_SAVE_AS_JPEG}"),
    (b"\xff\x0a", f"a JPEG XL photo, {_SAVE_AS_JPEG}"),
    (b"II\xbc", f"a JPEG XR photo, {_SAVE_AS_JPEG}"),
    (b"8BPS", f"a Photoshop file (PSD), {_SAVE_AS_JPEG}"),
    (b"gimp xcf", f"a GIMP file (XCF), {_SAVE_AS_JPEG}"),
    (b"\x8aMNG\r\n\x1a\n", f"an MNG animation, {_SAVE_AS_JPEG}"),
    (b"\x8bJNG\r\n\x1a\n", f"a JNG picture, {_SAVE_AS_JPEG}"),
    (b"v/1\x01", f"an OpenEXR picture, {_SAVE_AS_JPEG}"),
    (b"#?RADIANCE", f"a Radiance picture (HDR), {_SAVE_AS_JPEG}"),
    (b"DDS ", f"a DDS texture, {_SAVE_AS_JPEG}"),
    (b"qoif", f"a QOI picture, {_SAVE_AS_JPEG}"),
    (b"FLIF", f"a FLIF picture, {_SAVE_AS_JPEG}"),
    (b"BPG\xfb", f"a BPG picture, {_SAVE_AS_JPEG}"),
    (b"icns", "a set of icons (ICNS), not a photo"),
    (b"IIU\0", f"a raw photo, {_SAVE_AS_JPEG}"),
    (b"IIRO", f"a raw photo, {_SAVE_AS_JPEG}"),
    (b"IIRS", f"a raw photo, {_SAVE_AS_JPEG}"),
    (b"FUJIFILMCCD-RAW", f"a raw photo, {_SAVE_AS_JPEG}"),
    (b"SIMPLE  =", f"a FITS picture, {_SAVE_AS_JPEG}"),
    (magic.HDF5, "an HDF5 file, not an image"),
    (magic.NUMPY, "a NumPy array (NPY), not an image: save it as PNG or TIFF"),
    (magic.PDF, "a PDF document, not an image"),
    (b"%!PS", "a PostScript document, not an image"),
    (b"PK\3\4", "an archive (ZIP) or an office document, not an image: unpack it"),
    (b"PK\5\6", "an archive (ZIP), not an image: unpack it"),
    *((sign, f"compressed ({program}): unpack it") for sign, program in magic.PACKED),
    *((sign, f"an archive ({program}), not an image: unpack it") for sign, program in magic.ARCHIVES),
    (b"\x1aE\xdf\xa3", "a video, not a photo"),
    (b"OggS", "a video or a sound, not a photo"),
    (b"ID3", "a sound, not a photo"),
    (b"\x7fELF", "a program, not an image"),
    (b"SQLite format 3\0", "a database (SQLite), not an image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document or Windows' own list of thumbnails, not an image"),
)

_BRANDS: dict[bytes, str] = {
    b"crx ": "a raw photo",
    b"jp2 ": "a JPEG 2000 photo",
}
"""Major brands of files in ISO base media format (ISO/IEC 14496-12)."""

_POINTERS = (
    (magic.LFS_POINTER, "a Git LFS pointer, not the image itself: fetch it with “git lfs pull”"),
    (b"/annex/objects/", "a git-annex pointer, not the image itself: fetch it with “git annex get”"),
    (b"../.git/annex/", "a git-annex pointer, not the image itself: fetch it with “git annex get”"),
)
_SERVER = "such as a server's error message, not an image: fetch the photo again"


def name(data: bytes) -> str:
    """Description of an unsupported file, as a continuation of “it is …”."""
    for beginning, words in _BEGINNINGS:
        if data.startswith(beginning):
            return words
    return _in_boxes(data) or _by_inner_marks(data) or _text(data) or _damage(data)


def _in_boxes(data: bytes) -> str:
    """HEIC, AVIF, raw photos and videos."""
    if data[4:8] != b"ftyp":
        return "a video, not a photo" if data[4:8] in (b"moov", b"mdat", b"wide") else ""
    words = next((_BRANDS[brand] for brand in iso_media.brands(data) if brand in _BRANDS), "")
    kind = iso_media.kind(data)  # without a library that reads it
    words = f"{'an' if kind == 'AVIF' else 'a'} {kind} photo" if kind else words
    return f"{words}, {_SAVE_AS_JPEG}" if words else "a video, not a photo"


def _by_inner_marks(data: bytes) -> str:
    """Kinds whose signature is not at the very beginning, or is ambiguous by itself."""
    if data[128:132] == b"DICM":
        return f"a DICOM picture, {_SAVE_AS_JPEG}"
    if data[:2] == b"MZ" and b"\0" in data[:64]:
        return "a program, not an image"
    if magic.is_tar(data):
        return "an archive (tar), not an image: unpack it"
    if data[:3] == b"\0\0\1" or data[:3] == b"\0\0\2":
        entry, count = data[6:22], int.from_bytes(data[4:6], "little")
        if data[3:4] == b"\0" and 0 < count < 256 and len(entry) == 16 and entry[3] == 0:
            return (
                "an icon (ICO), not a photo: save it as PNG" if data[2] == 1 else "a mouse pointer (CUR), not a photo"
            )
    if data[:4] == b"RIFF":
        kinds = {b"AVI ": "a video, not a photo", b"WAVE": "a sound, not a photo"}
        return kinds.get(data[8:12], "")
    if re.match(rb"P[1-7][\s#]+[\d#]", data[:16]) or re.match(rb"P[Ff]\s+\d", data[:16]):
        return f"a PNM picture, {_SAVE_AS_JPEG}"
    return ""


def _text(data: bytes) -> str:
    """Web pages, server messages, pointers, drawings and other text."""
    start = data[:1024].lstrip(magic.BLANK)
    small = start.lower()
    if small.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")) or b"<html" in small:
        return "a web page, not an image"
    for beginning, words in _POINTERS:
        if start.startswith(beginning):
            return words
    if b"<svg" in small:
        return "an SVG drawing, not a photo"
    if small.startswith(b"<?xml") or re.match(rb"<[a-z][\w:.-]*[\s>/]", small):
        return f"an XML text, {_SERVER}"
    text = magic.text(data[:4096])
    if text is None:
        return ""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and _is_json(data):
        return f"a JSON text, {_SERVER}"
    return "a text, not an image"


def _damage(data: bytes) -> str:
    """Possible damage of a file that was not recognized."""
    if not data.strip(b"\0"):
        return "not an image: it contains only zeros"
    place = data.find(b"\xff\xd8\xff", 0, 4096)
    if place > 0:
        return f"not an image as it begins: a JPEG follows after {place:,} other bytes"
    return "not an image"


def _is_json(data: bytes) -> bool:
    if len(data) > 1 << 20:
        return True
    try:
        json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return data.lstrip()[:2] in (b'{"', b'["', b"[{", b"[[") or data.lstrip().startswith(b"{\n")
    return True
