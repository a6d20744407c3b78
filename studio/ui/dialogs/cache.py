"""Dialog for the cache of computed features: its content, its limit, and emptying it."""

from __future__ import annotations

import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.events import CacheContents, StoredFeatures
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session import cache_words
from studio.session.state import AppState
from studio.spec.settings import Limits
from studio.ui.dialogs import messages
from studio.ui.dialogs.nothing_label import nothing_label
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.number_field import NumberField
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.fact_list import Facts
from studio.ui.widgets.tables.text_table import TextTable

COLUMNS = (tr("Backbone"), tr("Output of"), tr("Input"), tr("Photos"), tr("Size"), tr("Last used"))
LIMIT_WIDTH = 104

ABOUT = tr(
    "The output of the frozen layers is computed once per photo and stored here for all runs. When the cache exceeds "
    "its limit, the least recently used features are removed. Emptying it loses no result: features are recomputed."
)
EMPTY = tr("Nothing is cached.")


class CacheDialog(QDialog):
    """Shows the cache; not modal, so the window stays usable.

    Signals:
        limit_requested: The user's limit, in gigabytes.
        clear_requested: Empty the cache; the user has confirmed.
    """

    limit_requested = Signal(float)
    clear_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cache_dialog")
        self.setWindowTitle(tr("Feature cache"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._drawn: CacheContents | None = None
        about = QLabel(ABOUT, self)
        about.setWordWrap(True)
        self.notice = Notice(self)
        self.facts = Facts((tr("Size"), tr("Last run"), tr("Folder")), self)
        self.table = TextTable(tr("Content of the cache"), COLUMNS, 3, self)
        self.limit = NumberField(tr("The limit in gigabytes"), False, Limits(ge=0, le=100_000), self)
        self.limit.setToolTip(tr("Size limit in gigabytes; 0 stores only what a run is using"))
        self.limit.number_changed.connect(self._take_limit)
        self.limit.setFixedWidth(LIMIT_WIDTH)
        limit = QFormLayout()
        limit.addRow(tr("Limit in GB"), self.limit)
        self.empty = QPushButton(tr("Empty the cache…"), self)
        self.empty.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (about, self.notice, self.facts, self.table):
            column.addWidget(part)
        self.none = nothing_label(EMPTY, self)
        column.addWidget(self.none, 1)
        column.addLayout(limit)
        column.addWidget(close_row(self, destructive=self.empty))
        resize_dialog(self, 760, 480)

    def show_state(self, state: AppState) -> None:
        """Draw the content of the cache."""
        self.notice.show_fault(state.faults.get("features"))
        self.facts.put(tr("Last run"), reuse_text(state))
        if state.cache is None or state.cache is self._drawn:
            return
        self._drawn = content = state.cache
        self.facts.put(tr("Size"), size_text(content))
        self.facts.put(tr("Folder"), content.folder)
        self.limit.show_number(content.limit / 1e9)
        nothing = "" if content.stores else EMPTY
        allow(self.empty, nothing)
        self.table.setVisible(not nothing)
        self.none.setVisible(bool(nothing))
        self.table.show_rows([_cells(stored) for stored in content.stores])

    def _take_limit(self, gigabytes: float) -> None:
        self.limit_requested.emit(float(gigabytes))

    def _ask(self) -> None:
        messages.question(
            self,
            "ask_empty",
            tr("Empty the cache"),
            (
                tr("Remove all computed features?"),
                tr("Runs and exported heads stay. The next run computes its features again."),
            ),
            (tr("Empty the cache"), tr("Keep it")),
            self.clear_requested.emit,
        )


def size_text(content: CacheContents) -> str:
    """Size and limit of the cache: "1.2 GB of 20 GB"."""
    return tr("{bytes} of {limit:g}\u202fGB").format(
        bytes=numbers.megabytes(content.bytes), limit=content.limit / 1000000000.0
    )


def reuse_text(state: AppState) -> str:
    """Photos that the shown run took from the cache: "398 of 398 photos reused"; "" before that is known."""
    extraction = state.run.extraction if state.run is not None else None
    if extraction is None:
        return ""
    number = extraction.computed + extraction.reused
    return tr("{reused} of {counted} reused").format(
        reused=numbers.exact(extraction.reused), counted=counted(number, "photo")
    )


def _cells(stored: StoredFeatures) -> tuple[str, ...]:
    used = datetime.datetime.fromtimestamp(stored.used).strftime("%Y-%m-%d %H:%M")
    name = typography.backbone(stored.backbone) if stored.backbone else "–"
    content, photos = cache_words.content(stored) or "–", cache_words.photos(stored) or "–"
    return name, content, photos, numbers.exact(stored.rows), numbers.megabytes(stored.bytes), used
