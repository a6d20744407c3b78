"""File dialogs of the window. None blocks the event loop; each deletes itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.formatting.language import tr

ALL = tr("All files (*)")
PROJECTS = tr("Projects (*.thaw)")
CHOICES = tr("Choices about photos (*.csv)")
REPORTS = (tr("Web page with photos (*.html)"), tr("Web page without photos and paths (*.html)"))
"""Kinds of reports in the dialog."""


def open_folder(
    parent: QWidget, start: str, chosen: Callable[[str], None], title: str = tr("Open image folder")
) -> QFileDialog:
    """Let the user choose a folder."""
    dialog = QFileDialog(parent, title, start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _opened(dialog, chosen)


def open_file(parent: QWidget, title: str, kind: str, chosen: Callable[[str], None], start: str = "") -> QFileDialog:
    """Let the user choose a file that exists; a second request shows the dialog that is open.

    Args:
        parent: Widget that the dialog belongs to.
        title: Title of the dialog.
        kind: Name filter of the files that are looked for.
        chosen: Called with the path.
        start: Folder or file that is shown first; "" for the last one.
    """
    for present in parent.findChildren(QFileDialog):
        if present.isVisible() and present.windowTitle() == title:
            present.raise_()
            return present
    dialog = QFileDialog(parent, title, start)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([kind, ALL])
    return _opened(dialog, chosen)


def open_choices(parent: QWidget, start: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose a CSV file of choices."""
    return open_file(parent, tr("Import choices about photos"), CHOICES, chosen, start)


def save_choices(parent: QWidget, suggested: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose the CSV file to write choices to."""
    dialog = QFileDialog(parent, tr("Export choices about photos"), suggested)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([CHOICES])
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(suggested)
    return _opened(dialog, chosen)


def open_project(parent: QWidget, start: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose a project file."""
    return open_file(parent, tr("Open project"), PROJECTS, chosen, start)


def save_project(parent: QWidget, suggested: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose the file of a project."""
    dialog = QFileDialog(parent, tr("Save project"), suggested)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([PROJECTS])
    dialog.setDefaultSuffix("thaw")
    dialog.selectFile(suggested)
    return _opened(dialog, chosen)


def open_groups(parent: QWidget, start: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Let the user choose a CSV file with the group of each photo."""
    return open_file(parent, tr("Table of groups"), tr("Tables (*.csv)"), chosen, start)


def open_targets(
    parent: QWidget,
    start: str,
    chosen: Callable[[str], None],
    what: str = "number",
    which: str = tr("numbers from CSV"),
) -> QFileDialog:
    """Let the user choose a CSV file with a number, or a class, for each photo."""
    title = tr("Target: {which} (a path and a {what} on each line)").format(which=which, what=what)
    return open_file(parent, title, tr("Tables (*.csv *.tsv *.txt *.parquet *.pq)"), chosen, start)


def save_head(
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
        formats: Title and suffix of each format; the first is suggested.
        name: Suggested file name, without a suffix.
    """
    dialog = QFileDialog(parent, tr("Export head"), start)
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
    return _opened(dialog, chosen)


def save_report(parent: QWidget, start: str, name: str, chosen: Callable[[str, bool], None]) -> QFileDialog:
    """Let the user choose the HTML file of a report, and whether it has photos.

    Args:
        parent: Window that the dialog belongs to.
        start: Folder that is shown first.
        name: Suggested name of the file.
        chosen: Called with the path, and False where photos and their paths are to be left out.
    """
    dialog = QFileDialog(parent, tr("Export report"), start)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(REPORTS))
    dialog.setDefaultSuffix("html")
    dialog.selectFile(name)
    return _opened(dialog, lambda path: chosen(path, dialog.selectedNameFilter() != REPORTS[1]))


def _opened(dialog: QFileDialog, chosen: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
