"""The window as used: first start, folders, shortcuts, closing."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
from fakes import fake_dataset
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QMessageBox, QPushButton
from silent_controls import silent
from window_use import open_folder, train_to_end

from studio.session import settings as remembered
from studio.session.settings import Settings
from studio.spec import UserError

QT_PARTS = ("QComboBox", "QComboBoxPrivateContainer", "QTableView", "ClassTable", "FolderTable", "QFrame")


def test_first_start_says_what_to_do_and_an_opened_folder_shows_its_photos(make_window, qtbot):
    window = make_window()
    assert window.stack.currentWidget() is window.start
    words = [button.text() for button in window.start.findChildren(QPushButton) if button.isVisible()]
    assert words == ["Open image folder…", "Try the sample"]
    assert not window.ribbon.button("images").isEnabled()
    assert not window.ribbon.primary().isEnabled()
    assert "Open an image folder" in window.ribbon.primary().toolTip()
    assert list(silent(window)) == []
    open_folder(window, qtbot)
    assert window.stack.currentWidget() is window.pages["images"]
    assert window.ribbon.button("images").summary().line == "40 photos · 2 classes"
    assert window.ribbon.button("head").summary().shape == "1280 → 2"
    assert window.ribbon.primary().isEnabled()
    assert window.windowTitle() == "photos – Thaw Studio"
    for page in window.pages.values():
        assert list(silent(page)) == []


@pytest.mark.slow
def test_a_failed_scan_is_shown_on_the_page(make_window, qtbot, fakes):
    fakes.scan_fault = UserError("“photos” holds no class folders.", "Put the photos of each class in a folder.")
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: "images" in window.store.state.faults)
    page = window.pages["images"]
    qtbot.waitUntil(lambda: page._notice.isVisible())
    assert "holds no class folders" in page._notice.accessibleName()
    qtbot.waitUntil(lambda: window.ribbon.button("images").summary().mark == "problem")
    assert window.findChild(QMessageBox) is None


@pytest.mark.slow
def test_events_of_a_superseded_scan_are_ignored(make_window, qtbot, fakes):
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


@pytest.mark.slow
def test_closing_an_idle_window_does_not_ask(make_window, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.closed):
        window.close()
    assert not window.isVisible()


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


@pytest.mark.slow
def test_the_shortcuts_of_the_window(make_window, qtbot):
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
def test_a_dropped_file_is_not_opened(make_window, photos):
    window = make_window()
    file = QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(photos / "cold" / "00.jpg"))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), action, file, buttons, keys))
    assert "scan" not in window.store.state.jobs
    assert window.store.state.spec.dataset.folder == ""


@pytest.mark.slow
def test_every_control_of_the_window_has_a_name(make_window, qtbot):
    from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox

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
@pytest.mark.parametrize("arguments", ["", "sys.argv[1]"])
def test_the_window_paints_before_what_it_does_not_need_is_imported(arguments, shared_photos):
    code = """
import os, sys
from PySide6.QtCore import QTimer
from studio import app
from studio.ui import window

class Watched(window.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, report)

def report():
    heavy = ("torch", "torchvision", "timm", "sklearn", "scipy", "numpy", "pyqtgraph", "PIL", "filelock",
             "studio.commands.window", "studio.ui.stations.images.page", "studio.ui.dialogs.cache")
    found = [name for name in heavy if name in sys.modules]
    print(found, flush=True)
    os._exit(1 if found else 0)

window.MainWindow = Watched
app.run(ARGUMENTS)
""".replace("ARGUMENTS", arguments)
    done = subprocess.run([sys.executable, "-c", code, str(shared_photos)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("[]")
