"""What the system must grant before libraries are loaded."""

from __future__ import annotations

import errno
import mmap
import os
import threading
import warnings

import pytest

from studio import failures, surroundings
from studio.spec import Fault


def test_a_limit_on_memory_that_leaves_no_room_is_told(monkeypatch):
    def none(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.setattr(surroundings, "_memory_limit", lambda: 100_000_000)
    monkeypatch.setattr(mmap, "mmap", none)
    with pytest.raises(Fault, match=r"100 MB \(ulimit -v\), leaves no room"):
        surroundings.require_room()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2", "the user's own choice"


def test_a_system_without_threads_is_told_and_those_begun_end(monkeypatch):
    real, begun = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        real(thread)

    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(Fault, match="no more threads"):
        surroundings.require_room()
    begun[0].join()
    assert not begun[0].is_alive()


def test_where_there_is_room_nothing_is_said_and_no_thread_stays():
    before = threading.active_count()
    surroundings.require_room()
    for thread in threading.enumerate():
        if thread.name.endswith("(_meet)"):
            thread.join()
    assert threading.active_count() <= before


def test_warnings_that_are_errors_for_others_are_none_here():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surroundings.settle()
        with pytest.warns(UserWarning, match="old"):
            warnings.warn("old", stacklevel=1)


def test_a_failed_thread_is_found_behind_what_it_caused():
    error = RuntimeError("cannot join thread before it is started")
    error.__context__ = RuntimeError("can't start new thread")
    assert failures.in_words(error).title == "The system allows no more threads."
    assert failures.in_words(RuntimeError("shapes differ.")).title.endswith("RuntimeError: shapes differ.")


def test_a_current_folder_that_is_gone_is_told(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    error = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert failures.in_words(error).title == "The folder in which this command was started is gone."
