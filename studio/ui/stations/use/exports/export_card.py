"""Exports of the run shown: a file counts as done only after its own runtime has given the run's answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.formatting.language import counted, tr
from studio.session.model_exports import ModelOffer
from studio.session.runs import run_words
from studio.session.state import AppState
from studio.session.using import export_words
from studio.ui.dialogs import files
from studio.ui.stations.use.exports.format_row import FormatRow
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.splitter import Fitted

NONE_CHOSEN = tr("Choose a format first.")
TITLE = tr("Export")


class ExportCard(Card):
    """The formats, the folder, and the button.

    Signals:
        exports_requested: Folder, and name and precision of each format.
        stop_requested: Stop exporting.
        head_requested: Export the head alone.
        folder_chosen: The folder of the files is another one.

    Attributes:
        folder_now: The folder of the files.
    """

    exports_requested = Signal(str, object)
    stop_requested = Signal()
    head_requested = Signal()
    folder_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(TITLE, parent)
        self._state = AppState()
        self.folder_now = str(Path.home() / "thaw exports")
        self.rows: list[FormatRow] = []
        self.about = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.about, "muted")
        inner = QWidget(self)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 12, 0)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        self.folder = ElidedLabel(self)
        self.change = QPushButton(tr("Change…"), self)
        self.change.setAccessibleName(tr("Change the folder of the exports"))
        self.change.setToolTip(tr("Choose the folder of the exported files"))
        self.change.clicked.connect(self._choose_folder)
        self.head = QPushButton(tr("Head only…"), self)
        self.head.setToolTip(tr("Export the trained head alone, for users of the same backbone (Ctrl+E)"))
        self.head.clicked.connect(self.head_requested)
        self.go = QPushButton(self)
        self.go.clicked.connect(self._export)
        self.stop = QPushButton(tr("Stop"), self)
        self.stop.setAccessibleName(tr("Stop exporting"))
        self.stop.setToolTip(tr("Stop exporting; files that are finished stay"))
        self.stop.clicked.connect(self.stop_requested)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.folder, 1)
        where.addWidget(self.change)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.head)
        buttons.addStretch(1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.go)
        self.body.addWidget(self.about)
        self.body.addWidget(Fitted(inner, self))
        self.body.addStretch(1)
        self.body.addLayout(where)
        self.body.addLayout(buttons)
        self._draw_button()

    def show_offers(self, offers: Sequence[ModelOffer]) -> None:
        """Show these formats, once."""
        for offer in offers:
            row = FormatRow(offer, self)
            row.changed.connect(self._draw_button)
            self._column.insertWidget(self._column.count() - 1, row)
            self.rows.append(row)
        self.show_state(self._state)

    def show_state(self, state: AppState) -> None:
        """Draw the state of each format."""
        self._state = state
        self.about.show_text(run_words.shown(state) or tr("No run is shown."))
        is_busy = export_words.JOB in state.jobs
        for row in self.rows:
            row.show_row(export_words.row(state, row.offer), tr("Files are being exported.") if is_busy else "")
        self.stop.setVisible(is_busy or self.stop.hasFocus())
        if is_busy and self.go.hasFocus():  # `go` is disabled now, and the focus would leave the page
            self.stop.setFocus()
        self._draw_button()
        if not is_busy and self.stop.hasFocus():
            self.go.setFocus()
            self.stop.hide()

    def _wanted(self) -> tuple[tuple[str, str], ...]:
        return tuple((row.offer.name, str(row.precision.currentData())) for row in self.rows if row.wanted())

    def _draw_button(self) -> None:
        count = len(self._wanted())
        self.go.setText(tr("Export {files}").format(files=counted(count, "file")))
        why = export_words.obstacle(self._state)
        allow(
            self.go,
            why or ("" if count else NONE_CHOSEN),
            tr("Write the chosen formats, and check each file against the run"),
        )
        allow(self.head, why)
        self.folder.show_text(tr("to {folder}").format(folder=self.folder_now))

    def _choose_folder(self) -> None:
        files.open_folder(self, str(Path(self.folder_now).parent), self.take_folder, tr("Folder of the exports"))

    def take_folder(self, folder: str) -> None:
        """Write files to this folder from now on."""
        self.folder_now = folder
        self._draw_button()
        self.folder_chosen.emit(folder)

    def _export(self) -> None:
        self.exports_requested.emit(self.folder_now, self._wanted())
