"""The kind of finding for a file that cannot be read."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from studio.data.bit_depth.reading import DIGEST_BYTES
from studio.data.checks import unreadable_files
from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable

PHOTO = PhotoFacts("JPEG", 8, 8, 1, False, False, False, False, 1, "", bytes(DIGEST_BYTES), b"", 9, 0.1, 99)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("empty file", "empty_file"), ("cut off: the file ends in zeros", "truncated"),
        ("too large: 9 × 9 pixels", "bomb"), ("a HEIC photo, which cannot be read here", "wrong_extension"),
        ("an AVIF picture", "wrong_extension"), ("a lossless or otherwise rare JPEG", "corrupt"),
        ("a JPEG of 12 bits a sample", "corrupt"), ("a text, not a photo", "corrupt"), ("damaged", "corrupt"),
        ("a Photoshop file (PSD)", "wrong_extension"),
    ],
)  # fmt: skip
def test_the_reason_decides(reason: str, kind: str) -> None:
    assert unreadable_files.kind_of(reason) == kind
    evidence: Any = SimpleNamespace(unreadable={"a": reason}, facts=FactsTable())
    checks = {
        "corrupt": unreadable_files.corrupt,
        "truncated": unreadable_files.truncated,
        "empty_file": unreadable_files.empty_file,
        "bomb": unreadable_files.bomb,
    }
    for name, check in checks.items():
        assert [(hit.photos, hit.detail) for hit in check(evidence)] == ([("a", reason)] if name == kind else [])


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (9, 1, "9 × 1 pixels; used, but slow to read"), (4, 2, ""),
        (1 << 17, 1 << 17, "131,072 × 131,072 pixels; used, but slow to read"),
    ],
)  # fmt: skip
def test_a_photo_above_the_bound_of_other_programs_is_slow(
    monkeypatch: pytest.MonkeyPatch, width: int, height: int, words: str
) -> None:
    monkeypatch.setattr(unreadable_files, "PILLOW_BOUND", 8)
    facts = FactsTable.of({"a": dataclasses.replace(PHOTO, width=width, height=height)})
    evidence: Any = SimpleNamespace(unreadable={}, facts=facts)
    assert [hit.detail for hit in unreadable_files.bomb(evidence)] == ([words] if words else [])


def test_a_photo_that_is_damaged_in_the_middle_is_corrupt() -> None:
    facts = FactsTable.of({"a": dataclasses.replace(PHOTO, damaged=True), "b": PHOTO})
    (hit,) = unreadable_files.corrupt(SimpleNamespace(unreadable={}, facts=facts))  # type: ignore[arg-type]
    assert hit.photos == "a"
