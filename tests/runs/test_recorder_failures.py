"""The record of a run where its disk is full, or its folder vanishes, moves or becomes read-only."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories import again, begin, epoch, run_json, story

from studio.events import Epoch, Event
from studio.runs import folder, index
from studio.runs.files import end_note, lock
from studio.runs.files.record import Ending, Failure
from studio.spec import UserError
from studio.system.files import atomic_files

DISK = "256k"
"""Size of the fixture `small_disk`."""


def lines(run: Path) -> list[int]:
    return [json.loads(line)["epoch"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def recorded_epochs(run: Path) -> list[int]:
    return [epoch["epoch"] for epoch in run_json(run)["epochs"]]


# ------------------------------------------------------------------------------------------------- real faults


def test_a_full_disk_is_reported_and_leaves_no_partial_file(small_disk):
    run = small_disk / "run"

    def work() -> Iterator[Event]:
        yield from begin(run)
        for number in range(1, 5):
            if number == 3:
                fill(small_disk)
            yield from epoch(number)

    with pytest.raises(UserError, match="disk is full") as fault:
        list(folder.record_events(work(), run))
    assert str(run) in fault.value.title
    assert "space" in fault.value.hint
    assert recorded_epochs(run) == [1, 2]
    scraps = [file.name for file in run.iterdir() if file.name.startswith(".run.json")]
    assert scraps in ([], [".run.json.kept"]), "except the synced backup of the record"
    assert not lock.is_held(run)
    stored = folder.read(run)
    assert stored.status == "failed"
    assert stored.failure is not None
    assert stored.failure.title == fault.value.title
    assert index.summary(run).failure == fault.value.title
    (small_disk / "ballast").unlink()
    list(folder.record_events(again(run, 2, 4), run, resumed=True))
    assert recorded_epochs(run) == lines(run) == [1, 2, 3, 4]
    assert run_json(run)["status"] == "done"
    assert not (run / end_note.FILE).exists()


def test_a_run_that_is_stopped_on_a_full_disk_is_listed_as_stopped(small_disk):
    run = small_disk / "run"
    running = folder.record_events(story(run, 4), run)
    next(event for event in running if isinstance(event, Epoch))
    fill(small_disk)
    running.close()
    assert index.summary(run).state == "cancelled"


def test_the_message_about_a_full_disk_does_not_promise_a_resumable_run(small_disk):
    fill(small_disk)
    with pytest.raises(UserError, match="disk is full") as fault:
        list(folder.record_events(story(small_disk / "run", 1), small_disk / "run"))
    assert fault.value.hint == "Free some space, then train again."


def fill(disk: Path) -> None:
    """Fill the disk to its last byte."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(512))


@pytest.mark.parametrize("words", ["Error while serializing: I/O error: No space left on device (os error 28)"])
def test_a_full_disk_reported_by_a_library_is_recognized(tmp_path, words):
    def work() -> Iterator[Event]:
        yield from begin(tmp_path / "run")
        raise RuntimeError(words)

    with pytest.raises(UserError, match="disk is full"):
        list(folder.record_events(work(), tmp_path / "run"))
    assert "disk is full" in run_json(tmp_path / "run")["failure"]["title"]


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
@pytest.mark.parametrize("behind", [0, 2, 4])
def test_a_run_folder_deleted_during_training_is_reported(tmp_path, behind):
    run = tmp_path / "run"

    def work() -> Iterator[Event]:
        yield from begin(run)
        for number in range(1, 5):
            if number > behind:
                shutil.rmtree(run, ignore_errors=True)
            yield from epoch(number)
        shutil.rmtree(run, ignore_errors=True)

    with pytest.raises(UserError, match="is gone") as fault:
        list(folder.record_events(work(), run))
    assert str(run) in fault.value.title
    assert not run.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be moved there")
def test_a_run_whose_folder_was_moved_is_listed_as_failed_in_its_new_folder(tmp_path):
    run, moved = tmp_path / "run", tmp_path / "elsewhere"
    running = folder.record_events(story(run, 4), run)
    next(event for event in running if isinstance(event, Epoch))
    run.rename(moved)
    with pytest.raises(UserError, match="is gone") as fault:
        list(running)
    assert "interrupted" not in fault.value.hint
    summary = index.summary(moved)
    assert (summary.state, summary.failure) == ("failed", fault.value.title)
    list(folder.record_events(again(moved, 2, 4), moved, resumed=True))
    assert index.summary(moved).state == "done"


