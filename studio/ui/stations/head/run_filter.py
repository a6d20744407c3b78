"""Row above the list of runs: search, stars only, and a menu of columns and orders."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from studio.formatting.language import tr, translated
from studio.session.runs.run_columns import COLUMNS, RunView
from studio.spec.structs import replace
from studio.ui.theme import theme
from studio.ui.widgets.fields.search_line import SearchLine

SEARCH_TIP = tr("Words in title, tags, note, backbone, state or settings of a run (Ctrl+F)")


class RunFilter(QWidget):
    """The controls of a `RunView`.

    Signals:
        view_changed: The user's `RunView`.
    """

    view_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = RunView()
        self.search = SearchLine(tr("Find a run"), tr("Find a run"), SEARCH_TIP, self)
        self.search.textChanged.connect(self._take_text)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.take_focus)
        self.stars = QToolButton(self)
        self.stars.setCheckable(True)
        self.stars.setAccessibleName(tr("Runs with a star only"))
        self.stars.setToolTip(tr("Show only runs with a star"))
        self.stars.clicked.connect(self._take_stars)
        self.menu_button = QToolButton(self)
        self.menu_button.setAccessibleName(tr("Columns and order"))
        self.menu_button.setToolTip(tr("Choose columns and order of the list"))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu_button.setMenu(self.menu)
        self.columns = [self._column(column.key, translated(column.title)) for column in COLUMNS[1:]]
        orders = self.menu.addMenu(tr("Sort by"))
        group = QActionGroup(self)
        self.orders = [self._order(orders, group, column.key, translated(column.title)) for column in COLUMNS]
        orders.addSeparator()
        self.descending = orders.addAction(tr("Largest or newest first"))
        self.descending.setCheckable(True)
        self.descending.triggered.connect(self._turn)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self.stars)
        row.addWidget(self.menu_button)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_view(self, view: RunView) -> None:
        """Show the current choices."""
        self._view = view
        if self.search.text() != view.text:
            self.search.setText(view.text)
        self.stars.setChecked(view.starred)
        for action in self.columns:
            action.setChecked(action.data() in view.columns)
        for action in self.orders:
            action.setChecked(action.data() == view.sort)
        self.descending.setChecked(view.descending)

    def _column(self, key: str, title: str) -> QAction:
        action = self.menu.addAction(title)
        action.setCheckable(True)
        action.setData(key)
        action.triggered.connect(self._take_column)
        return action

    def _order(self, menu: QMenu, group: QActionGroup, key: str, title: str) -> QAction:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setData(key)
        action.triggered.connect(self._take_order)
        group.addAction(action)
        return action

    def _take_text(self, text: str) -> None:
        if text != self._view.text:
            self.view_changed.emit(replace(self._view, text=text))

    def _take_stars(self, starred: bool) -> None:
        self.view_changed.emit(replace(self._view, starred=starred))

    def _take_column(self, shown: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.view_changed.emit(self._view.with_column(str(action.data()), shown))

    def _take_order(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and action.data() != self._view.sort:
            self.view_changed.emit(self._view.sorted_by(str(action.data())))

    def _turn(self, descending: bool) -> None:
        self.view_changed.emit(replace(self._view, descending=descending))

    def _apply_theme(self) -> None:
        self.stars.setIcon(theme.icon("star-outline"))
        self.menu_button.setIcon(theme.icon("view-column-outline"))
