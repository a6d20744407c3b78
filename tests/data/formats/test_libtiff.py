from __future__ import annotations

import io

import pytest
from PIL import Image

from studio.data.images import decode
from studio.data.images.decode import Unreadable


def damaged() -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(stream, "TIFF", compression="tiff_lzw")
    data = bytearray(stream.getvalue())
    data[400:440] = b"\xff" * 40
    return bytes(data)


def test_libtiff_does_not_write_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unreadable):
        decode.from_bytes(damaged())
    assert capfd.readouterr() == ("", "")
