"""The window as used: first start, folders, training, stopping, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings

import pytest
from fakes import fake_dataset
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QMessageBox, QProgressBar, QPushButton

from studio.runs import index
from studio.session import selectors
from studio.session import settings as remembered
from studio.session.settings import Settings
from studio.session.state import STATIONS
from studio.spec import UserError

QT_PARTS = ("QComboBox", "QComboBoxPrivateContainer", "QTableView", "ClassTable", "QFrame")


def open_folder(window, qtbot, folder="/nowhere/photos"):
    window.open_folder(folder)
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    qtbot.waitUntil(lambda: window.ribbon.button("images").summary().line.startswith("40"))


def train_to_end(window, qtbot):
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)


def test_first_start_says_what_to_do_and_nothing_else(make_window):
    window = make_window()
    assert window.stack.currentWidget() is window.start
    words = [button.text() for button in window.start.findChildren(QPushButton) if button.isVisible()]
    assert words == ["Open image folder…", "Try the sample"]
    assert not window.ribbon.button("images").isEnabled()
    assert not window.ribbon.primary().isEnabled()
    assert "Open an image folder" in window.ribbon.primary().toolTip()


def test_opening_a_folder_shows_its_photos(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    assert window.stack.currentWidget() is window.pages["images"]
    assert window.ribbon.button("images").summary().line == "40 photos · 2 classes"
    assert window.ribbon.button("head").summary().shape == "1280 → 2"
    assert window.ribbon.primary().isEnabled()
    assert window.windowTitle() == "photos – Thaw Studio"


@pytest.mark.slow
def test_a_failed_scan_is_told_in_the_page(make_window, qtbot, fakes):
    fakes.scan_fault = UserError("“photos” holds no class folders.", "Put the photos of each class in a folder.")
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: "images" in window.store.state.faults)
    page = window.pages["images"]
    qtbot.waitUntil(lambda: page._notice.isVisible())
    assert "holds no class folders" in page._notice.accessibleName()
    assert window.ribbon.button("images").summary().mark == "problem"
    assert window.findChild(QMessageBox) is None


@pytest.mark.slow
def test_a_superseded_scan_cannot_speak(make_window, qtbot, fakes):
    from studio.events import DatasetScanned

    hold = fakes.hold()

    def slow_scan(spec):
        def work(stop):
            if spec.folder.endswith("slow"):
                hold.wait()
            yield DatasetScanned(fake_dataset(spec.folder))

        return work

    fakes.scan = slow_scan
    window = make_window(fakes.commands())
    window.open_folder("/nowhere/slow")
    qtbot.waitUntil(lambda: window.store.jobs.threads["data"].current() is not None)
    window.open_folder("/nowhere/quick")
    hold.set()
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    assert window.store.state.dataset.folder.endswith("quick")


def test_training_from_the_button_to_the_result(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    qtbot.mouseClick(window.ribbon.primary(), Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.pages["head"]
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
    assert index.training(state.run.started.spec) == "from scratch"


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
@pytest.mark.parametrize("deaf", [False, True])
def test_stop_looks_finished_though_the_training_does_not_hear_it(make_window, qtbot, fakes, deaf):
    fakes.gate, fakes.deaf = threading.Event(), threading.Event() if deaf else None
    window = make_window()
    open_folder(window, qtbot)
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    if deaf:
        fakes.gate.set()
        qtbot.waitUntil(fakes.not_hearing.is_set)
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs)
    assert fakes.not_hearing.is_set() == deaf, "the window did not wait until it hears again"
    assert window.store.state.run.status == "cancelled"
    qtbot.waitUntil(lambda: window.ribbon.primary().text() == "Train")
    fakes.gate = None
    window.store.train()
    if deaf:
        fakes.deaf.set()  # the thread continues once the first training checks for Stop again
    qtbot.waitUntil(lambda: window.store.state.run.status == "done")


@pytest.mark.slow
def test_escape_never_stops_work(make_window, qtbot, fakes):
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
def test_a_training_can_be_stopped_while_torch_is_loaded(make_window, qtbot, fakes):
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
def test_closing_an_idle_window_does_not_ask(make_window, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.closed):
        window.close()
    assert not window.isVisible()


@pytest.mark.slow
def test_twenty_trainings_leave_no_thread_behind(make_window, qtbot):
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
def test_the_sample_trains_at_once_and_ends_in_evaluate(make_window, qtbot, fakes):
    window = make_window()
    seen = []
    window.store.page_requested.connect(seen.append)
    qtbot.mouseClick(window.start._sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.pages["evaluate"])
    assert seen == ["head", "evaluate"]
    assert fakes.calls.index("sample") < fakes.calls.index("scan") < fakes.calls.index("train")


@pytest.mark.slow
def test_recent_folders_page_and_colors_are_remembered(make_window, qtbot, tmp_path, photos):
    file = tmp_path / "config" / "window.json"
    window = make_window(settings=Settings(file=file))
    open_folder(window, qtbot, str(photos))
    window.show_station("features")
    window.choose_scheme("dark")
    with qtbot.waitSignal(window.closed):
        window.close()
    again = remembered.load(file)
    assert again.recent == [str(photos)]
    assert (again.page, again.scheme) == ("features", "dark")
    assert again.geometry
    assert "images" in again.splitters
    second = make_window(settings=again)
    names = [button.toolTip() for button in second.start.findChildren(QPushButton)]
    assert str(photos) in names
    second.choose_scheme("system")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"recent": 3, "splitters": [], "page": null}', "\x00\xff"])
def test_broken_settings_are_defaults(tmp_path, content):
    file = tmp_path / "window.json"
    file.write_text(content, encoding="latin-1")
    assert remembered.load(file) == Settings(file=file)


def test_settings_on_a_full_or_forbidden_disk_are_no_error(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    Settings(recent=["/a"], file=blocked / "window.json").save()


@pytest.mark.slow
def test_shortcuts(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    for number, name in enumerate(("images", "preprocess", "features", "head", "evaluate"), 1):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.stack.currentWidget() is window.pages[name]
        assert window.ribbon.button(name).isChecked()
    qtbot.keyClick(window.ribbon.button("evaluate"), Qt.Key.Key_Left)
    assert window.stack.currentWidget() is window.pages["head"]
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.store.state.run is not None)
    train_to_end(window, qtbot)
    qtbot.waitUntil(lambda: window.menus.train.isEnabled())
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "train" in window.store.state.jobs or window.store.state.run.status == "done")
    train_to_end(window, qtbot)


@pytest.mark.slow
def test_a_dropped_folder_is_opened(make_window, qtbot, photos):
    window = make_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photos))])
    place, actions = QPointF(300, 300), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():  # Qt 6.8 deprecates this constructor but has no replacement
        warnings.simplefilter("ignore")
        enter = QDragEnterEvent(place.toPoint(), actions, data, buttons, keys)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(place, actions, data, buttons, keys))
    qtbot.waitUntil(lambda: window.store.state.dataset is not None)
    assert window.store.state.dataset.folder == str(photos)
    qtbot.waitUntil(lambda: not window.store.state.jobs)


@pytest.mark.slow
def test_a_dropped_file_is_not(make_window, photos):
    window = make_window()
    file = QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(photos / "cold" / "00.jpg"))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), action, file, buttons, keys))
    assert not window.store.state.jobs
    assert window.store.state.spec.dataset.folder == ""


@pytest.mark.slow
def test_every_control_of_the_window_has_a_name(make_window, qtbot):
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox

    window = make_window()
    open_folder(window, qtbot)
    nameless = []
    for place in (window.ribbon, window.start, window.status, window.pages["images"], window.pages["preprocess"]):
        for kind in (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox):
            for control in place.findChildren(kind):
                inner = type(control).__name__ in ("QScrollBar", "QHeaderView", "QTableCornerButton")
                inner = inner or type(control.parent()).__name__ in QT_PARTS or control.objectName().startswith("qt_")
                if not inner and not (control.accessibleName() or getattr(control, "text", str)()):
                    nameless.append(f"{type(place).__name__}: {control!r}")
    assert not nameless


@pytest.mark.slow
def test_it_paints_without_torch():
    code = """
import os, sys
from PySide6.QtWidgets import QApplication
from studio.commands import window as commands
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from studio.session.settings import Settings
from studio.session.state import STATIONS
app = QApplication([])
theme.apply(app)
window = MainWindow(commands.for_window(), Settings())
window.show()
while not window._painted:
    app.processEvents()
heavy = [name for name in ("torch", "torchvision", "timm", "sklearn", "scipy", "pyqtgraph") if name in sys.modules]
print(heavy)
window._builder.stop()
os._exit(1 if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_progress_stands_in_one_place(make_window, qtbot, fakes):
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
