"""Runs in the window: started, stopped, judged, and the window closed while one trains."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QMessageBox, QProgressBar
from window_use import open_folder, train_to_end

from studio.formatting import run_names
from studio.session import selectors
from studio.session.state import STATIONS


@pytest.mark.slow
def test_the_train_button_leads_to_results(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    qtbot.mouseClick(window.ribbon.primary(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.pages["head"])
    train_to_end(window, qtbot)
    assert window.store.state.run.status == "done"
    qtbot.waitUntil(lambda: window.ribbon.button("evaluate").summary().shape == "90.0\u202f% (60–98)")
    assert window.ribbon.button("head").summary().line == "linear · epoch 3 / 10"


@pytest.mark.slow
def test_a_baseline_trains_with_the_settings_that_are_shown(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    window.menus.baseline.trigger()
    train_to_end(window, qtbot)
    state = window.store.state
    assert state.run.started.spec == state.spec
    assert state.spec.backbone.weights == "none"
    assert selectors.stale(state) == {}
    assert window.ribbon.button("features").summary().line == "EfficientNet-Lite0 · from scratch"
    window.show_station("head")
    form = window.pages["head"].form
    lit = [button.text() for button in (form.head_only, form.fine_tune, form.scratch) if button.isChecked()]
    assert lit == ["From scratch"]
    assert run_names.training(state.run.started.spec) == "from scratch"


@pytest.mark.slow
def test_a_changed_setting_marks_what_it_makes_stale(make_window, qtbot):
    from studio.spec.structs import replace

    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    train_to_end(window, qtbot)
    spec = window.store.state.spec
    window.store.choose(replace(spec, train=replace(spec.train, epochs=20)))
    qtbot.waitUntil(lambda: window.ribbon.button("evaluate").summary().mark == "stale")
    assert "other head settings" in window.ribbon.button("evaluate").toolTip()
    window.store.choose(spec)
    qtbot.waitUntil(lambda: window.ribbon.button("evaluate").summary().mark == "")


@pytest.mark.slow
@pytest.mark.parametrize("unresponsive", [False, True])
def test_the_window_is_ready_after_stop_though_the_job_has_not_ended(make_window, qtbot, fakes, unresponsive):
    fakes.gate, fakes.unresponsive = threading.Event(), threading.Event() if unresponsive else None
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    if unresponsive:
        fakes.gate.set()
        qtbot.waitUntil(fakes.blocked.is_set)
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)
    assert fakes.blocked.is_set() == unresponsive, "the window did not wait for the job"
    assert window.store.state.run.status == "cancelled"
    qtbot.waitUntil(lambda: window.ribbon.primary().text() == "Train")
    fakes.gate = None
    window.store.train()
    if unresponsive:
        fakes.unresponsive.set()  # the thread continues once the first run checks again whether to stop
    qtbot.waitUntil(lambda: window.store.state.run.status == "done")


@pytest.mark.slow
def test_esc_stops_no_run_without_asking(make_window, qtbot, fakes):
    fakes.gate = threading.Event()
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    for station in STATIONS:
        window.show_station(station)
        page = window.pages[station]
        for widget in (window, page, *page.findChildren(QAbstractButton), *page.findChildren(QAbstractItemView)):
            if widget.isVisible() and widget.isEnabled():
                qtbot.keyClick(widget, Qt.Key.Key_Escape)
    escape = QKeySequence(Qt.Key.Key_Escape)
    assert not [action.text() for action in window.findChildren(QAction) if escape in action.shortcuts()]
    assert not window.store.state.jobs["train"].stopping
    fakes.gate.set()
    train_to_end(window, qtbot)
    assert window.store.state.run.status == "done"


@pytest.mark.slow
def test_a_run_can_be_stopped_while_torch_is_loaded(make_window, qtbot, fakes):
    hold = fakes.hold()

    def slow_import():
        def work(stop):
            hold.wait()
            yield from ()

        return work

    fakes.warm_up = slow_import
    window = make_window(fakes.commands(), warm=False)
    open_folder_while_importing(window, qtbot)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.jobs.threads["runs"].current() is not None)  # before, it would end at once
    window.store.stop()
    assert window.store.state.jobs["train"].stopping
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)
    window.store.train()
    hold.set()
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")


def open_folder_while_importing(window, qtbot):
    qtbot.waitUntil(lambda: window.store.jobs.threads["looking"].current() is not None)
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and "scan" not in window.store.state.jobs)


def test_closing_while_training_asks_once_and_ends_cleanly(make_window, qtbot, fakes):
    fakes.gate = threading.Event()
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    window.close()
    window.close()
    boxes = window.findChildren(QMessageBox, "ask_close")
    assert len(boxes) == 1
    assert window.isVisible()
    boxes[0].reject()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_close") is None)
    assert "train" in window.store.state.jobs
    window.close()
    box = window.findChild(QMessageBox, "ask_close")
    stop = next(button for button in box.buttons() if button.text() == "Stop and close")
    with qtbot.waitSignal(window.closed):
        stop.click()
        assert not window.isVisible()
    assert not any(thread.isRunning() for thread in window.store.jobs.threads.values())


@pytest.mark.slow
def test_twenty_runs_leave_no_thread_behind(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    train_to_end(window, qtbot)
    window.store.watch.wake(False)  # a check of the folder uses a thread for a moment
    before = threading.active_count()
    for _ in range(20):
        window.store.train()
        train_to_end(window, qtbot)
        assert window.store.state.run.status == "done"
    assert threading.active_count() <= before
    qtbot.waitUntil(lambda: not window.store.jobs.names())


@pytest.mark.slow
def test_the_sample_is_trained_at_once_and_evaluated(make_window, qtbot, fakes):
    window = make_window()
    seen = []
    window.store.page_requested.connect(seen.append)
    qtbot.mouseClick(window.start._sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.pages["evaluate"])
    assert seen == ["head", "evaluate"]
    assert fakes.calls.index("sample") < fakes.calls.index("scan") < fakes.calls.index("train")


@pytest.mark.slow
def test_progress_is_shown_only_once(make_window, qtbot, fakes):
    fakes.gate = threading.Event()
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    for station in STATIONS:
        window.show_station(station)
        qtbot.waitUntil(lambda: len([bar for bar in window.findChildren(QProgressBar) if bar.isVisible()]) == 1)
        assert not [label for label in window.findChildren(QLabel) if label.isVisible() and label.text() == "Ready"]
    fakes.gate.set()
    train_to_end(window, qtbot)
