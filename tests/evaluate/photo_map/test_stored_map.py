from __future__ import annotations

import os

import numpy as np
import pytest

from studio.evaluate.photo_map import stored_map
from studio.evaluate.photo_map.neighbors import Neighbors
from studio.evaluate.photo_map.rows import ArrayRows
from studio.evaluate.photo_map.stored_map import StoredMap
from studio.system import paths

ROWS = np.arange(24, dtype=np.float32).reshape(6, 4)
PLACES = np.arange(6)
KNOWN = StoredMap(
    np.ones((6, 2), np.float32), 0.5, Neighbors(np.zeros((6, 3), np.int32), np.full((6, 3), 0.25, np.float32))
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "maps_folder", lambda: tmp_path / "maps")
    return tmp_path / "maps"


def key(rows=ROWS, places=PLACES, method="tsne") -> str:
    return stored_map.key_of(ArrayRows(rows), places, method)


def test_a_map_is_read_again_and_only_by_the_same_features_method_and_parameters(monkeypatch):
    assert stored_map.load(key(), 6) is None
    stored_map.store(key(), "pointer", KNOWN)
    found = stored_map.load(key(ROWS.copy()), 6)
    assert found is not None
    assert (found.positions == 1).all()
    assert found.explained == 0.5
    assert (found.near.similarity == 0.25).all()
    moved = ROWS.copy()
    moved[3, 1] += 1e-3
    assert len({key(), key(moved), key(method="pca"), key(places=PLACES[:5]), key(ROWS[::-1])}) == 5
    before = key()
    monkeypatch.setattr(stored_map.tsne, "PERPLEXITY", 20)
    assert key() != before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"\x80\x04\x95 a pickle"])
def test_a_damaged_map_is_computed_again(folder, content):
    stored_map.store(key(), "pointer", KNOWN)
    (folder / f"{key()}.npz").write_bytes(content)
    assert stored_map.load(key(), 6) is None


@pytest.mark.parametrize(
    "arrays",
    [
        {"positions": np.ones((5, 2), np.float32)},
        {"positions": np.full((6, 2), np.nan, np.float32)},
        {"places": np.full((6, 3), 6, np.int32)},
        {"places": np.zeros((6, 3), np.int64)},
        {"similarity": np.array([[print]], object)},
    ],
    ids=["other number", "not numbers", "no such photo", "other type", "objects"],
)
def test_arrays_that_do_not_fit_are_refused(folder, arrays):
    whole = {
        "positions": KNOWN.positions,
        "places": KNOWN.near.places,
        "similarity": KNOWN.near.similarity,
        "explained": np.array(0.5),
    }
    folder.mkdir()
    np.savez(folder / f"{key()}.npz", **{**whole, **arrays})
    assert stored_map.load(key(), 6) is None


def test_a_pointer_says_that_photos_were_mapped_and_old_maps_are_removed(folder, monkeypatch):
    pointer = stored_map.pointer_of("/photos", "lite0", ["a", "b"])
    assert len({pointer, stored_map.pointer_of("/photos", "lite0", ["ab"])}) == 2
    assert not stored_map.is_likely_stored(pointer)
    stored_map.store(key(), pointer, KNOWN)
    assert stored_map.is_likely_stored(pointer)
    monkeypatch.setattr(stored_map, "MOST_MAPS", 1)
    stored_map.store(key(method="pca"), "other", KNOWN)
    assert len(list(folder.glob("*.npz"))) == 1
    folder.joinpath(f"{pointer}.photos").write_text("../../elsewhere")
    assert not stored_map.is_likely_stored(pointer)


def test_a_full_disk_only_costs_time(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stored_map.atomic_files, "atomic_write", full)
    stored_map.store(key(), "pointer", KNOWN)
    assert stored_map.load(key(), 6) is None


def test_five_times_as_many_pointers_as_maps_are_stored(folder, monkeypatch):
    monkeypatch.setattr(stored_map, "MOST_MAPS", 2)
    for number in range(14):
        stored_map.store(f"{number % 4:032}", f"p{number}", KNOWN)
        for place, file in enumerate(sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)):
            os.utime(file, (place, place))
    assert len(list(folder.glob("*.npz"))) == 2
    assert {file.stem for file in folder.glob("*.photos")} == {f"p{number}" for number in range(4, 14)}
