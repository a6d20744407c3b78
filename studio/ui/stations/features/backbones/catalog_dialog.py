"""Dialog with the whole catalog of backbones as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.plan import backbone_table
from studio.session.plan.backbone_table import SHOWN
from studio.ui.stations.features.backbones.catalog_model import STAR, CatalogModel
from studio.ui.theme import theme
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.search_line import SearchLine
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.sort_header import SortHeader
from studio.ui.widgets.tables.table_copy import make_copyable

SAMPLES = {1: "vit_small_patch14_dinov2", 2: "vision_transformer", 7: "bsd-3-clause", 8: "↓ 1,234 MB"}
"""Longest usual texts, by column; the name takes the rest."""


class CatalogTable(QTableView):
    """Enter chooses the current row, * marks it.

    Signals:
        picked: The current row was chosen.
        starred: The current row's star was pressed.
    """

    picked = Signal(QModelIndex)
    starred = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose or mark the current row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.picked.emit(self.currentIndex())
        elif event.text() == "*" and self.currentIndex().isValid():
            self.starred.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class CatalogDialog(QDialog):
    """Search, filter, sort, mark and choose; not modal, so the window stays usable.

    Signals:
        backbone_chosen: Name in the catalog.
        favorites_changed: Names of the favorites.
    """

    backbone_chosen = Signal(str)
    favorites_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("catalog_dialog")
        self.setWindowTitle(tr("Backbones"))
        self.model = CatalogModel(self)
        self.model.favorites_changed.connect(self.favorites_changed)
        self.search = SearchLine(tr("Search backbones"), tr("Search by name, family or library…"), parent=self)
        self.search.textChanged.connect(self._filter)
        self.show_only = QComboBox(self)
        self.show_only.setAccessibleName(tr("Backbones that are shown"))
        for key, words in SHOWN.items():
            self.show_only.addItem(words, key)
        self.show_only.activated.connect(self._filter)
        self.number = QLabel(self)
        theme.set_color_role(self.number, "muted")
        self.table = CatalogTable(self)
        self.table.setAccessibleName(tr("Backbones"))
        self.table.setAccessibleDescription(tr("Enter uses a backbone, * marks it as a favorite."))
        self.table.setHorizontalHeader(SortHeader(self.table))
        self.table.setModel(self.model)
        self.search.lead_to(self.table, 1)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.columns = Columns(self.table, "catalog_columns", 1, SAMPLES, self.model.longest)
        make_copyable(self.table)
        self.table.doubleClicked.connect(self._pick)
        self.table.picked.connect(self._pick)
        self.table.starred.connect(self.model.toggle_star)
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().currentRowChanged.connect(self._allow)
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_color_role(self.nothing, "muted")
        self.use = QPushButton(tr("Use this"), self)
        self.use.setToolTip(tr("Use the selected backbone; Enter in the table does the same"))
        self.use.clicked.connect(lambda: self._pick(self.table.currentIndex()))
        upper = QHBoxLayout()
        upper.setSpacing(12)
        upper.addWidget(self.search, 1)
        upper.addWidget(self.show_only)
        upper.addWidget(self.number)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(upper)
        column.addWidget(self.table, 1)
        column.addWidget(self.nothing, 1)
        column.addWidget(close_row(self, self.use))
        resize_dialog(self, 1060, 620)

    def open_at(self, name: str, favorites: Sequence[str], recent: Sequence[str]) -> None:
        """Show the table with the chosen backbone selected."""
        self.model.chosen = name
        self.model.show_marks(favorites, recent)
        self._show_rows(name)
        self.show()
        self.raise_()
        self.search.setFocus()

    def _filter(self) -> None:
        self.model.show_rows(self.search.text(), self.show_only.currentData())
        self._show_rows(self.model.chosen)

    def _show_rows(self, name: str) -> None:
        """Show the rows of the model or why there are none, select a backbone if it is among them, and count them."""
        number = self.model.rowCount()
        self.number.setText(
            tr("{number} of {total}").format(
                number=numbers.exact(number),
                total=numbers.exact(len(backbone_table.rows("", "all", (), (), -1, False))),
            )
        )
        self.table.setVisible(bool(number))
        self.nothing.setVisible(not number)
        self.nothing.setText(backbone_table.nothing(self.show_only.currentData(), self.search.text()))
        row = self.model.row_of(name)
        if row >= 0:
            self.table.setCurrentIndex(self.model.index(row, 1))
            self.table.scrollTo(self.model.index(row, 1), QAbstractItemView.ScrollHint.PositionAtCenter)
            self.table.horizontalScrollBar().setValue(0)
        self._allow()

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == STAR:
            self.model.toggle_star(index.row())

    def _allow(self) -> None:
        allow(self.use, "" if self.table.currentIndex().isValid() else tr("Select a backbone first."))

    def _pick(self, index: QModelIndex) -> None:
        if index.isValid() and index.column() != STAR:
            self.backbone_chosen.emit(self.model.entries[index.row()].name)
            self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the search line must not press a button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.hasFocus():
            return
        super().keyPressEvent(event)
