from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.data.formats import pixel_budget
from studio.data.formats.pixel_budget import BYTES_A_PIXEL, MIN_BYTES, SHARED, PixelBudget
from studio.data.images import decode, preprocess
from studio.events import Photo
from studio.spec import PreprocessSpec

PATIENCE = 20


def test_never_more_than_the_budget_is_in_use() -> None:
    budget = PixelBudget(100)

    def work(number: int) -> int:
        with budget.use():
            budget.take(number)
            return budget.used

    with ThreadPoolExecutor(8) as pool:
        amounts = list(pool.map(work, [30, 50, 20, 100, 1, 99, 60, 40] * 50))
    assert max(amounts) <= 100
    assert (budget.used, budget.peak) == (0, 100)


def test_a_picture_larger_than_the_budget_is_decoded_alone() -> None:
    budget = PixelBudget(100)
    inside, go = threading.Event(), threading.Event()
    amounts: list[int] = []

    def large() -> None:
        with budget.use():
            budget.take(500)
            amounts.append(budget.used)

    def small() -> None:
        with budget.use():
            budget.take(10)
            inside.set()
            go.wait(PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(small)
        inside.wait(PATIENCE)
        second = pool.submit(large)
        assert not amounts
        go.set()
        first.result(PATIENCE)
        second.result(PATIENCE)
    assert amounts == [500]


def test_a_waiting_large_picture_is_decoded_before_later_ones() -> None:
    budget = PixelBudget(100)
    order: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def work(name: str, number: int) -> None:
        with budget.use():
            budget.take(number)
            order.append(name)
            if name == "first":
                inside.set()
                go.wait(PATIENCE)

    def waiting(number: int) -> None:
        while len(budget._waiting) < number:
            threading.Event().wait(0.001)

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(work, "first", 60)]
        inside.wait(PATIENCE)
        jobs.append(pool.submit(work, "large", 90))
        waiting(1)
        jobs.append(pool.submit(work, "small", 10))  # it would fit beside the first
        waiting(2)
        assert order == ["first"]
        go.set()
        for job in jobs:
            job.result(PATIENCE)
    assert order == ["first", "large", "small"]


def test_a_picture_that_fits_waits_for_those_that_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    budget, free = PixelBudget(100), []
    monkeypatch.setattr(budget._room, "wait_for", lambda may_go: free.append(may_go()))
    before = object()
    budget._waiting.append(before)
    with budget.use():
        budget.take(10)
    budget._waiting.remove(before)
    with budget.use():
        budget.take(10)
    assert free == [False], "the second did not have to wait"


def test_pixels_are_released_after_an_error_and_nested_use_does_not_wait() -> None:
    budget = PixelBudget(100)

    def fail() -> None:
        with budget.use():
            budget.take(90)
            with budget.use():
                budget.take(90)  # a thread with reserved memory never waits
            assert budget.used == 180
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert budget.used == 0
    budget.take(50)  # no threads, no budget
    assert budget.used == 0


@pytest.mark.parametrize("kind", ["decode", "frame", "check", "thumbnail"])
def test_photos_are_decoded_within_the_budget(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = PixelBudget(2 * 100 * 80 * BYTES_A_PIXEL)
    monkeypatch.setattr(pixel_budget, "SHARED", budget)
    deep = np.zeros((80, 100), np.uint16)
    for number in range(12):
        image = Image.fromarray(deep) if number % 3 == 2 else Image.new("RGB", (100, 80), (number, 0, 0))
        image.save(tmp_path / f"{number}.{'png' if number % 3 else 'tif'}")
    files = sorted(tmp_path.iterdir())
    if kind == "frame":
        photos = [Photo(file.name, 0, "train") for file in files]
        taken = list(preprocess.load(tmp_path, photos, PreprocessSpec(), workers=6))
        assert all(one is None or one.pixels is not None for one in taken)
    else:
        work = {"decode": decode.read, "check": decode.check, "thumbnail": lambda file: decode.thumbnail(file, 20)}
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work[kind], files))
    assert budget.used == 0
    assert 0 < budget.peak <= budget.limit


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("kind", ["png", "tif"])
@pytest.mark.parametrize("read", [decode.read, decode.check, lambda file: decode.thumbnail(file, 20)])
def test_every_picture_counts_with_all_its_pixels(
    read: Any, kind: str, deep: bool, tmp_path: Path, monkeypatch: Any
) -> None:
    budget = PixelBudget(1)
    monkeypatch.setattr(pixel_budget, "SHARED", budget)
    pixels = np.zeros((80, 100), np.uint16 if deep else np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"a.{kind}")
    read(tmp_path / f"a.{kind}")
    assert budget.peak >= 80 * 100 * BYTES_A_PIXEL


def test_the_budget_of_this_machine_holds_ordinary_photos() -> None:
    assert SHARED.limit >= MIN_BYTES


def test_the_memory_is_that_of_the_container_or_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = 8 << 30
    monkeypatch.setattr(
        pixel_budget.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": machine // 4096}.__getitem__
    )
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(pixel_budget, "_CGROUP", limit)
    assert pixel_budget._memory() == machine
    for text, memory in (("max\n", machine), ("1000000\n", 1_000_000), (f"{machine * 2}\n", machine)):
        limit.write_text(text)
        assert pixel_budget._memory() == memory
    for error in (ValueError, OSError, AttributeError):
        monkeypatch.setattr(pixel_budget.os, "sysconf", lambda name, error=error: (_ for _ in ()).throw(error))
        assert pixel_budget._memory() == 0, "not known"
