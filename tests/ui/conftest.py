"""Fixtures for tests of the window: fake work, the real window, and a guard against leftover threads and timers."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Fakes
from patience import PatientBot, wait_for_none
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.session.api import Commands
from studio.session.settings import Settings
from studio.session.state import STATIONS, Station
from studio.ui import page_builder
from studio.ui.theme import theme
from studio.ui.window import MainWindow

OFFSCREEN = r"does not support (propagateSizeHints\(\)|raise\(\)|grabbing the keyboard)"
"""Warnings of Qt's offscreen platform."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore warnings that dialogs and popups cause on Qt's offscreen platform."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.qt_log_ignore(OFFSCREEN, extend=True))


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """pytest-qt's bot, with timeouts for a busy machine."""
    return PatientBot(request)


@pytest.fixture
def fakes() -> Fakes:
    """The fake work, which a test may change."""
    return Fakes()


@pytest.fixture
def fake_commands(fakes: Fakes) -> Commands:
    """The fake work as the window's commands."""
    return fakes.commands()


@pytest.fixture
def make_window(
    qtbot: object,
    qapp: QApplication,
    fakes: Fakes,
    fake_commands: Commands,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., MainWindow]]:
    """Open the real window, shown and with every page built; it is closed after the test.

    `make_window(commands=..., settings=..., built=True, pages=STATIONS)`: of other pages, one is built when
    it is shown, so that a test pays for those that it uses.
    """
    theme.apply(qapp)
    windows: list[MainWindow] = []

    def make(
        commands: Commands | None = None,
        settings: Settings | None = None,
        built: bool = True,
        warm: bool = True,
        pages: tuple[Station, ...] = STATIONS,
    ) -> MainWindow:
        monkeypatch.setattr(page_builder, "STATIONS", pages)
        window = MainWindow(commands or fake_commands, settings or Settings(file=tmp_path / "window.json"))
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)  # type: ignore[attr-defined]
        if built:
            qtbot.waitUntil(lambda: window.pages.keys() >= set(pages))  # type: ignore[attr-defined]
        if built and warm:
            qtbot.waitUntil(lambda: window.store.state.engine_ready)  # type: ignore[attr-defined]
        return window

    yield make
    fakes.release()  # a failed test may have left work waiting, for which the window would wait forever
    for window in windows:
        window.leave()
        window.store.wait()
        window.close()
        window.deleteLater()
    windows.clear()
    settle(qapp)


@pytest.fixture
def show(qtbot: Any, qapp: QApplication) -> Callable[..., Any]:
    """Show a widget alone, with the theme applied: `show(widget, width, height)`."""

    def shown(widget: Any, width: int, height: int) -> Any:
        theme.apply(qapp)
        theme.style(widget)
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return shown


@pytest.fixture
def show_page(show: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Show a page alone, in the size it has in a window; it is shut down after the test."""
    pages: list[Any] = []

    def shown(page: Any, width: int = 1280, height: int = 700) -> Any:
        pages.append(page)
        return show(page, width, height)

    yield shown
    for page in pages:
        page.shut_down()


def settle(app: QApplication) -> None:
    """Process pending deletions."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        app.processEvents()
    gc.collect()


def release_keys() -> None:
    """Release Ctrl and Shift: after a simulated click with them, Qt takes them for pressed until the next event."""
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        widget = QWidget()
        QTest.keyClick(widget, Qt.Key.Key_F35)
        widget.deleteLater()


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a running thread, a running timer or an open window behind."""
    threads = set(threading.enumerate())
    release_keys()
    yield
    settle(qapp)
    left = wait_for_none(lambda: _left_behind(qapp, threads), qapp.processEvents)
    assert not left, f"left behind: {', '.join(left)}"
    gc.freeze()  # later collections then examine only new objects


def _left_behind(qapp: QApplication, threads: set[threading.Thread]) -> list[str]:
    left: list[str] = []
    alive = [thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()]
    # A thread of Qt that once ran Python stays in this list as a dummy until its number is used again.
    left += [f"Python thread {thread.name}" for thread in alive if not isinstance(thread, threading._DummyThread)]
    left += [f"window {widget!r}" for widget in qapp.topLevelWidgets() if widget.isVisible()]
    kinds: dict[type, bool] = {}  # one check per type: there are a hundred thousand objects
    for thing in gc.get_objects():
        kind = type(thing)
        if kind not in kinds:
            kinds[kind] = issubclass(kind, QThread | QTimer)
        if not kinds[kind]:
            continue
        try:
            if issubclass(kind, QThread) and thing.isRunning() and thing is not qapp.thread():
                left.append(f"QThread {thing.objectName() or thing!r}")
            elif issubclass(kind, QTimer) and thing.isActive() and not _of_library(thing):
                left.append(f"active QTimer of {thing.parent()!r}")
        except (RuntimeError, ReferenceError):  # its C++ object was deleted, so it is harmless
            continue
    return left


def _of_library(timer: QTimer) -> bool:
    """True for timers of pytest-qt, which end with the test's last wait."""
    parent: QObject | None = timer.parent()
    return type(timer).__module__.startswith("pytestqt") or type(parent).__module__.startswith("pytestqt")
