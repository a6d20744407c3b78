"""Message boxes and file dialogs of the window. None blocks the event loop; each deletes itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from studio.formatting import numbers
from studio.system import resources

DATA = (
    "Nothing is sent anywhere.",
    "Photos are read from your folder and never changed. Runs, computed features and settings are written to this "
    "computer only. The program downloads nothing but a backbone's weights, and only when you ask for it: with "
    "Download on the Features page, or when you confirm the question that Train asks.",
)


REPORTS = ("Web page with photos (*.html)", "Web page without photos and paths (*.html)")
"""Kinds of reports in the dialog."""


def about(parent: QWidget) -> QMessageBox:
    """Show the program's name and purpose."""
    box = _box(parent, "about", "About Thaw Studio", "Thaw Studio")
    box.setInformativeText(
        "Trains image classifiers on your own photos by freezing and thawing pretrained networks, and shows what "
        "happens.\n\nApache License 2.0."
    )
    box.setIconPixmap(QIcon(str(resources.path("icon.svg"))).pixmap(64, 64))
    return _opened(box)


def privacy(parent: QWidget) -> QMessageBox:
    """Explain where user data is stored."""
    box = _box(parent, "privacy", "Where your data goes", DATA[0])
    box.setInformativeText(DATA[1])
    return _opened(box)


def ask_close(parent: QWidget, what: str, hint: str, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to stop the running job and close the window.

    Args:
        parent: The window.
        what: Title of the running job: "Training".
        hint: Says which results are kept.
        agreed: Called if the user confirms.
    """
    return question(
        parent,
        "ask_close",
        "Close Thaw Studio",
        (f"{what} is running. Stop it and close?", hint),
        ("Stop and close", "Keep running"),
        agreed,
    )


def ask_stop(parent: QWidget, hint: str, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to stop the training, after Esc.

    Args:
        parent: The window.
        hint: Says which results are kept, and which job follows.
        agreed: Called if the user confirms.
    """
    return question(
        parent, "ask_stop", "Stop training", ("Stop the training?", hint), ("Stop", "Keep training"), agreed
    )


def ask_download(parent: QWidget, backbone: str, size: float, agreed: Callable[[], None]) -> QMessageBox:
    """Ask whether to download a backbone's weights now.

    Args:
        parent: The window.
        backbone: Name of the backbone.
        size: In megabytes; 0 where it is unknown.
        agreed: Called if the user confirms.
    """
    more = (
        f"To download: {numbers.download_size(size)}. They are stored, so this happens once. The training starts after "
        "the download."
    )
    return question(
        parent,
        "ask_download",
        "Download weights",
        (f"The weights of {backbone} are not on this computer.", more),
        ("Download and train", "Cancel"),
        agreed,
    )


def question(
    parent: QWidget,
    name: str,
    title: str,
    text: tuple[str, str],
    answers: tuple[str, str],
    agreed: Callable[[], None],
) -> QMessageBox:
    """Ask for confirmation; Enter and Esc decline.

    Args:
        parent: The window.
        name: Object name of the box.
        title: Window title of the box.
        text: The question, and an explanation.
        answers: Labels of the button that confirms and of the one that declines.
        agreed: Called if the user confirms.
    """
    box = _box(parent, name, title, text[0])
    box.setIcon(QMessageBox.Icon.Question)
    box.setInformativeText(text[1])
    box.setStandardButtons(QMessageBox.StandardButton.NoButton)
    yes = box.addButton(answers[0], QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(answers[1], QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(agreed)
    return _opened(box)


def choose_folder(
    parent: QWidget, start: str, chosen: Callable[[str], None], title: str = "Open image folder"
) -> QFileDialog:
    """Let the user choose an image folder."""
    dialog = QFileDialog(parent, title, start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def choose_targets(
    parent: QWidget, start: str, chosen: Callable[[str], None], what: str = "number", which: str = "numbers from CSV"
) -> QFileDialog:
    """Let the user choose a CSV file with a number, or a class, for each photo."""
    dialog = QFileDialog(parent, f"Target: {which} (a path and a {what} on each line)", start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(["Tables (*.csv *.tsv *.txt *.parquet *.pq)", "All files (*)"])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def choose_export(
    parent: QWidget,
    start: str,
    chosen: Callable[[str], None],
    formats: Sequence[tuple[str, str]],
    name: str = "head",
) -> QFileDialog:
    """Let the user choose the file for an exported head.

    Args:
        parent: Window that the dialog belongs to.
        start: Folder that is shown first.
        chosen: Called with the path.
        formats: Title and ending of each form; the first is suggested.
        name: Suggestion, without an ending.
    """
    dialog = QFileDialog(parent, "Export head", start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    endings = {f"{title} (*{suffix})": suffix for title, suffix in formats}
    dialog.setNameFilters(list(endings))
    dialog.setDefaultSuffix(formats[0][1].removeprefix("."))

    def follow(kind: str) -> None:
        """Match the file's suffix to the selected type."""
        ending = endings[kind]
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.selectFile(Path(next(iter(dialog.selectedFiles()), "head")).with_suffix(ending).name)

    dialog.filterSelected.connect(follow)
    dialog.selectFile(f"{name}{formats[0][1]}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def choose_report(parent: QWidget, start: str, name: str, chosen: Callable[[str, bool], None]) -> QFileDialog:
    """Let the user choose the HTML file of a report, and whether it has photos.

    Args:
        parent: Window that the dialog belongs to.
        start: Folder that is shown first.
        name: Suggested name of the file.
        chosen: Called with the path, and False where photos and their paths are to be left out.
    """
    dialog = QFileDialog(parent, "Export report", start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(REPORTS))
    dialog.setDefaultSuffix("html")
    dialog.selectFile(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: chosen(path, dialog.selectedNameFilter() != REPORTS[1]))
    dialog.open()
    return dialog


def _box(parent: QWidget, name: str, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setWindowTitle(title)
    box.setText(text)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _opened(box: QMessageBox) -> QMessageBox:
    box.open()
    return box
