"""Signatures of files that are neither photos nor weights, and detection of text.

Each reader has its own message for such a file.
"""

from __future__ import annotations

PACKED: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)
"""Programs that compress a single file."""

ARCHIVES: tuple[tuple[bytes, str], ...] = ((b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07", "RAR"))
"""Programs that pack several files into one, other than zip."""

HDF5 = b"\x89HDF\r\n\x1a\n"
NUMPY = b"\x93NUMPY"
PDF = b"%PDF-"
LFS_POINTER = b"version https://git-lfs"

BLANK = b"\xef\xbb\xbf \t\r\n"
"""Byte order marks and white space that may precede a text."""


def is_tar(data: bytes) -> bool:
    """True for a tar archive."""
    return data[257:262] == b"ustar"


def text(data: bytes) -> str | None:
    """The decoded beginning of a text, whose last character may be cut in two; None for other bytes."""
    if not data or b"\0" in data:
        return None
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        decoded = data[: error.start].decode("utf-8")
    return decoded if all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in decoded) else None
