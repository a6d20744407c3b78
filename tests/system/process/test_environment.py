"""Tests of the checks of memory and threads before libraries are loaded."""

from __future__ import annotations

import errno
import mmap
import os
import threading
import warnings

import pytest

from studio.jobs import libraries
from studio.spec import UserError
from studio.system import failures
from studio.system.process import environment


def test_too_low_a_memory_limit_is_reported(monkeypatch):
    def none(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.setattr(environment, "_memory_limit", lambda: 100_000_000)
    monkeypatch.setattr(mmap, "mmap", none)
    with pytest.raises(UserError, match=r"100 MB \(ulimit -v\) is too low"):
        environment.require_room()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2", "the user's own choice"


@pytest.mark.parametrize("fails", [True, False])
def test_a_library_that_cannot_be_loaded_for_lack_of_memory_is_reported(monkeypatch, fails):
    """With 3.3 GB, torchvision failed with “operator torchvision::nms does not exist”, or was loaded partially."""

    def load(_name: str) -> None:
        if fails:
            raise ImportError("cannot import name 'NP_SUPPORTED_MODULES'")

    def none(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(libraries, "import_quickly", load)
    monkeypatch.setattr(environment, "_memory_limit", lambda: 3_300_000_000)
    monkeypatch.setattr(mmap, "mmap", none)
    with pytest.raises(UserError, match=r"3,300 MB \(ulimit -v\) is too low"):
        libraries._load("torch")


def test_a_librarys_error_with_enough_memory_is_unchanged(monkeypatch):
    def load(_name: str) -> None:
        raise ImportError("no such name")

    monkeypatch.setattr(libraries, "import_quickly", load)
    with pytest.raises(ImportError, match="no such name"):
        libraries._load("torch")


class SafetensorError(Exception):
    """An exception with the name of that of the library, which the code recognizes by its name."""


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (RuntimeError("could not create a primitive"), True),
        (RuntimeError("could not create a primitive descriptor for a convolution"), False),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (SafetensorError("I/O error: Cannot allocate memory (os error 12)"), True),
        (SafetensorError("I/O error: No space left on device (os error 28)"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_all_forms_of_out_of_memory_errors_are_recognized(error, short):
    assert failures.is_out_of_memory(error) == short
    assert ("not enough memory" in failures.message_of(error).title) == short


def test_a_limit_on_threads_is_reported_and_started_threads_end(monkeypatch):
    real, begun = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        real(thread)

    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(UserError, match="no more threads"):
        environment.require_room()
    begun[0].join()
    assert not begun[0].is_alive()


def test_sufficient_memory_causes_no_message_and_leaves_no_thread():
    before = threading.active_count()
    environment.require_room()
    for thread in threading.enumerate():
        if thread.name.endswith("(_meet)"):
            thread.join()
    assert threading.active_count() <= before


def test_warnings_configured_as_errors_are_only_shown():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment.complete()
        with pytest.warns(UserWarning, match="old"):
            warnings.warn("old", stacklevel=1)


def test_a_failed_thread_is_recognized_in_a_chain_of_errors():
    error = RuntimeError("cannot join thread before it is started")
    error.__context__ = RuntimeError("can't start new thread")
    assert failures.message_of(error).title == "The system allows no more threads."
    assert failures.message_of(RuntimeError("shapes differ.")).title.endswith("RuntimeError: shapes differ.")


def test_a_deleted_current_folder_is_reported(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    error = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert failures.message_of(error).title == "The folder in which this command was started was deleted."
