"""Dialog for the trash: the runs in it, each of which can be restored, and emptying it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.events import TrashedRun, TrashListed
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session.runs import changes, run_words
from studio.session.state import AppState
from studio.ui.dialogs import messages
from studio.ui.dialogs.nothing_label import nothing_label
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.text_table import TextTable

COLUMNS = (tr("Run"), tr("Started"), tr("Removed"), tr("Size"))
ABOUT = tr(
    "Runs that were moved to the trash. They stay here until the trash is emptied, and can be restored to their folder."
)
EMPTY = tr("The trash is empty.")


class TrashDialog(QDialog):
    """Shows the trash; not modal, so the window stays usable.

    Signals:
        restore_requested: Folder of the run to restore.
        empty_requested: Delete all runs in the trash for good; the user has confirmed.
    """

    restore_requested = Signal(str)
    empty_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trash_dialog")
        self.setWindowTitle(tr("Trash"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._drawn: TrashListed | None = None
        about = QLabel(ABOUT, self)
        about.setWordWrap(True)
        self.notice = Notice(self)
        self.table = TextTable(tr("Runs in the trash, removed last first"), COLUMNS, parent=self)
        self.table.setSelectionMode(TextTable.SelectionMode.SingleSelection)
        self.table.itemSelectionChanged.connect(self._allow)
        self.table.doubleClicked.connect(self._restore)
        self.restore = QPushButton(tr("&Restore"), self)
        self.restore.clicked.connect(self._restore)
        self.empty = QPushButton(tr("Empty the trash…"), self)
        self.empty.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.notice)
        self.none = nothing_label(EMPTY, self)
        column.addWidget(self.table, 1)
        column.addWidget(self.none, 1)
        column.addWidget(close_row(self, self.restore, destructive=self.empty))
        resize_dialog(self, 640, 400)
        self._allow()

    def show_state(self, state: AppState) -> None:
        """Draw the trash."""
        self.notice.show_fault(state.faults.get("head"))
        trash = state.run_list.trash
        if trash is None or trash is self._drawn:
            return
        self._drawn = trash
        tips = [typography.tip(run.origin) for run in trash.runs]
        self.table.show_rows([_cells(run) for run in trash.runs], tips)
        if trash.runs:
            self.table.selectRow(0)
        self._allow()

    def _runs(self) -> tuple[TrashedRun, ...]:
        return self._drawn.runs if self._drawn is not None else ()

    def _allow(self) -> None:
        nothing = "" if self._runs() else EMPTY
        self.table.setVisible(not nothing)
        self.none.setVisible(self._drawn is not None and bool(nothing))
        rows = self.table.selectionModel().selectedRows()
        allow(self.restore, nothing or ("" if rows else tr("Select a run first.")))
        allow(self.empty, nothing)

    def _restore(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows and rows[0].row() < len(self._runs()):
            self.restore_requested.emit(self._runs()[rows[0].row()].path)

    def _ask(self) -> None:
        size = numbers.megabytes(sum(run.size for run in self._runs()))
        messages.question(
            self,
            "ask_empty_trash",
            tr("Empty the trash"),
            (
                tr("Delete {runs} ({size}) for good?").format(runs=counted(len(self._runs()), "run"), size=size),
                tr("Their weights, results and notes cannot be restored afterwards. Photos and exported heads stay."),
            ),
            (tr("Delete for good"), tr("Keep")),
            self.empty_requested.emit,
        )


def _cells(run: TrashedRun) -> tuple[str, ...]:
    return (
        changes.name(run),
        run_words.clock(run.started),
        run_words.clock(run.trashed),
        numbers.megabytes(run.size),
    )
