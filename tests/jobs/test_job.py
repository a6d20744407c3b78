"""Tests of the driver: every job ends with exactly one final event."""

from __future__ import annotations

import errno
import gc
import threading
import weakref

import pytest

from studio.events import Cancelled, Done, Failed, Stage
from studio.jobs.failures import failure
from studio.jobs.job import Job
from studio.jobs.protocol import Interrupted
from studio.spec import UserError
from studio.system import log, paths

ENDS = (Done, Cancelled, Failed)


def ran(work, cancel_first: bool = False) -> list:
    job = Job("train", work)
    if cancel_first:
        job.cancel()
    job.run()
    events = list(job.mailbox)
    assert [isinstance(event, ENDS) for event in events] == [False] * (len(events) - 1) + [True]
    return events


def raising(error: BaseException):
    def work(stop):
        yield Stage("one", "One")
        raise error

    return work


def stages(count: int):
    def work(stop):
        for number in range(count):
            yield Stage(str(number), "Stage")

    return work


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_job_that_comes_to_its_end_is_done(count):
    events = ran(stages(count))
    assert len(events) == count + 1
    assert events[-1] == Done()


def test_a_job_cancelled_before_it_starts_does_not_begin():
    begun = []

    def work(stop):
        begun.append(True)
        yield Stage("one", "One")

    assert ran(work, cancel_first=True) == [Cancelled()]
    assert not begun


def test_a_job_cancelled_between_two_yields_is_closed_where_it_stands():
    closed = []

    def work(stop):
        try:
            yield Stage("one", "One")
            job.cancel()
            yield Stage("two", "Two")
            yield Stage("three", "Three")
        finally:
            closed.append(threading.current_thread())

    job = Job("train", work)
    job.run()
    assert list(job.mailbox) == [Stage("one", "One"), Stage("two", "Two"), Cancelled()]
    assert closed == [threading.current_thread()]
    assert job.cancelled


def test_a_long_step_learns_that_it_should_stop():
    def work(stop):
        yield Stage("one", "One")
        assert not stop()
        job.cancel()
        if stop():
            raise Interrupted
        yield Stage("never", "Never")

    job = Job("train", work)
    job.run()
    assert list(job.mailbox) == [Stage("one", "One"), Cancelled()]


def test_a_user_error_has_a_title_and_a_hint_without_a_traceback():
    assert ran(raising(UserError("No folder.", "Choose one.")))[-1] == Failed("No folder.", "Choose one.", "")


def test_work_that_fails_before_its_first_yield_ends_as_failed():
    def work(stop):
        raise UserError("No folder.", "Choose one.")

    assert ran(work) == [Failed("No folder.", "Choose one.")]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_in_the_error_message(number):
    end = ran(raising(OSError(number, "No space left on device", "/runs/x")))[-1]
    assert end.title == "The disk is full: /runs/x."
    assert "Free some space" in end.hint
    assert not end.traceback


def test_another_error_of_the_disk_names_the_place():
    end = ran(raising(PermissionError(errno.EACCES, "Permission denied", "/runs/x")))[-1]
    assert "Permission denied: /runs/x" in end.title


class OutOfMemoryError(RuntimeError):
    """An error with the name of torch's own."""


@pytest.mark.parametrize("error", [MemoryError(), OutOfMemoryError("CUDA out of memory")])
def test_too_little_memory_says_what_to_do(error):
    end = ran(raising(error))[-1]
    assert "memory" in end.title
    assert "smaller batch" in end.hint


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("x"), ZeroDivisionError(), SystemExit(3)])
def test_an_unexpected_error_is_called_a_defect_and_keeps_its_traceback(error):
    end = ran(raising(error))[-1]
    assert type(error).__name__ in end.title
    assert "bug report" in end.hint
    assert "test_job.py" in end.traceback


def test_a_runtime_error_is_no_end_of_a_generator():
    """A StopIteration inside a generator becomes a RuntimeError (PEP 479), which must not count as the end."""
    assert isinstance(ran(raising(StopIteration()))[-1], Failed)


def test_ctrl_c_stops_the_job():
    assert ran(raising(KeyboardInterrupt()))[-1] == Cancelled()


def test_a_job_that_fails_while_it_is_closed_still_ends_once():
    def work(stop):
        try:
            yield Stage("one", "One")
            job.cancel()
            yield Stage("two", "Two")
        finally:
            raise OSError(errno.ENOSPC, "No space left on device")

    job = Job("train", work)
    job.run()
    assert isinstance(job.mailbox[-1], Failed)
    assert sum(isinstance(event, ENDS) for event in job.mailbox) == 1


def test_a_failed_job_keeps_no_reference_to_the_exception_or_its_frames():
    class Tensor:
        pass

    references: list[weakref.ref] = []

    def work(stop):
        tensor = Tensor()
        references.append(weakref.ref(tensor))
        yield Stage("one", "One")
        raise RuntimeError("out of luck")

    job = Job("train", work)
    job.run()
    gc.collect()
    assert isinstance(job.mailbox[-1], Failed)
    assert references[0]() is None
    assert not [one for one in gc.get_objects() if type(one) is RuntimeError and str(one) == "out of luck"]


def test_a_job_can_be_cancelled_from_another_thread():
    started = threading.Event()

    def work(stop):
        yield Stage("one", "One")
        started.set()
        while not stop():
            started.wait(0.001)
        raise Interrupted

    job = Job("train", work)
    thread = threading.Thread(target=job.run)
    thread.start()
    assert started.wait(300)
    job.cancel()
    thread.join()
    assert job.mailbox[-1] == Cancelled()


def test_an_error_without_words_has_no_dangling_colon():
    assert failure(ZeroDivisionError()).title.endswith(": ZeroDivisionError.")


def test_a_defect_is_logged_and_a_user_error_is_not():
    file = paths.state_folder() / log.NAME
    ran(raising(UserError("No such folder.")))
    assert not file.exists()
    ran(raising(KeyError("label")))
    assert "KeyError: 'label'" in file.read_text(encoding="utf-8")
