"""Damaged picture files: a photo or a reason, never an error, a warning, a word on the terminal, or a wrong photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutations import FILES, cuts, mutants
from numpy.typing import NDArray

from studio.data.formats import pages
from studio.data.images import decode
from studio.data.images.decode import Unreadable

FEW, MANY = 25, 1500
WITH_CHECKSUMS = [kind for kind in FILES if "png" in kind]


def allowed(work: Callable[[], Any]) -> Any:
    """What it gives, or None where a file is refused; anything else that is raised fails the test."""
    why = ""
    try:
        return work()
    except Unreadable as error:
        why = error.reason
    assert why.strip()
    return None


def looked(data: bytes) -> NDArray[np.uint8] | None:
    """The photo, or None where it is refused, for a reason."""
    pages.note(data)
    image = allowed(lambda: decode.from_bytes(data))
    if image is None:
        return None
    assert image.mode == "RGB"
    return np.asarray(image)


def all_hold(kind: str, number: int, file: Path) -> None:
    data = FILES[kind]()
    wanted = looked(data)
    assert wanted is not None
    for harmed in mutants(data, number, seed=11):
        found = looked(harmed)
        if kind in WITH_CHECKSUMS and found is not None:
            assert np.array_equal(found, wanted)
        file.write_bytes(harmed)
        for attempt in (decode.check, lambda path: decode.thumbnail(path, 16)):
            allowed(lambda attempt=attempt: attempt(file))
    for short in cuts(data, number, seed=12):
        found = looked(short)
        assert found is None or np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", FILES)
def test_damage_is_noticed_or_harmless(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    all_hold(kind, FEW, tmp_path / "a")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", FILES)
def test_much_damage_is_noticed_or_harmless(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    all_hold(kind, MANY, tmp_path / "a")
    assert capfd.readouterr() == ("", "")
