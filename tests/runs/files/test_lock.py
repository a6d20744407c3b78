"""The lock of a run, with real processes that are killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.runs.files import lock
from studio.runs.files.lock import RunLock
from studio.spec import UserError

HOLD = "import sys; from pathlib import Path; from studio.runs.files.lock import RunLock\n"
HOLD += "held = RunLock(Path(sys.argv[1])); held.take(); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def other() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Starts a process that holds the lock of a run until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(run: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(run)]
        program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(program)
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


def test_a_second_program_is_refused_with_the_holders_process_and_changes_nothing(tmp_path, other):
    program = other(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert lock.is_held(tmp_path)
    with pytest.raises(UserError, match=f"process {program.pid}") as fault:
        RunLock(tmp_path).take()
    assert str(tmp_path) in fault.value.title
    assert fault.value.hint
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_program_holds_no_lock(tmp_path, other):
    program = other(tmp_path)
    assert lock.is_held(tmp_path)
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert not lock.is_held(tmp_path)
    with RunLock(tmp_path):
        assert lock.is_held(tmp_path)
        assert lock.holder(tmp_path) == f"process {os.getpid()}"
    assert not lock.is_held(tmp_path)


def test_asking_for_the_holder_creates_no_file(tmp_path):
    assert not lock.is_held(tmp_path)
    assert not lock.is_held(tmp_path / "nowhere")
    assert lock.holder(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"process": "x", "computer": 1}', '{"process": 7}'])
def test_a_damaged_holder_file_gives_an_error_without_a_name(tmp_path, content):
    with RunLock(tmp_path):
        (tmp_path / lock.HOLDER).write_text(content)
        with pytest.raises(UserError, match=r"^Another program is writing"):
            RunLock(tmp_path).take()


def test_a_program_on_another_computer_is_named_with_it(tmp_path):
    (tmp_path / lock.HOLDER).write_text(json.dumps({"process": 7, "computer": "lab-3"}))
    assert lock.holder(tmp_path) == "process 7 on lab-3"


def test_releasing_a_folder_that_is_gone_is_no_error(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    held = RunLock(run)
    held.take()
    for file in run.iterdir():
        file.unlink()
    run.rmdir()
    held.release()
    held.release()


def test_a_lock_can_be_released_by_another_thread(tmp_path):
    held = RunLock(tmp_path)
    thread = threading.Thread(target=held.take)
    thread.start()
    thread.join()
    assert lock.is_held(tmp_path)
    held.release()
    assert not lock.is_held(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a lock there needs the right to write")
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_read_only_run_is_named_and_its_holder_is_known(tmp_path, monkeypatch, number):
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path / lock.LOCK))

    with RunLock(tmp_path), monkeypatch.context() as context:
        context.setattr(lock.FileLock, "acquire", refused)
        assert lock.is_held(tmp_path)
    monkeypatch.setattr(lock.FileLock, "acquire", refused)
    assert not lock.is_held(tmp_path)
    with pytest.raises(UserError, match=f"{tmp_path.name} cannot be written") as fault:
        RunLock(tmp_path).take()
    assert fault.value.file == str(tmp_path)


def test_a_list_of_runs_does_not_wait_for_the_locks_of_those_that_run(tmp_path, monkeypatch):
    waits, acquire = [], lock.FileLock.acquire

    def noted(self, timeout, *rest, **options):
        waits.append(timeout)
        return acquire(self, timeout, *rest, **options)

    monkeypatch.setattr(lock.FileLock, "acquire", noted)
    with RunLock(tmp_path):
        assert lock.is_held(tmp_path)
    assert waits == [lock.TIMEOUT_S, 0]


ELSEWHERE = "import socket; socket.gethostname = lambda: 'lab-3'\n" + HOLD


@pytest.fixture
def on_lab_3(tmp_path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of `tmp_path` on a computer called lab-3, whose lock is not seen here."""
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        (tmp_path / lock.LOCK).unlink()  # so that this process locks another file, as if the server had no locks
        yield program
        program.kill()


def test_a_run_that_another_computer_writes_is_refused_though_its_lock_is_not_seen(tmp_path, on_lab_3):
    assert lock.is_held(tmp_path)
    with pytest.raises(UserError, match=rf"process {on_lab_3.pid} on lab-3\) is writing"):
        RunLock(tmp_path).take()
    with pytest.raises(UserError, match="is writing"), lock.reserved(tmp_path):
        pass
    found = lock.read_holder(tmp_path)
    assert found is not None
    assert (found.process, found.computer) == (on_lab_3.pid, "lab-3")
    on_lab_3.communicate()  # it ends without releasing anything
    with pytest.raises(UserError, match="is writing"):
        RunLock(tmp_path).take()


