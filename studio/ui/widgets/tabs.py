"""Tabs above the parts of a card column: each part has its own card, only one is visible."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.page_stack import lay_out_now


class Tabs(QWidget):
    """A bar of tabs and the part of the chosen one; arrows move in the bar.

    Attributes:
        beside: The rest of the row of the bar.

    Args:
        name: Name of the bar for the screen reader.
        parent: Owner.

    Signals:
        shown: Title of the tab that is shown now.
    """

    shown = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QTabBar(self)
        self.bar.setAccessibleName(name)
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        for button in self.bar.findChildren(QToolButton):  # Qt's own, hidden and disabled
            allow(button, tr("All tabs are in view."))
        self._stack = QStackedWidget(self)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.bar)
        self.beside = QHBoxLayout()
        row.addLayout(self.beside, 1)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._changed)

    def add(self, title: str, part: QWidget, tip: str = "") -> None:
        """Add a part with its tab."""
        self._stack.addWidget(part)
        place = self.bar.addTab(title)
        self.bar.setTabToolTip(place, typography.tip(tip))

    def show_tab(self, title: str) -> None:
        """Show the tab with this title; nothing changes where there is none."""
        titles = self.titles()
        if title in titles:
            self.bar.setCurrentIndex(titles.index(title))

    def titles(self) -> list[str]:
        """The titles, from the left."""
        return [self.bar.tabText(place) for place in range(self.bar.count())]

    def current(self) -> QWidget | None:
        """The part shown."""
        return self._stack.currentWidget()

    def minimumSizeHint(self) -> QSize:
        """The bar and the part that needs most."""
        own, bar = self._stack.minimumSizeHint(), self.bar.sizeHint()
        return QSize(max(own.width(), bar.width()), own.height() + bar.height() + 8)

    def _changed(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.shown.emit(self.bar.tabText(place))
        if self.isVisible():
            lay_out_now()