@pytest.mark.parametrize("note", [True, False])
def test_a_run_folder_that_became_read_only_is_reported(tmp_path, monkeypatch, note):
    run = tmp_path / "run"
    running = folder.record_events(story(run, 4), run)
    next(event for event in running if isinstance(event, Epoch))

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(run / ".run.json.abcdefgh"))

    monkeypatch.setattr(atomic_files.tempfile, "mkstemp", refuse)
    if not note:
        monkeypatch.setattr(end_note.os, "write", refuse)
    with pytest.raises(UserError, match="can no longer be written") as fault:
        list(running)
    assert str(run) in fault.value.title
    assert ("lists of runs show the run as interrupted" in fault.value.hint) == (not note)
    assert index.summary(run).state == ("failed" if note else "interrupted")


def test_a_long_failure_fits_into_the_note(tmp_path):
    note = end_note.EndNote(tmp_path)
    note.reserve()
    assert end_note.read(tmp_path) is None
    assert note.write(Ending("failed", "now", Failure("ü" * 5000, "“" * 5000, "x" * 9999)))
    note.close()
    ending = end_note.read(tmp_path)
    assert ending is not None
    assert ending.failure is not None
    assert (ending.status, ending.ended, ending.failure.traceback) == ("failed", "now", "")
    assert ending.failure.title.endswith("ü…")
    about = (tmp_path / end_note.FILE).stat()
    assert about.st_size == end_note.SIZE == 4096, "a block of most file systems"
    assert not about.st_mode & 0o111


@pytest.mark.parametrize("content", ["", "[]", '{"status": "done"}', '{"status": 5}', "\x00", '{"status": "failed"'])
def test_an_empty_note_does_not_change_the_record(tmp_path, content):
    (tmp_path / end_note.FILE).write_text(content)
    assert end_note.read(tmp_path) is None


# ------------------------------------------------------------------------------------------------- errors in words


@pytest.mark.parametrize(
    ("error", "words", "file"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/cache/rows"), "/cache/rows", "/cache/rows"),
        (OSError(errno.ENOSPC, "No space left on device", "RUN/head"), "The disk is full: the run", "RUN"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk is full: the run", "RUN"),
        (RuntimeError("No space left on device"), "The disk is full: the run", "RUN"),
        (RuntimeError("I/O error (os error 28)"), "The disk is full: the run", "RUN"),
    ],
    ids=["of the cache", "of the run", "quota", "safetensors", "torch"],
)
def test_a_full_disk_is_named_by_its_file(tmp_path: Path, error: Exception, words: str, file: str) -> None:
    run = tmp_path / "run"
    if isinstance(error, OSError) and error.filename == "RUN/head":
        error.filename = str(run / "head")

    def work() -> Iterator[Event]:
        yield from begin(run)
        raise error

    with pytest.raises(UserError, match="full") as caught:
        list(folder.record_events(work(), run))
    assert words in caught.value.title
    assert str(caught.value.file) == file.replace("RUN", str(run))


def test_other_errors_are_passed_on_unchanged(tmp_path: Path) -> None:
    def work() -> Iterator[Event]:
        yield from begin(tmp_path / "run")
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        list(folder.record_events(work(), tmp_path / "run"))


@pytest.mark.parametrize(("length", "kept"), [(300, 300), (301, 299)])
def test_a_long_title_is_shortened_in_the_note(tmp_path: Path, length: int, kept: int) -> None:
    note = end_note.EndNote(tmp_path)
    note.reserve()
    assert note.write(Ending("failed", "now", Failure("x" * length, "hint")))
    note.close()
    stored = end_note.read(tmp_path)
    assert stored is not None
    assert stored.failure is not None
    assert (len(stored.failure.title), stored.failure.title.count("x")) == (300, kept)


def test_the_note_reaches_the_disk_when_a_run_ends_and_costs_no_sync_when_it_begins(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(end_note.os, "fsync", synced.append)
    note = end_note.EndNote(tmp_path)
    note.reserve()
    assert not synced
    assert note.write(Ending("cancelled"))
    assert len(synced) == 1
    note.close()
