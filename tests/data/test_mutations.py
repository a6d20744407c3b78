"""Damaged image files give a photo or a reason, never an error, a warning, terminal output, or a wrong photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutations import FILES, cuts, mutants
from numpy.typing import NDArray
from trimming import few

from studio.data.formats import pages
from studio.data.images import decode
from studio.data.images.decode import Unreadable

FEW, MANY = 25, 1500
FEW_KINDS = ["jpeg", "mpo", "png", "png palette", "gif", "bmp", "webp", "tiff lzw"]
WITH_CHECKSUMS = [kind for kind in FILES if "png" in kind]


def allowed(work: Callable[[], Any]) -> Any:
    """The result of the call, or None where the file is refused; any other exception fails the test."""
    why = ""
    try:
        return work()
    except Unreadable as error:
        why = error.reason
    assert why.strip()
    return None


def decoded(data: bytes) -> NDArray[np.uint8] | None:
    """The decoded photo, or None where it is refused with a reason."""
    pages.note(data)
    image = allowed(lambda: decode.from_bytes(data))
    if image is None:
        return None
    assert image.mode == "RGB"
    return np.asarray(image)


def all_hold(kind: str, number: int, file: Path) -> None:
    data = FILES[kind]()
    expected = decoded(data)
    assert expected is not None
    for harmed in mutants(data, number, seed=11):
        result = decoded(harmed)
        if kind in WITH_CHECKSUMS and result is not None:
            assert np.array_equal(result, expected)
        file.write_bytes(harmed)
        for attempt in (decode.check, lambda path: decode.thumbnail(path, 16)):
            allowed(lambda attempt=attempt: attempt(file))
    for short in cuts(data, number, seed=12):
        result = decoded(short)
        assert result is None or np.array_equal(result, expected)


@pytest.mark.parametrize("kind", few(FILES, FEW_KINDS))
def test_a_damaged_file_is_reported_or_gives_the_same_photo(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    all_hold(kind, FEW, tmp_path / "a")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", FILES)
def test_a_heavily_damaged_file_is_reported_or_gives_the_same_photo(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    all_hold(kind, MANY, tmp_path / "a")
    assert capfd.readouterr() == ("", "")
