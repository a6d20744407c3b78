"""Memory of a data set after its check, by the sizes of its objects: no time, and nothing of other programs, counts."""

from __future__ import annotations

import gc
import hashlib
import tracemalloc
from pathlib import Path

import pytest
from trimming import few

from studio.data.folder_memory import FolderMemory
from studio.data.images import decode
from studio.data.images.facts import SIDE, PhotoFacts
from studio.data.scan import scan
from studio.events import DatasetScanned
from studio.spec import DatasetSpec

NUMBER = 1000
MOST = 450
"""Bytes per photo; they are 310 and 360 with Python 3.11, and were 700 when each photo had an object for its facts."""


def facts_of(path: str) -> decode.PhotoCheck:
    """Facts of a photo that looks like no other, without opening it; in new objects, as from a file."""
    digest = hashlib.blake2b(str(path).encode(), digest_size=16).digest()
    width, size = 500 + digest[0], 30_000 + 256 * digest[1] + digest[2]
    small = (digest * (SIDE * SIDE // len(digest) + 1))[: SIDE * SIDE]
    shape = ("JPEG", width, 375 + digest[3], 1, False, False, False, False, 1, "")
    return decode.PhotoCheck(None, "", PhotoFacts(*shape, digest, small, 200, digest[4] / 2304, 300, False, size))


@pytest.mark.parametrize("state", few(["new", "known"], ["known"]))
def test_a_checked_photo_takes_less_than_half_a_kilobyte(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(NUMBER):
        file = tmp_path / "photos" / f"class {number % 10}" / f"photo_{number:06}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"%d" % number)
    monkeypatch.setattr(decode, "check", facts_of)
    monkeypatch.setattr("studio.data.checks.near_duplicates.search", nothing)
    monkeypatch.setattr("studio.data.content_hashes.RACY_SECONDS", -1)
    spec = DatasetSpec(str(tmp_path / "photos"), val_fraction=0.25)
    if state == "known":  # hashes are stored, so the first list is the final one
        list(scan(spec))
    memory, dataset = FolderMemory(), None
    gc.collect()
    tracemalloc.start()
    try:
        for event in scan(spec, memory=memory):
            dataset = event.dataset if isinstance(event, DatasetScanned) else dataset
        del event
        gc.collect()
        bytes_per_photo = tracemalloc.get_traced_memory()[0] / NUMBER
    finally:
        tracemalloc.stop()
    assert dataset is not None
    assert dataset.checked
    assert len(dataset.photos) == NUMBER
    assert 150 < bytes_per_photo < MOST  # paths and photos alone take 145


def nothing(*_: object):  # type: ignore[no-untyped-def]
    """A search without matches."""
    yield from ()
    return []
