"""Prefetching of batches: the next batch is prepared early, and has the same content."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from later import Later
from tiny import LAST_BLOCK, only, record, recorded, run_spec

from studio.engine.device import prefetch, transfers
from studio.engine.device.prefetch import Prefetcher
from studio.events import Epoch
from studio.spec import AugmentSpec, AugmentStep
from studio.spec.structs import replace

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies take place as late as possible."""
    monkeypatch.setattr(transfers, "queue", lambda _device: Later())


@pytest.fixture
def reading() -> Iterator[Prefetcher]:
    prefetcher = Prefetcher(CPU)
    yield prefetcher
    prefetcher.close()


def block(number: float) -> np.ndarray:
    return np.full((2, 3), number, np.float32)


@pytest.mark.slow
def test_an_announced_batch_is_prepared_before_it_is_taken(reading: Prefetcher) -> None:
    started = threading.Event()

    def make() -> np.ndarray:
        started.set()
        return block(7)

    reading.expect("next", make)
    assert started.wait(300)
    assert (reading.take("next", lambda: block(0)) == 7).all()
    assert (reading.take("next", lambda: block(3)) == 3).all(), "once"


def test_a_batch_that_was_not_announced_is_prepared_when_it_is_taken(reading: Prefetcher) -> None:
    reading.expect("another", lambda: block(1))
    assert (reading.take("this", lambda: block(2)) == 2).all()
    assert (reading.take("another", lambda: block(0)) == 1).all()


def test_announced_batches_that_are_never_taken_are_dropped(reading: Prefetcher) -> None:
    for number in range(5):
        reading.expect(number, lambda number=number: block(number))
    assert len(reading._pending) == prefetch.MAX_PENDING


def test_an_error_is_raised_where_the_batch_is_taken(reading: Prefetcher) -> None:
    def gone() -> np.ndarray:
        raise FileNotFoundError("rows")

    reading.expect("next", gone)
    with pytest.raises(FileNotFoundError):
        reading.take("next", lambda: block(0))


RANDOM = AugmentSpec((AugmentStep("flip"), AugmentStep("colour")))


@pytest.mark.slow
@pytest.mark.parametrize("augment", [AugmentSpec(), RANDOM], ids=["rows", "changed pixels"])
def test_a_run_with_prefetching_is_the_same_bit_for_bit(photos, tmp_path, monkeypatch, augment) -> None:
    spec = replace(run_spec(photos, LAST_BLOCK, epochs=2, batch_size=5, backbone_lr=1e-3), augment=augment)
    cache = tmp_path / "cache"
    alone = only(list(recorded(spec, tmp_path / "alone", cache)), Epoch)
    hits: list[bool] = []
    original = Prefetcher.take

    def counting_take(self: Prefetcher, key, make):
        hits.append(key in self._pending)
        return original(self, key, make)

    monkeypatch.setattr(Prefetcher, "take", counting_take)
    monkeypatch.setattr(prefetch, "for_device", Prefetcher)
    together = only(list(recorded(spec, tmp_path / "together", cache)), Epoch)
    assert [epoch.train_loss for epoch in alone] == [epoch.train_loss for epoch in together]
    assert [epoch.val_loss for epoch in alone] == [epoch.val_loss for epoch in together]
    assert sum(hits) == 6, "all four batches of both epochs but the first"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
    heads = [(tmp_path / name / "head.safetensors").read_bytes() for name in ("alone", "together")]
    assert heads[0] == heads[1]
    assert record(tmp_path / "together")["frozen_unchanged"]
