"""Which photos to label next: the most doubtful ones that differ from each other, each with the reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.events import PhotosToLabel, PhotoToLabel, ValueRanges
from studio.formatting.language import tr, translated
from studio.session.state import AppState
from studio.session.using import words
from studio.system.files import atomic_files
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem
from studio.ui.photos.photo_viewer import open_viewer
from studio.ui.theme import theme
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.progress_line import ProgressLine
from studio.ui.widgets.wrapped_label import WrappedLabel

USUAL, MOST = 20, 1000
TITLE = tr("Photos to label next")
HEADINGS = ("path", "doubt", "why", "predicted")


class LabelNextDialog(QDialog):
    """The dialog.

    Signals:
        requested: Choose this number of photos.
        stop_requested: Stop choosing.
    """

    requested = Signal(int)
    stop_requested = Signal()

    def __init__(self, ranges: ValueRanges, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(TITLE)
        self.setSizeGripEnabled(True)
        self._found: PhotosToLabel | None = None
        self.number = QSpinBox(self)
        self.number.setRange(1, MOST)
        self.number.setValue(USUAL)
        self.number.setAccessibleName(tr("Number of photos to choose"))
        label = QLabel(tr("&Number of photos"), self)
        label.setBuddy(self.number)
        self.go = QPushButton(tr("Choose"), self)
        self.go.setToolTip(tr("Choose the photos of the list whose labels would help training most"))
        self.go.clicked.connect(lambda: self.requested.emit(self.number.value()))
        self.stop = QPushButton(tr("Stop"), self)
        self.stop.setAccessibleName(tr("Stop choosing"))
        self.stop.clicked.connect(self.stop_requested)
        self.words = WrappedLabel(self)
        self.progress = ProgressLine(self)
        self.grid = PhotoGrid(self, lines=3)
        self.grid.setAccessibleName(TITLE)
        self.grid.set_ranges(ranges)
        self.grid.photo_opened.connect(self._open)
        self.copy = QPushButton(tr("Copy paths"), self)
        self.copy.setToolTip(tr("Copy the paths, one per line"))
        self.copy.clicked.connect(self._copy)
        self.save = QPushButton(tr("Export CSV…"), self)
        self.save.setToolTip(tr("Write path, doubt, reason and predicted class to a CSV file"))
        self.save.clicked.connect(self._choose_file)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.buttons.rejected.connect(self.reject)
        top = QHBoxLayout()
        for part in (label, self.number, self.go, self.stop):
            top.addWidget(part)
        top.addWidget(self.progress, 1)
        bottom = QHBoxLayout()
        for part in (self.copy, self.save):
            bottom.addWidget(part)
        bottom.addWidget(self.buttons, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.words)
        column.addWidget(self.grid, 1)
        column.addLayout(bottom)
        resize_dialog(self, 820, 560)

    def show_state(self, state: AppState) -> None:
        """Draw the chosen photos, or the progress of choosing."""
        job, fault = state.jobs.get("label_given"), words.label_fault(state)
        self.progress.show_state(job)
        self.stop.setVisible(job is not None)
        allow(self.go, words.cannot_choose(state))
        found = state.to_label
        if found is not self._found:
            self._found = found
            self.grid.show_photos("", [_item(one) for one in found.photos] if found is not None else [])
        theme.set_color_role(self.words, "bad" if fault else "muted")
        self.words.show_text(fault or (words.to_label(found) if found is not None else ""))
        for button in (self.copy, self.save):
            allow(button, "" if found is not None and found.photos else tr("Choose photos first."))

    def done(self, result: int) -> None:
        """End the threads that decode photos."""
        self.stop_requested.emit()
        self.grid.shut_down()
        super().done(result)

    def _copy(self) -> None:
        if self._found is not None:
            QGuiApplication.clipboard().setText("\n".join(one.path for one in self._found.photos))

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, tr("Export photos to label"), str(Path.home() / "label next.csv"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Table (*.csv)")])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("label next.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Write the chosen photos to a CSV file, and say where it is or why it cannot be written."""
        if self._found is None:
            return
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(HEADINGS)
        rows.writerows((one.path, f"{one.doubt:.4f}", one.why, one.predicted) for one in self._found.photos)
        try:
            atomic_files.write_text(Path(path), text.getvalue())
        except OSError as error:
            theme.set_color_role(self.words, "bad")
            self.words.show_text(
                tr("{path} cannot be written: {reason}. Choose another folder.").format(
                    path=path, reason=error.strerror or error
                )
            )
        else:
            theme.set_color_role(self.words, "good")
            self.words.show_text(tr("Written to {path}").format(path=path))

    def _open(self, path: str) -> None:
        if self._found is not None:
            photos = self._found.photos
            first = next((place for place, one in enumerate(photos) if one.path == path), 0)
            open_viewer(self.grid, len(photos), lambda place: _viewed(photos[place]), first)


def _item(one: PhotoToLabel) -> PhotoItem:
    name = Path(one.path).name
    lines = (Line(name, f"{one.doubt:.2f}"), Line(one.predicted, "", "muted"), Line(translated(one.why), "", "muted"))
    return PhotoItem(one.path, name, lines=lines, remarks=(translated(one.why), one.path))


def _viewed(one: PhotoToLabel) -> ViewedPhoto:
    return ViewedPhoto(one.path, one.predicted, (), translated(one.why))
