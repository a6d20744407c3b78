"""Feature store: after a crash, with a second program, or on a full disk, no wrong rows are read as features."""

from __future__ import annotations

import os

import numpy as np
import pytest
from feature_stores import filled, key, read, rows_of, toy_store

from studio.engine.cache.eviction import RECORD_BYTES
from studio.engine.cache.store import FeatureStore


def test_rows_are_returned_in_the_requested_order(tmp_path):
    filled(tmp_path / "s", 1, 2, 3)
    filled(tmp_path / "s", 4, 5)
    assert np.array_equal(read(tmp_path / "s", 5, 1, 4, 2, 1), rows_of(5, 1, 4, 2, 1))


def test_nothing_is_written_before_the_first_row(tmp_path):
    with toy_store(tmp_path / "s") as empty:
        assert key(1) not in empty
    assert not (tmp_path / "s").exists()


def test_a_digest_is_stored_once(tmp_path):
    with toy_store(tmp_path / "s") as twice:
        twice.put([key(1), key(2), key(1)], rows_of(1, 2, 9))
        twice.put([key(1)], rows_of(8))
    assert sum(file.stat().st_size for file in (tmp_path / "s").glob("*.keys")) == 2 * RECORD_BYTES
    assert read(tmp_path / "s", 2)[0].tolist() == rows_of(2)[0].tolist()


@pytest.mark.parametrize(
    ("suffix", "lost"), [(".keys", RECORD_BYTES), (".keys", 1), (".rows", 12), (".rows", 1), (".rows", 35)]
)
def test_rows_cut_off_by_a_crash_are_computed_again_and_the_rest_is_used(tmp_path, suffix, lost):
    filled(tmp_path / "s", 1, 2, 3)
    file = next((tmp_path / "s").glob(f"*{suffix}"))
    os.truncate(file, file.stat().st_size - lost)
    again = toy_store(tmp_path / "s")
    last_complete = 0 if lost == 35 else 2
    assert [key(number) in again for number in (1, 2, 3)] == [number <= last_complete for number in (1, 2, 3)]
    filled(tmp_path / "s", 1, 2, 3)
    assert np.array_equal(read(tmp_path / "s", 3, 2, 1), rows_of(3, 2, 1))


def test_keys_without_rows_are_ignored(tmp_path):
    filled(tmp_path / "s", 1)
    (tmp_path / "s" / "ffff.keys").write_bytes((key(2) + bytes(4)) * 4)
    assert key(2) not in toy_store(tmp_path / "s")
    assert key(1) in toy_store(tmp_path / "s")


def test_an_empty_segment_is_ignored(tmp_path):
    filled(tmp_path / "s", 1)
    (tmp_path / "s" / "0000.keys").touch()
    (tmp_path / "s" / "0000.rows").touch()
    assert np.array_equal(read(tmp_path / "s", 1), rows_of(1))


def test_two_concurrent_writers_do_not_affect_each_other(tmp_path):
    with toy_store(tmp_path / "s") as one, toy_store(tmp_path / "s") as other:
        for start in range(0, 40, 4):
            one.put([key(n) for n in range(start, start + 3)], rows_of(*range(start, start + 3)))
            other.put([key(n) for n in range(start + 1, start + 4)], rows_of(*range(start + 1, start + 4)))
    assert np.array_equal(read(tmp_path / "s", *range(40)), rows_of(*range(40)))


def test_a_reader_during_a_write_sees_only_complete_rows(tmp_path):
    with toy_store(tmp_path / "s") as writer:
        writer.put([key(1)], rows_of(1))
        assert np.array_equal(read(tmp_path / "s", 1), rows_of(1))
        writer.put([key(2)], rows_of(2))
        assert np.array_equal(read(tmp_path / "s", 2, 1), rows_of(2, 1))


def test_rows_are_read_from_disk_into_new_arrays(tmp_path):
    filled(tmp_path / "s", 1, 2)
    rows = toy_store(tmp_path / "s").rows([key(1), key(2)])
    assert all(not mapped.flags.owndata and not mapped.flags.writeable for mapped in rows._maps.values())
    block = rows.take(np.array([1]))
    block[:] = 0  # `take` returns a copy, which the caller may change
    assert np.array_equal(read(tmp_path / "s", 2), rows_of(2))


def test_pixels_are_stored_bit_for_bit(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    with FeatureStore(tmp_path / "s", (8, 8, 3), "uint8", {}) as pictures:
        pictures.put([key(number) for number in range(4)], pixels)
        assert np.array_equal(pictures.rows([key(3), key(0)]).take(np.array([0, 1])), pixels[[3, 0]])
