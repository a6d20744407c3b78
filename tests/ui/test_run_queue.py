"""The queue of runs in the real window."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from studio.runs.batches.run_queue import RunQueue
from studio.session.runs.queue_file import QueueFile
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/nowhere/photos"))


@pytest.mark.slow
def test_queued_trainings_start_one_after_the_other_and_can_be_removed(make_window, qtbot, fakes):
    window = make_window()
    store = window.store
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    assert not window.menus.queue.isEnabled()
    gate = fakes.gate = threading.Event()
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and window.menus.queue.isEnabled())
    card = window.pages["head"].runs
    spec = store.state.spec
    specs = [replace(spec, train=replace(spec.train, epochs=number)) for number in (4, 5, 6)]
    for one in specs:
        store.choose(one)
        window.menus.queue.trigger()
    qtbot.waitUntil(card.queue.isVisible)
    assert [one.spec for one in store.state.queue] == specs
    card.queue.lines[1][2].click()
    assert [one.spec for one in store.state.queue] == [specs[0], specs[2]]
    store.looking.outputs("stem", "/nowhere/photos/ants/0000.jpg")
    qtbot.waitUntil(lambda: store.state.output is not None)
    assert "train" in store.state.jobs, "a layer was looked at while the training ran"
    fakes.gate = None
    gate.set()
    qtbot.waitUntil(lambda: not store.state.queue and "train" not in store.state.jobs)
    assert fakes.calls.count("train") == 3
    assert store.state.run.started.spec == specs[2]
    assert store.state.run.status == "done"
    qtbot.waitUntil(card.queue.isHidden)


@pytest.mark.slow
def test_a_queue_survives_its_window_and_starts_only_on_request(make_window, qtbot, fakes):
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    gate = fakes.gate = fakes.hold()
    window.menus.repeats[0].trigger()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    window.menus.train.trigger()  # Train adds to the queue while something trains
    specs = [one.spec for one in window.store.state.queue]
    assert [spec.train.seed for spec in specs] == [8, 9, 7]
    with qtbot.waitSignal(window.closed):
        window.leave()
    gate.set()
    fakes.gate, trained = None, fakes.calls.count("train")

    window = make_window()
    strip = window.strips.queue
    qtbot.waitUntil(strip.isVisible)
    assert strip.words.text().startswith("3 runs were waiting when the program was closed")
    window.open_folder("/nowhere/photos", "head")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    qtbot.mouseClick(strip.action, Qt.MouseButton.LeftButton)
    queue = window.pages["head"].runs.queue
    qtbot.waitUntil(queue.start.isVisible)
    assert [one.spec for one in window.store.state.queue] == specs
    assert fakes.calls.count("train") == trained, "nothing starts unasked"
    qtbot.waitUntil(lambda: not strip.isVisible())
    queue.start.click()
    qtbot.waitUntil(lambda: not window.store.state.queue and "train" not in window.store.state.jobs)
    assert fakes.calls.count("train") == trained + 3
    qtbot.waitUntil(queue.isHidden)
    assert QueueFile().left() == ()


@pytest.mark.slow
def test_esc_asks_before_it_stops_a_run(make_window, qtbot, fakes):
    window = make_window()
    window.open_folder("/nowhere/photos", "head")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.findChild(QMessageBox, "ask_stop") is None
    fakes.gate = fakes.hold()
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    for answer, status in (("Keep training", "running"), ("Stop", "cancelled")):
        qtbot.keyClick(window.pages["head"].runs.table, Qt.Key.Key_Escape)
        box = window.findChild(QMessageBox, "ask_stop")
        assert "can be resumed" in box.informativeText()
        next(button for button in box.buttons() if button.text() == answer).click()
        qtbot.waitUntil(lambda status=status: window.store.state.run.status == status)
        qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_stop") is None)


@pytest.mark.slow
def test_the_queue_of_the_terminal_is_in_the_list_and_follows_the_windows_own(make_window, qtbot, fakes):
    terminal = RunQueue()
    numbers = [terminal.add(replace(SPEC, train=replace(SPEC.train, epochs=epochs))).number for epochs in (4, 5, 6)]
    window = make_window()
    store, queue = window.store, window.pages["head"].runs.queue
    window.open_folder("/nowhere/photos", "head")
    qtbot.waitUntil(lambda: len(store.state.shared_queue.lines) == 3)
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs and queue.isVisible())
    assert fakes.calls.count("train") == 0, "none begins unasked"
    assert [label.text() for label in queue.details] == [f"terminal {number}, waiting" for number in numbers]
    qtbot.mouseClick(queue.lines[1][2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(store.state.shared_queue.lines) == 2)
    assert [one.number for one in terminal.read().runs] == [numbers[0], numbers[2]]
    fakes.gate, seen = fakes.hold(), []
    store.queue.watch.changed.connect(seen.append)
    qtbot.mouseClick(queue.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.state.run is not None)
    terminal.update(numbers[2], failure="It is tried again.")
    qtbot.waitUntil(lambda: store.queue.watch.check() or bool(seen), timeout=10_000)  # read while this window trains
    fakes.gate.set()
    qtbot.waitUntil(lambda: fakes.queued == [numbers[0], numbers[2]] and "train" not in store.state.jobs)
    assert store.state.run is not None
    assert store.state.run.started.spec.train.epochs == 6
    assert not queue.start.isHidden(), "these fakes remove none, and none is tried twice"
    terminal.remove({numbers[0], numbers[2]})
    store.queue.watch.check()
    qtbot.waitUntil(queue.isHidden)


@pytest.mark.slow
def test_no_run_of_the_queue_begins_after_one_was_stopped_by_the_terminal(make_window, qtbot, fakes):
    terminal = RunQueue()
    for _ in range(2):
        terminal.add(SPEC)
    window = make_window()
    store = window.store
    qtbot.waitUntil(lambda: len(store.state.shared_queue.lines) == 2 and "warm_up" not in store.state.jobs)
    fakes.gate = fakes.hold()
    store.queue.start()
    qtbot.waitUntil(lambda: store.state.run is not None)
    store.stop()
    qtbot.waitUntil(lambda: "train" not in store.state.jobs)
    qtbot.wait(200)
    assert fakes.queued == [1]
    assert "train" not in store.state.jobs


@pytest.mark.slow
def test_queued_runs_are_moved_by_buttons_that_follow_them(make_window, qtbot, fakes):
    terminal = RunQueue()
    for epochs in (4, 5, 6):
        terminal.add(replace(SPEC, train=replace(SPEC.train, epochs=epochs)))
    window = make_window()
    store, queue = window.store, window.pages["head"].runs.queue
    window.open_folder("/nowhere/photos", "head")
    qtbot.waitUntil(lambda: len(store.state.shared_queue.lines) == 3 and not store.state.jobs and queue.isVisible())
    assert [(up.isEnabled(), down.isEnabled()) for up, down in queue.moves] == [(0, 1), (1, 1), (1, 0)]
    third = queue.moves[2][0]
    assert third.accessibleName().startswith("Train earlier: ")
    third.setFocus()
    for place in (1, 0):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
        qtbot.waitUntil(lambda place=place: store.state.shared_queue.lines[place].number == 3)
        qtbot.waitUntil(lambda place=place: window.focusWidget() in queue.moves[place])
    assert [one.number for one in terminal.read().runs] == [3, 1, 2]
    assert window.focusWidget() is queue.moves[0][1], "the other one, for it is the first now"
    fakes.gate = fakes.hold()
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and window.menus.queue.isEnabled())
    for epochs in (3, 7):
        window.store.choose(replace(SPEC, train=replace(SPEC.train, epochs=epochs)))
        window.menus.queue.trigger()
    qtbot.waitUntil(lambda: "7 epochs" in queue.moves[1][0].accessibleName())
    queue.moves[1][0].click()
    assert [one.spec.train.epochs for one in store.state.queue] == [7, 3]
    fakes.gate.set()
    qtbot.waitUntil(lambda: not store.state.queue and "train" not in store.state.jobs)
