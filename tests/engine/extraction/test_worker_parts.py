"""Several workers compute the features of one data set into one cache."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from tiny import finish, load, only

from studio.data.scan import listing
from studio.engine.extraction import extract as features
from studio.engine.extraction import worker_parts
from studio.engine.workers.workers import ALONE, Workers
from studio.events import FeaturesComputed, Warned
from studio.jobs.protocol import never
from studio.spec import DatasetSpec, UserError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base():
    return load()


def extracted(base: Any, photos: Path, cache: Path, workers: Workers = ALONE) -> tuple[Any, ...]:
    dataset = listing(DatasetSpec(str(photos)))
    events, extraction = finish(features.extract(base, dataset, "features", CPU, never, cache, workers=workers))
    return extraction, extraction.rows.take(np.arange(len(extraction.rows))), events


def by_workers(base: Any, photos: Path, caches: list[Path]) -> list[Any]:
    """The results, or errors, of one worker per cache, all at the same time."""
    store, results = dist.HashStore(), [None for _ in caches]

    def work(rank: int) -> None:
        try:
            with Workers(store, rank, len(caches)) as workers:
                results[rank] = extracted(base, photos, caches[rank], workers)
                workers.meet("end", never)
        except Exception as error:
            results[rank] = error

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(len(caches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_workers_give_the_features_of_one_process_bit_for_bit(base, photos, tmp_path):
    first = sorted(photos.rglob("*.jpg"))[3]
    first.write_bytes(b"no photo")
    shutil.copy(sorted(photos.rglob("*.jpg"))[0], photos / sorted(photos.iterdir())[0].name / "same.jpg")
    alone, rows, _ = extracted(base, photos, tmp_path / "alone")
    results = by_workers(base, photos, [tmp_path / "cache"] * 3)
    for extraction, together, events in results:
        assert np.array_equal(together, rows)
        assert (extraction.dataset.photos, extraction.digests) == (alone.dataset.photos, alone.digests)
        assert extraction.dataset.skipped == alone.dataset.skipped
        assert [warned.title for warned in only(events, Warned)] == [
            f"{first.relative_to(photos)} was left out: " + (alone.dataset.skipped[0].reason) + "."
        ]
    assert len(list((tmp_path / "cache").glob("*/*.rows"))) == 3
    counts = only(results[0][2], FeaturesComputed)[0]
    assert counts.computed + counts.reused == len(alone.digests)
    assert only(extracted(base, photos, tmp_path / "cache")[2], FeaturesComputed)[0].computed == 0


def test_a_worker_with_a_cache_of_its_own_is_refused(base, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_parts, "VISIBLE_AFTER", 0.0)
    results = by_workers(base, photos, [tmp_path / "a", tmp_path / "b"])
    assert any(isinstance(error, UserError) and "XDG_CACHE_HOME" in error.hint for error in results)
