"""Uncaught errors from any source are shown in one dialog."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from studio.system import log
from studio.ui.dialogs import defect, defect_reporter
from studio.ui.dialogs.defect import DefectDialog
from studio.ui.dialogs.defect_reporter import DefectReporter
from studio.ui.theme import theme


class Bell(QObject):
    rung = Signal(str)


@pytest.fixture
def window(show) -> QWidget:
    return show(QWidget(), 400, 300)


@pytest.fixture
def reporter(window, monkeypatch) -> Iterator[DefectReporter]:
    """A reporter installed as in `app`, but without Qt's message handler, which pytest-qt needs."""
    monkeypatch.setattr(defect_reporter.qt_messages, "install", lambda: None)
    monkeypatch.setattr(defect_reporter.qt_messages, "uninstall", lambda: None)
    hooks = sys.excepthook, threading.excepthook
    reporter = DefectReporter(window, lambda: ["ants"])
    reporter.install()
    yield reporter
    reporter.uninstall()
    assert (sys.excepthook, threading.excepthook) == hooks
    for dialog in window.findChildren(DefectDialog):
        dialog.reject()


def fail(word: str = "'ants/IMG_1.jpg' is gone") -> None:
    raise ValueError(word)


def fail_elsewhere() -> None:
    raise KeyError("second")


def ring(slot: object) -> None:
    bell = Bell()
    bell.rung.connect(slot)
    bell.rung.emit("rung")


def shown(qtbot, window) -> DefectDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(DefectDialog)))
    (dialog,) = window.findChildren(DefectDialog)
    return dialog


def words(dialog: DefectDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if not label.isHidden())


def in_thread(target) -> None:
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()


def test_an_error_in_a_slot(qtbot, window, reporter):
    ring(fail)
    dialog = shown(qtbot, window)
    assert "Something went wrong inside the program: ValueError: rung" in words(dialog)
    assert "No data is lost" in words(dialog)
    assert "defects.log" in words(dialog)
    assert dialog.windowModality() == Qt.WindowModality.NonModal
    assert "in fail" in dialog.report.toPlainText()


def test_an_error_in_a_thread(qtbot, window, reporter):
    in_thread(fail)
    assert "IMG_1.jpg" in words(shown(qtbot, window))


def test_an_error_in_a_method_that_qt_calls(qtbot, window, reporter, show):
    class Broken(QWidget):
        def customEvent(self, _event):
            raise LookupError("painted")

    broken = show(Broken(window), 50, 50)
    QCoreApplication.postEvent(broken, QEvent(QEvent.Type.User))
    assert "LookupError: painted" in words(shown(qtbot, window))


def test_many_errors_open_only_one_dialog(qtbot, window, reporter):
    timer = QTimer(window)
    timer.timeout.connect(fail)
    timer.start(0)
    dialog = shown(qtbot, window)
    qtbot.waitUntil(lambda: "more errors" in dialog.since.text())
    timer.stop()
    in_thread(fail_elsewhere)
    qtbot.waitUntil(lambda: "KeyError: 'second'" in dialog.report.toPlainText())
    assert dialog.report.toPlainText().count("Traceback") == 2
    assert window.findChildren(DefectDialog) == [dialog]


def test_an_error_is_shown_only_once(qtbot, qapp, window, reporter):
    for _ in range(2):
        in_thread(fail)
    shown(qtbot, window).reject()
    in_thread(fail)
    qapp.processEvents()
    assert reporter._dialog is None
    in_thread(fail_elsewhere)
    qtbot.waitUntil(lambda: reporter._dialog is not None)


def test_the_report_contains_names_only_on_request(qtbot, window, reporter):
    in_thread(fail)
    dialog = shown(qtbot, window)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert dialog.copy.text() == defect.COPIED
    assert "ValueError: '‹path›' is gone" in copied
    assert "torch " in copied
    assert __file__ not in copied
    dialog.with_names.setChecked(True)
    assert dialog.copy.text() == defect.COPY
    dialog.copy.click()
    assert "'ants/IMG_1.jpg' is gone" in QGuiApplication.clipboard().text()
    assert __file__ in QGuiApplication.clipboard().text()


def test_the_report_can_be_read_before_it_is_copied(qtbot, window, reporter):
    in_thread(fail)
    dialog = shown(qtbot, window)
    assert dialog.report.isHidden()
    dialog.details.click()
    assert dialog.report.isVisible()
    dialog.details.click()
    assert dialog.report.isHidden()


def test_close_closes_it_and_another_error_may_open_the_next(qtbot, window, reporter):
    in_thread(fail)
    shown(qtbot, window).findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close).click()
    qtbot.waitUntil(lambda: not window.findChildren(DefectDialog))
    assert reporter._dialog is None


def test_a_window_that_is_closing_shows_nothing(qapp, window, reporter):
    window.hide()
    in_thread(fail)
    qapp.processEvents()
    assert not window.findChildren(DefectDialog)


def test_a_dialog_that_cannot_be_created_is_not_tried_again(qapp, window, reporter, monkeypatch):
    tries = []

    def broken(*_arguments):
        tries.append(1)
        raise RuntimeError("no icons")

    monkeypatch.setattr(defect, "DefectDialog", broken)
    in_thread(fail)
    for _ in range(5):
        qapp.processEvents()
    assert tries == [1]


def test_a_user_error_says_what_to_do(qtbot, window, reporter):
    def full() -> None:
        raise OSError(28, "No space left on device")

    in_thread(full)
    text = words(shown(qtbot, window))
    assert "The disk is full." in text
    assert "Free some space" in text


def test_the_dialog_says_that_there_is_no_log_file(qtbot, window, reporter, monkeypatch, capsys):
    monkeypatch.setattr(log, "_append", lambda *_: (_ for _ in ()).throw(OSError("read-only")))
    in_thread(fail)
    assert "No log could be written." in words(shown(qtbot, window))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_follows_the_theme(qtbot, qapp, window, reporter, scheme):
    in_thread(fail)
    dialog = shown(qtbot, window)
    theme.apply(qapp, scheme)
    assert not dialog._sign.pixmap().isNull()
    theme.apply(qapp, "system")


def test_long_messages_are_cut_in_the_dialog_and_complete_in_the_report(qtbot, window, reporter):
    in_thread(lambda: fail("x" * 900))
    dialog = shown(qtbot, window)
    assert "x" * 500 not in words(dialog)
    assert "x" * 900 in dialog.report.toPlainText()
