"""Tests of the thread pool: order, limited look-ahead, and closing while a file blocks."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from waiting import wait_for

from studio.events import Waiting
from studio.jobs import workers
from studio.jobs.workers import map_ordered, run_in_thread, run_one

Hang = Callable[[Path], None]


def squared(number: int) -> int:
    time.sleep(0.002 * (number % 3))
    return number * number


def result_of(steps: Generator[object, None, str]) -> str:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return str(end.value)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "photos"]


def test_results_come_in_order_and_work_does_not_run_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    results = map_ordered(squared, items(), workers=3, ahead=2)
    came = [result for result in itertools.islice(results, 20) if result is not None]
    assert came == [number * number for number in range(len(came))]
    assert len(taken) <= len(came) + 6
    results.close()
    wait_for(lambda: not threads())


@pytest.mark.parametrize("room", [0, 1])
def test_under_a_memory_limit_no_thread_starts_that_would_get_no_memory(
    monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    maps = [workers.mmap.mmap] * room

    def limited(number: int, size: int) -> object:
        if not maps:
            raise OSError(12, "Cannot allocate memory")
        return maps.pop()(number, size)

    monkeypatch.setattr(workers.mmap, "mmap", limited)
    results = map_ordered(squared, range(9), workers=3)
    if not room:
        with pytest.raises(MemoryError):
            next(results)
        return
    assert [result for result in results if result is not None] == [number * number for number in range(9)]
    wait_for(lambda: not threads())


def test_an_exception_of_the_work_is_raised_in_its_turn() -> None:
    def work(number: int) -> int:
        return 6 // (3 - number)

    results = map_ordered(work, range(9), workers=2)
    came = []
    with pytest.raises(ZeroDivisionError):
        came.extend(result for result in results if result is not None)
    assert came == [2, 3, 6]


def test_a_file_that_hangs_yields_none_and_closing_does_not_wait_for_it(tmp_path: Path, hang: Hang) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(4)]
    for file in files:
        file.write_text(file.stem)
    hang(files[2])
    results = map_ordered(Path.read_text, files, workers=2)
    came = [result for result in itertools.islice(results, 9) if result is not None]
    assert came == ["0", "1"], "the third hangs, and the fourth is not given out before it"
    results.close()  # would never return if it waited for the file
    wait_for(lambda: len(threads()) == 1)


def test_waiting_for_a_file_names_it(tmp_path: Path, hang: Hang) -> None:
    (tmp_path / "a").write_text("here")
    assert result_of(run_one(Path.read_text, tmp_path / "a")) == "here"
    hang(tmp_path / "a")
    waiting = run_one(Path.read_text, tmp_path / "a")
    first, second = next(waiting), next(waiting)
    waiting.close()
    assert isinstance(first, Waiting)
    assert first.path == str(tmp_path / "a")
    assert 0 < first.seconds < second.seconds


def test_a_generator_runs_in_a_thread_only_as_far_ahead_as_allowed() -> None:
    numbers = []

    def steps() -> Generator[int, None, str]:
        for number in range(3):
            numbers.append(number)
            yield number
        return "end"

    going = run_in_thread(steps(), "folder")
    assert next(going) == 0
    time.sleep(0.02)
    assert numbers == [0]
    assert [next(going), next(going)] == [1, 2]
    assert result_of(going) == "end"


def test_a_blocked_generator_names_what_it_waits_for() -> None:
    release = threading.Event()

    def steps() -> Generator[int, None, None]:
        release.wait()
        yield 1

    going = run_in_thread(steps(), "folder")
    assert isinstance(word := next(going), Waiting)
    assert word.path == "folder"
    release.set()
    assert 1 in itertools.islice(going, 50)


EXIT = """
import sys
from pathlib import Path
from studio.jobs import workers
from studio.jobs.workers import map_ordered as ordered
results = ordered(Path.read_bytes, [Path(sys.argv[1])])
assert next(results) is None
print("waiting", flush=True)
if sys.argv[2] == "close":
    results.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["close", "leave"])
def test_the_program_ends_though_a_file_hangs(tmp_path: Path, hang: Hang, how: str) -> None:
    hang(tmp_path / "a")
    command = [sys.executable, "-c", EXIT, str(tmp_path / "a"), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "waiting\n"
        assert program.wait() == 0  # would never end if it waited for the file
