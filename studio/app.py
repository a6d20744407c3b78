"""Opens the window; the only module that imports both the user interface and the commands.

Heavy libraries are imported after the first paint; torch is imported in a thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.session import api

PATIENCE_MS = 1200
"""Longest time in milliseconds that a closed window waits for its threads before the process ends. A thread that
imports a library or loads a large network cannot be stopped. No data is lost if the wait is cut short: writes are
atomic, and a run resumes from its last checkpoint."""


AFTER_PAINT_MS = 1
"""Delay in milliseconds between the first paint and opening a folder, so that the screen shows what was painted."""


def run(folder: str | None = None, demo: bool = False, then_exit: bool = False, project: str = "") -> int:
    """Open the window and return when it is closed.

    Args:
        folder: Folder of photos to open at once.
        demo: Open the sample photos and start a run at once.
        project: Project file to open at once.
        then_exit: True to end the process with the window, without the orderly shutdown of torch and Qt, which takes
            seconds.

    Returns:
        Exit status: 0; 2 if no window can be opened.
    """
    from studio.system import display, output, paths
    from studio.system.names import escaped
    from studio.system.process import memory, signals

    if reason := display.missing_requirement():
        output.complain(reason)
        return 2
    if paths.is_spare(paths.runs_folder()):
        words = f"Your home folder cannot be written, so runs and settings are in {paths.spare_folder()}, which may be "
        hint = "deleted when the computer restarts. Set HOME to a folder that you can write to, to keep them."
        print(escaped(f"warning: {words}{hint}"), file=sys.stderr)
    from studio.formatting import language
    from studio.system import preferences

    language.choose(preferences.value("language"))  # before the modules of the window are imported
    os.environ.setdefault("QT_API", "pyside6")
    memory.share_one_arena()
    with signals.deferred():
        from PySide6.QtCore import QTimer
        from PySide6.QtGui import QIcon
        from PySide6.QtWidgets import QApplication
    with signals.deferred():
        from studio.session import api, settings
        from studio.session.private_names import private_names
        from studio.system import resources
        from studio.system.process import exit
        from studio.ui.dialogs.defect_reporter import DefectReporter
        from studio.ui.system import qt_language
        from studio.ui.system.responsiveness import Scheduling
        from studio.ui.system.signals import SignalHandler
        from studio.ui.theme import theme
        from studio.ui.window import MainWindow
    with signals.deferred():
        existing = QApplication.instance()
        app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        qt_language.translate(app, language.code())
        app.setApplicationName("Thaw Studio")
        app.setDesktopFileName("studio.thaw.ThawStudio")
        app.setWindowIcon(QIcon(str(resources.path("icon.svg"))))
        app.setQuitOnLastWindowClosed(False)  # the window first hides, and closes when its threads have ended
        remembered = settings.load()
        # Until the user chooses a theme, it is the one that an earlier version stored.
        if preferences.origin("theme") != "default":
            remembered.scheme = preferences.value("theme")
        theme.enlarge(app, preferences.value("text_size") / 100)
        theme.apply(app, remembered.scheme)
        theme.reduce_motion(preferences.value("reduced_motion"))
        for words in preferences.faults():
            print(escaped(f"warning: {words}"), file=sys.stderr)
        window = MainWindow(api.deferred(_commands), remembered)
        window.closed.connect(app.quit)

        def names() -> Iterable[str]:
            return private_names(window.store.state)

        signal_handler, scheduling = SignalHandler(window.leave, window), Scheduling()
        defects = DefectReporter(window, names)
        defects.install()

        def begin() -> None:
            if demo:
                window.store.sample()
            elif project:
                window.automation.open_project(project)
            elif folder:
                window.open_folder(folder, remembered.page)

        # After the first paint, which would otherwise wait for the imports of the commands and the page.
        beginning = QTimer(app)
        beginning.setSingleShot(True)
        beginning.setInterval(AFTER_PAINT_MS)
        beginning.timeout.connect(begin)
        window.painted.connect(beginning.start)
    window.show()
    if then_exit:
        deadline = QTimer(app)
        deadline.setSingleShot(True)
        deadline.setInterval(PATIENCE_MS)
        deadline.timeout.connect(app.quit)
        window.left.connect(deadline.start)
    status = app.exec()
    signal_handler.close()
    scheduling.end()
    defects.uninstall()
    if then_exit:
        exit.end(status)
    window.store.wait()
    return status


def _commands() -> api.Commands:
    from studio.commands import window

    return window.for_window()