def test_a_lock_left_by_another_computer_is_released_only_by_the_user(tmp_path):
    left = tmp_path / lock.HOLDER
    left.write_text(json.dumps({"process": 7, "computer": "lab-3"}))
    os.utime(left, (0, left.stat().st_mtime - 3 * 3600))
    assert not lock.is_held(tmp_path)
    for take in (RunLock(tmp_path).take, lock.reserved(tmp_path).__enter__):
        with pytest.raises(UserError, match=r"by process 7 on lab-3, whose last sign of life was 3 hours ago") as fault:
            take()
        assert f"delete {left}" in fault.value.hint
    assert left.exists()
    left.unlink()
    with RunLock(tmp_path):
        assert lock.is_held(tmp_path)


@pytest.mark.parametrize(("seconds", "held"), [(lock.SILENCE_S - 60, True), (lock.SILENCE_S + 60, False)])
def test_another_computer_holds_a_run_as_long_as_its_signs_of_life_come(tmp_path, seconds, held):
    left = tmp_path / lock.HOLDER
    left.write_text(json.dumps({"process": 7, "computer": "lab-3"}))
    os.utime(left, (0, left.stat().st_mtime - seconds))
    assert lock.is_held(tmp_path) is held


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(60, "60 minutes"), (119, "119 minutes"), (120, "2 hours"), (2879, "47 hours"), (2880, "2 days")],
)
def test_the_age_of_the_last_sign_of_life_is_stated_in_the_largest_unit_of_which_there_are_two(
    tmp_path, minutes, words
):
    left = tmp_path / lock.HOLDER
    left.write_text(json.dumps({"process": 7, "computer": "lab-3"}))
    os.utime(left, (0, left.stat().st_mtime - minutes * 60))
    with pytest.raises(UserError, match=f"last sign of life was {words} ago"):
        RunLock(tmp_path).take()


def test_a_process_whose_run_was_taken_over_stops(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PULSE_S", 0.0)
    other = {"process": 7, "computer": "lab-3"}
    with RunLock(tmp_path) as held:
        held.pulse("Training")
        assert json.loads((tmp_path / lock.HOLDER).read_text())["activity"] == "Training"
        (tmp_path / lock.HOLDER).write_text(json.dumps(other))
        assert held.is_pulse_due
        with pytest.raises(UserError, match="is now written by process 7 on lab-3"):
            held.pulse("Training")
    assert json.loads((tmp_path / lock.HOLDER).read_text()) == other
    assert not held.is_pulse_due


def test_a_holder_that_was_deleted_by_mistake_is_written_again(tmp_path):
    with RunLock(tmp_path) as held:
        (tmp_path / lock.HOLDER).unlink()
        held.pulse("")
        assert lock.holder(tmp_path) == f"process {os.getpid()}"


@pytest.mark.parametrize(
    ("minutes", "words"), [(-9, "0 minutes"), (0, "0 minutes"), (1, "1 minute"), (2, "2 minutes"), (3, "3 minutes")]
)
def test_minutes_are_counted_and_never_negative(monkeypatch, minutes, words):
    monkeypatch.setattr(lock.time, "time", lambda: 1e9)
    assert lock._ago(1e9 - minutes * 60) == words


def test_a_sign_of_life_is_due_every_five_seconds(tmp_path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(lock.time, "monotonic", lambda: now)
    held = RunLock(tmp_path)
    assert not held.is_pulse_due, "not held"
    with held:
        assert not held.is_pulse_due
        now += 4.99
        assert not held.is_pulse_due
        now += 0.01
        assert held.is_pulse_due
        held.pulse("")
        assert not held.is_pulse_due


@pytest.mark.parametrize(("number", "works"), [(errno.ENOLCK, True), (errno.ENOSYS, True), (errno.EIO, False)])
def test_a_run_is_written_on_a_disk_without_locks_but_not_on_one_with_errors(tmp_path, monkeypatch, number, works):
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock.FileLock, "acquire", refused)
    held = RunLock(tmp_path)
    if works:
        held.take()
        assert lock.holder(tmp_path) == f"process {os.getpid()}"
        held.release()
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            held.take()


def test_a_run_is_reserved_without_new_files_and_against_other_programs(tmp_path):
    with lock.reserved(tmp_path):
        assert not list(tmp_path.iterdir())
    (tmp_path / lock.LOCK).touch()
    with lock.reserved(tmp_path), pytest.raises(UserError, match="is writing to the run"):
        RunLock(tmp_path).take()
    with RunLock(tmp_path), pytest.raises(UserError, match="is writing to the run"), lock.reserved(tmp_path):
        pass


def test_a_run_is_moved_on_windows_only_while_nothing_writes_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(lock.sys, "platform", "win32")
    (tmp_path / lock.LOCK).touch()
    with lock.reserved(tmp_path):
        assert not lock.is_held(tmp_path), "an open file would prevent the move"
    with RunLock(tmp_path), pytest.raises(UserError, match="is writing to the run"), lock.reserved(tmp_path):
        pass
