"""Tests of the file signatures."""

from __future__ import annotations

import pytest

from studio.data.formats import magic


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", None),
        (b"with a\0zero", None),
        (b"line\r\n\tline", "line\r\n\tline"),
        ("\ufeffgrüße".encode(), "\ufeffgrüße"),
        ("cut in two: ü".encode()[:-1], "cut in two: "),
        (b"wrong \xff in the middle of it", None),
        (b"\x01 is no letter", None),
    ],
)
def test_data_is_text_only_if_it_is_utf8_without_control_codes(data: bytes, text: str | None) -> None:
    assert magic.text(data) == text


def test_a_tar_archive_names_itself() -> None:
    assert magic.is_tar(b"\0" * 257 + b"ustar")
    assert not magic.is_tar(b"ustar")
