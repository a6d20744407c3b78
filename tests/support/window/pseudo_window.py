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
DATA = (
    # Sentences that the fakes of engine and exports report; those of the program are in the catalog.
    r"It needs openvino\.|Lite2 is better\.|The photos are few\.|Behind blocks\.0 the probe is better\.",
    r"The loss falls fastest at 2e-2\.|A tenth of 1e-3\.",
    r"/\S*(?: exports)?",  # paths
    r"\b\w[\w -]*\.(?:jpg|png|html|csv|onnx|pt2|xml|npz)\b",  # files
    r"\b(?:ants|bees|stem|blocks|pool|classifier)\b(?:\.\d+)?",  # classes and layers of the fakes
    r"\b\w*(?:resnet|efficientnet|mobilenet)\w*\b|EfficientNet-Lite\d|\bLite\d|\btorchvision\b|\btimm\b",
    r"\b(?:Conv2d|Linear|Block|AdaptiveAvgPool2d|adamw|Softmax|Tensor|uint8|float\d\d|cpu|CUDA|CPU|GMACs|MACs|RGB)\b",
    r"\b(?:ONNX|OpenVINO|openvino|npz|csv|apache-2\.0|bsd-3-clause|ImageNet|TrivialAugment|RandAugment|MLP|LoRA)\b",
    r"\b\d+ [A-Z][a-z][a-z]\b",  # dates, as the system writes them
    r"data:image/png;base64,\S+",
    r"Thaw Studio|English|Deutsch",
)
"""Names, formats and units that are the same in every language, and words of the fake data."""

QT = (
    *("Close", "Cancel", "Save", "Scroll Left", "Scroll Right"),  # Qt's own, in its translation of a German window
)
"""Texts of Qt itself."""

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
    text = re.sub(r"<[^<>]*>|&[a-z]+;", " ", re.sub("[\u200b\u2060]", "", text))
    while OPEN in text:  # marks may be nested: a translated part in a translated text
        shorter = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*$", " ", text)  # the beginning of a marked text
    for words in DATA:
        text = re.sub(words, " ", text)
    return "" if text.strip() in QT else text


def is_of_pyqtgraph(widget: Any) -> bool:
    """True for parts of the menu that pyqtgraph makes for each plot; the window shows a menu of its own."""
    from PySide6.QtWidgets import QMenu

    while widget is not None:
        if isinstance(widget, QMenu) and widget.title() == "Plot Options":
            return True
        widget = widget.parent()
    return False


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

    language.use(Marked(), (ROOT / "resources" / "locale" / "de.mo").read_bytes())
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
    looked = 0

    def until(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 240
        while not true():
            app.processEvents()
            if time.monotonic() > end:
                raise SystemExit("the window does not get ready")

    def look(station: str, root: Any) -> None:
        nonlocal looked
        for widget in (root, *root.findChildren(QWidget)):
            if is_of_pyqtgraph(widget):
                continue
            where = f"{station} · {type(widget).__name__} {widget.objectName()}"
            for kind, text in texts_of(widget):
                looked += 1
                if WORD.search(unmarked(text)):
                    found.setdefault(text.replace("\n", "\\n"), f"{where} · {kind}")

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
    print(f"looked at {looked} texts", file=sys.stderr)
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
