"""The queue of the terminal on disk."""

from __future__ import annotations

import errno
import json
import os
import threading

import pytest
from filelock import FileLock

from studio.runs.batches import run_queue
from studio.runs.batches.run_queue import RunQueue
from studio.session.runs.queue_file import QueueFile, waiting_in_windows
from studio.session.state import QueuedRun
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError


def spec(epochs: int = 3) -> RunSpec:
    return RunSpec(DatasetSpec("/nowhere/photos"), train=TrainSpec(epochs=epochs))


def test_added_runs_are_seen_by_another_process_in_order(tmp_path):
    assert RunQueue(tmp_path / "q").read() == run_queue.QueueContent()
    for epochs in (3, 4, 5):
        RunQueue(tmp_path / "q").add(spec(epochs), tmp_path / "out" if epochs == 5 else None)
    runs = RunQueue(tmp_path / "q").read().runs
    assert [(one.number, one.spec.train.epochs) for one in runs] == [(1, 3), (2, 4), (3, 5)]
    assert (runs[0].out, runs[2].out) == ("", str(tmp_path / "out"))
    assert runs[0].added


def test_the_number_of_a_removed_run_is_not_used_again(tmp_path):
    queue = RunQueue(tmp_path / "q")
    queue.add(spec())
    queue.remove({1})
    assert queue.add(spec()).number == 2
    assert queue.update(1, run="/nowhere") is None
    assert queue.update(2, run="/nowhere/run").run == "/nowhere/run"


@pytest.mark.parametrize(
    ("number", "place", "order"),
    [(3, 0, [3, 1, 2, 4]), (1, 2, [2, 3, 1, 4]), (2, 99, [1, 3, 4, 2]), (2, -1, [2, 1, 3, 4]), (9, 0, [1, 2, 3, 4])],
)
def test_a_run_is_moved_and_all_others_keep_their_order(tmp_path, number, place, order):
    queue = RunQueue(tmp_path / "q")
    for epochs in (3, 4, 5, 6):
        queue.add(spec(epochs))
    queue.move(number, place)
    runs = RunQueue(tmp_path / "q").read().runs
    assert [one.number for one in runs] == order
    assert all(one.spec.train.epochs == one.number + 2 for one in runs)


def test_additions_of_several_threads_are_all_stored(tmp_path):
    def add() -> None:
        for _ in range(3):
            RunQueue(tmp_path / "q").add(spec())

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [one.number for one in RunQueue(tmp_path / "q").read().runs]
    assert numbers == list(range(1, 10))


@pytest.mark.parametrize("content", ["{", '{"version": 2}', '{"trainings": [{"number": 1}]}', "[]"])
def test_a_damaged_queue_is_named_and_not_changed(content, tmp_path):
    queue = RunQueue(tmp_path / "q")
    queue.folder.mkdir()
    queue.file.write_text(content)
    for act in (queue.read, lambda: queue.add(spec())):
        with pytest.raises(UserError, match=r"queue\.json"):
            act()
    assert queue.file.read_text() == content


def test_a_process_that_locks_the_file_is_named_after_a_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(run_queue, "EDIT_SECONDS", 0.05)
    queue = RunQueue(tmp_path / "q")
    queue.add(spec())
    with FileLock(queue.folder / run_queue.EDIT_LOCK), pytest.raises(UserError, match="held the queue"):
        queue.add(spec())
    assert len(queue.read().runs) == 1


@pytest.mark.parametrize(("number", "works"), [(errno.ENOLCK, True), (errno.EACCES, False)])
def test_the_queue_is_changed_on_a_file_system_without_locks(tmp_path, monkeypatch, number, works):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FileLock, "acquire", refuse)
    queue = RunQueue(tmp_path / "q")
    if works:
        assert queue.add(spec()).number == 1
        return
    with pytest.raises(UserError, match=r"cannot be written to .*queue\.json \(Permission denied\)"):
        queue.add(spec())
    assert not queue.file.exists()


def test_only_one_process_trains_the_queue(tmp_path):
    queue = RunQueue(tmp_path / "q")
    assert not queue.is_running
    with queue.running_here():
        assert queue.is_running
        with pytest.raises(UserError, match="running already, in process"), RunQueue(queue.folder).running_here():
            pass
    assert not queue.is_running


def test_a_window_does_not_take_the_terminals_queue_but_its_own_is_listed_there(tmp_path):
    RunQueue(tmp_path / run_queue.FOLDER).add(spec())
    window = QueueFile(tmp_path)
    assert window.left() == ()
    window.write([QueuedRun(1, spec(9))])
    assert [one.train.epochs for one in waiting_in_windows(tmp_path)] == [9]
    window.close()
    assert json.loads((tmp_path / run_queue.FOLDER / run_queue.FILE).read_text())["last"] == 1


def test_a_path_that_is_not_valid_text_is_refused(tmp_path):
    queue = RunQueue(tmp_path / "q")
    queue.add(spec())
    with pytest.raises(UserError, match="path of the run is not valid text") as caught:
        queue.add(RunSpec(DatasetSpec("/nowhere/mu\udcf1oz")))
    assert caught.value.hint == "Rename that folder or file."
    assert len(queue.read().runs) == 1


def test_a_file_without_later_fields_is_an_empty_queue(tmp_path):
    queue = RunQueue(tmp_path)
    queue.file.write_text("{}")
    assert queue.read() == run_queue.QueueContent((), 0, False)
    queue.request_stop(True)
    assert json.loads(queue.file.read_text()) == {"version": 1, "last": 0, "stop": True, "trainings": []}
