"""The cache as a whole: its content, its size limit, and eviction while other programs read or write."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from feature_stores import filled, key, read, rows_of, toy_store

from studio.engine.cache import eviction, store
from studio.engine.cache.store import FeatureStore
from studio.spec import UserError

MB = 1_000_000


def aged(root: Path, *names: str) -> None:
    """Stores of ten rows each, the first one least recently used."""
    for age, name in enumerate(names):
        filled(root / name, *range(10))
        for file in (root / name).iterdir():
            os.utime(file, (1e9 + age, 1e9 + age))


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in (".rows", ".keys"))


def test_stores_are_listed_most_recently_used_first(tmp_path):
    aged(tmp_path, "old", "new")
    contents = eviction.contents(tmp_path, 5 * MB)
    assert [(row.name, row.backbone, row.rows, row.used) for row in contents.stores] == [
        ("new", "toy", 10, 1e9 + 1),
        ("old", "toy", 10, 1e9),
    ]
    assert [row.bytes for row in contents.stores] == [10 * (12 + 20)] * 2
    assert (contents.bytes, contents.limit, contents.folder) == (640, 5 * MB, str(tmp_path))


def test_a_store_without_a_description_and_foreign_files_are_tolerated(tmp_path):
    aged(tmp_path, "old")
    (tmp_path / "old" / "about.json").write_text("[not json")
    (tmp_path / "note.txt").write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"mine")
    assert [(row.backbone, row.rows) for row in eviction.contents(tmp_path, 0).stores] == [("", 10)]
    eviction.clear(tmp_path)
    assert names(tmp_path) == ["note.txt", "photos"]
    assert (tmp_path / "photos" / "a.jpg").read_bytes() == b"mine"


def test_a_missing_cache_is_empty(tmp_path):
    nowhere = tmp_path / "nowhere"
    assert eviction.contents(nowhere, 1).stores == ()
    eviction.prune(nowhere, 0)
    eviction.clear(nowhere)
    assert not nowhere.exists()


def test_pruning_evicts_the_least_recently_used_store(tmp_path):
    aged(tmp_path, "old", "middle", "new")
    eviction.prune(tmp_path, int(2.5 * bytes_of(tmp_path / "new")))
    assert names(tmp_path) == ["middle", "new"]


def test_reading_rows_counts_as_use(tmp_path):
    aged(tmp_path, "old", "new")
    read(tmp_path / "old", 1)
    eviction.prune(tmp_path, bytes_of(tmp_path / "old"))
    assert names(tmp_path) == ["old"]


def test_stores_in_use_are_not_evicted(tmp_path):
    aged(tmp_path, "old", "new")
    eviction.prune(tmp_path, 0, keep=(tmp_path / "old",))
    assert names(tmp_path) == ["old"]


def test_the_least_recently_used_segments_of_a_store_are_evicted(tmp_path):
    for age, first in enumerate((0, 100, 200)):
        filled(tmp_path / "s", *range(first, first + 10))
        fresh = max((tmp_path / "s").glob("*.keys"), key=lambda file: file.stat().st_mtime)
        for file in (fresh, fresh.with_suffix(".rows")):
            os.utime(file, (1e9 + age, 1e9 + age))
    with toy_store(tmp_path / "s") as used:
        assert used.make_room(10, 700) is None
        used.rows([key(number) for number in range(10)])
    again = toy_store(tmp_path / "s")
    assert [key(number) in again for number in (5, 105, 205)] == [True, False, True]


def test_older_rows_are_evicted_before_new_ones_are_written(tmp_path):
    aged(tmp_path, "old", "middle", "new")
    with toy_store(tmp_path / "s") as growing:
        assert growing.make_room(20, 1000) is None
        assert names(tmp_path) == ["new"]
        for number in range(20):
            growing.put([key(number)], rows_of(number))
            assert sum(map(bytes_of, tmp_path.iterdir())) <= 1000


def test_a_store_larger_than_the_limit_causes_a_warning_and_stays_while_in_use(tmp_path):
    aged(tmp_path, "old")
    with toy_store(tmp_path / "s") as growing:
        word = growing.make_room(1000, 3200)
        assert word is not None
        assert "more than" in word.title
        growing.put([key(number) for number in range(1000)], rows_of(*range(1000)))
        rows = growing.rows([key(number) for number in range(1000)])
    assert names(tmp_path) == ["s"]
    assert np.array_equal(rows.take(np.arange(1000)), rows_of(*range(1000)))
    with toy_store(tmp_path / "next") as other:
        other.make_room(1, 3200)
    assert not (tmp_path / "s").exists()


def test_a_disk_without_enough_space_is_reported_before_any_computation(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 * MB, 90 * MB, 10 * MB))
    with (
        toy_store(tmp_path / "s") as growing,
        pytest.raises(UserError, match=r"need 32\.0 MB .* 8\.0 MB are available"),
    ):
        growing.make_room(1_000_000, 1000 * MB)


def test_other_writers_are_kept_within_the_limit_while_this_one_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "CHECK_INTERVAL", 100)
    with toy_store(tmp_path / "s") as growing:
        growing.make_room(50, 2700)
        aged(tmp_path, "of another program")
        filled(tmp_path / "newer", *range(30))
        growing.put([key(number) for number in range(50)], rows_of(*range(50)))
    assert names(tmp_path) == ["newer", "s"]


@pytest.mark.skipif(sys.platform == "win32", reason="there a file in use stays")
def test_rows_being_read_and_written_stay_readable_when_the_cache_is_cleared(tmp_path):
    filled(tmp_path / "s", 1, 2)
    with toy_store(tmp_path / "s") as writing:
        reading = toy_store(tmp_path / "s").rows([key(2), key(1)])
        writing.put([key(3)], rows_of(3))
        eviction.clear(tmp_path)
        assert not (tmp_path / "s").exists()
        writing.put([key(4)], rows_of(4))
        rows = writing.rows([key(4), key(3), key(1)])
    assert np.array_equal(rows.take(np.arange(3)), rows_of(4, 3, 1))
    assert np.array_equal(reading.take(np.arange(2)), rows_of(2, 1))


def test_a_file_that_cannot_be_removed_is_skipped(tmp_path, monkeypatch):
    aged(tmp_path, "old", "new")
    honest = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if self.parent.name == "old":
            raise PermissionError("in use")
        honest(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    eviction.prune(tmp_path, 0)
    assert names(tmp_path) == ["old"]
    assert read(tmp_path / "old", 1).tolist() == rows_of(1).tolist()


@pytest.mark.parametrize("place", [0, 5, 11, 12, 35])
def test_only_a_row_that_changed_on_disk_is_computed_again(tmp_path, place):
    filled(tmp_path / "s", 1, 2, 3)
    rows = next((tmp_path / "s").glob("*.rows"))
    damaged = bytearray(rows.read_bytes())
    damaged[place] ^= 16
    rows.write_bytes(damaged)
    again = toy_store(tmp_path / "s")
    assert [key(number) in again for number in (1, 2, 3)] == [place // 12 != row for row in range(3)]
    filled(tmp_path / "s", 1, 2, 3)
    assert np.array_equal(read(tmp_path / "s", 1, 2, 3), rows_of(1, 2, 3))
    healed = toy_store(tmp_path / "s")
    healed.put([key(1), key(2), key(3)], rows_of(7, 7, 7))
    assert healed._writer is None, "the good copy is found beside the damaged one"


def test_a_damaged_key_is_ignored(tmp_path):
    filled(tmp_path / "s", 1, 2)
    keys = next((tmp_path / "s").glob("*.keys"))
    damaged = bytearray(keys.read_bytes())
    damaged[15] = 9
    keys.write_bytes(damaged)
    again = toy_store(tmp_path / "s")
    assert [key(number) in again for number in (9, 1, 2)] == [False, False, True]
    with pytest.raises(KeyError):
        again.rows([key(9)])


def wide(folder: Path) -> FeatureStore:
    return FeatureStore(folder, (25_000,), "float32", {})


def block(*numbers: int) -> np.ndarray:
    return np.repeat(np.array(numbers, np.float32)[:, None], 25_000, axis=1)


def test_a_full_disk_leaves_complete_rows_that_the_next_program_uses(small_disk):
    def fill(growing: FeatureStore) -> None:
        for number in range(0, 200, 7):
            growing.put([key(number + step) for step in range(7)], block(*range(number, number + 7)))

    with wide(small_disk / "s") as growing, pytest.raises(OSError, match="No space left") as full:
        fill(growing)
    assert full.value.filename == str(small_disk / "s")
    files = {file.suffix: file.stat().st_size for file in (small_disk / "s").iterdir() if file.suffix != ".json"}
    count = files[".keys"] // 20
    assert files == {".keys": count * 20, ".rows": count * 100_000}, "nothing half-written"
    assert count > 60
    again = wide(small_disk / "s")
    assert [key(number) in again for number in (0, count - 1, count)] == [True, True, False]
    rows = again.rows([key(count - 1), key(0)])
    assert rows.take(np.arange(2))[:, 7].tolist() == [count - 1, 0]


def test_older_rows_are_evicted_on_a_full_disk(small_disk):
    for name in ("old", "young"):
        with wide(small_disk / name) as one:
            one.put([key(number) for number in range(30)], block(*range(30)))
        del one  # the space of a removed file is freed only when it is no longer mapped
    (small_disk / "mine").write_bytes(bytes(1_500_000))
    with wide(small_disk / "s") as growing:
        for number in range(40):
            growing.put([key(number)], block(number))
        assert growing.rows([key(39)]).take(np.array([0]))[0, 0] == 39
    assert (small_disk / "mine").exists()


def test_the_description_of_a_store_is_written_atomically(tmp_path):
    filled(tmp_path / "s", 1)
    assert json.loads((tmp_path / "s" / "about.json").read_text()) == {"backbone": "toy"}
