"""Opens the window with a catalog that marks every message, and prints the texts shown that have words without a mark.

For a process apart: texts at the top of modules are translated when these are imported. With `-v`, also where each is.
"""

from __future__ import annotations

import gettext
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / "support" / part) for part in ("", "engine", "photos", "window"))]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

OPEN, CLOSE = "⟦", "⟧"
WORD = re.compile(r"[A-Za-z]{3,}")
MOST_ROWS = 8
"""Rows of a table that are read: the others are of the same kind."""


class Marked(gettext.NullTranslations):
    """A catalog that marks each text, and no part in braces, which becomes data."""

    def gettext(self, message: str) -> str:
        """The text between marks, with marks around its variable parts, whose words are judged for themselves."""
        inner = re.sub(r"({[^{}]*})", rf"{CLOSE}\1{OPEN}", message)
        return f"{OPEN}{inner}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The noun between marks."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def unmarked(text: str) -> str:
    """What of a text is outside all marks, without tags of HTML and invisible characters."""
    text = re.sub(r"<[^<>]*>|&[a-z]+;|[\u200b\u2060]", " ", text)
    while OPEN in text:  # marks may be nested: a translated part in a translated text
        shorter = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)
        if shorter == text:
            break
        text = shorter
    return text


def texts_of(widget: Any) -> Iterator[tuple[str, str]]:
    """Kind and text of what a widget shows or says."""
    from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
    from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QSpinBox

    for name in ("text", "title", "placeholderText", "toolTip", "accessibleName", "accessibleDescription"):
        read = getattr(widget, name, None)
        if callable(read) and not (name == "text" and isinstance(widget, QLineEdit)):
            yield name, str(read())
    for name in ("prefix", "suffix", "specialValueText"):
        if isinstance(widget, QSpinBox):
            yield name, getattr(widget, name)()
    for action in widget.actions():
        yield from (("action", action.text()), ("action tip", action.toolTip()), ("status", action.statusTip()))
    if isinstance(widget, QComboBox):
        yield from (("item", widget.itemText(row)) for row in range(widget.count()))
    model = widget.model() if isinstance(widget, QAbstractItemView) else None
    if model is None:
        return
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())):
        for role in roles[:2]:
            yield "heading", str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
        for row in range(min(model.rowCount(QModelIndex()), MOST_ROWS)):
            for role in roles:
                yield "cell", str(model.index(row, column).data(role) or "")


def main() -> None:
    """Print the texts, one a line."""
    home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(Path(home.name, name.lower()))
    from studio.formatting import language

    language._catalog = Marked()
    from fakes import Fakes
    from PySide6.QtWidgets import QApplication, QDialog, QWidget
    from run_summaries import DONE, summary

    from studio.session.settings import Settings
    from studio.session.state import STATIONS
    from studio.ui.theme import theme
    from studio.ui.window import MainWindow

    app = QApplication([])
    theme.apply(app)
    fakes = Fakes()
    fakes.past = (DONE, summary("other"))
    window = MainWindow(fakes.commands(), Settings(file=Path(home.name, "window.json")))
    window.resize(1600, 1000)
    window.show()
    found: dict[str, str] = {}

    def until(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 240
        while not true():
            app.processEvents()
            if time.monotonic() > end:
                raise SystemExit("the window does not get ready")

    def look(station: str, root: Any) -> None:
        for widget in (root, *root.findChildren(QWidget)):
            where = f"{station} · {type(widget).__name__} {widget.objectName()}"
            for kind, text in texts_of(widget):
                for line in text.splitlines():
                    if WORD.search(unmarked(line)):
                        found.setdefault(line, f"{where} · {kind}")

    store = window.store
    until(lambda: len(window.pages) == len(STATIONS) and store.state.engine_ready)
    look("start", window)
    window.open_folder("/nowhere/photos")
    until(lambda: store.state.dataset is not None and not store.state.jobs)
    for station in STATIONS:
        window.show_station(station)
        until(lambda: not store.state.jobs)
        look(f"{station} without a run", window)
    store.train()
    until(lambda: store.state.run is not None and store.state.run.status == "done" and not store.state.jobs)
    store.using.add(["/nowhere/a sure one.png", "/nowhere/unread photo.png"])
    until(lambda: len(store.state.given.rows) == 2 and not store.state.jobs)
    for station in STATIONS:
        window.show_station(station)
        end = time.monotonic() + 0.3
        until(lambda end=end: time.monotonic() > end and not store.state.jobs)
        look(station, window)
    import test_accessibility as walk

    store.runs.choose(DONE.path)
    for name in walk.DIALOGS:
        getattr(window.menus, name).emit()
        app.processEvents()
        for dialog in window.findChildren(QDialog):
            if dialog.isVisible():
                look(name, dialog)
                dialog.reject()
        app.processEvents()
    for station, openers in walk.OPENERS.items():
        window.show_station(station)
        for opener in openers:
            opener(window.pages[station])
            app.processEvents()
            for dialog in window.findChildren(QDialog):
                if dialog.isVisible():
                    if (start := getattr(dialog, "start", None)) is not None:
                        start.click()
                        until(lambda: not store.state.jobs)
                    look(f"dialog of {station}", dialog)
                    dialog.reject()
            app.processEvents()
    for line, where in found.items():
        print(f"{line}\t{where}" if "-v" in sys.argv else line)
    fakes.release()
    window.leave()
    store.wait()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.path.append(str(ROOT / "tests" / "ui" / "window"))
    main()
