"""Popup list in which a photo of the folder is found by its name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from studio.events import Dataset
from studio.formatting import typography
from studio.formatting.language import tr
from studio.ui.widgets.fields.search_line import SearchLine

WIDTH, HEIGHT = 340, 360


class PhotoChooser(QFrame):
    """A search field above the paths of all photos; Enter or a click chooses one, Esc clears the search or closes.

    Signals:
        chosen: Number of the chosen photo in the data set.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.search = SearchLine(tr("Find a photo"), tr("Find a photo…"), parent=self)
        self._names = QStringListModel(self)
        self._matches = QSortFilterProxyModel(self)
        self._matches.setSourceModel(self._names)
        self._matches.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView(self)
        self.list.setModel(self._matches)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setAccessibleName(tr("Photos of the folder"))
        self.list.setAccessibleDescription(tr("Enter chooses a photo."))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.search)
        column.addWidget(self.list)
        self.resize(WIDTH, HEIGHT)
        self.search.textChanged.connect(self._find)
        self.list.clicked.connect(self._choose)

    def open_at(self, place: QPoint, dataset: Dataset, number: int) -> None:
        """Show the photos of a data set, with the one at `number` selected."""
        self._names.setStringList([typography.one_line(photo.path) for photo in dataset.photos])
        self.search.clear()
        self.list.setCurrentIndex(self._matches.mapFromSource(self._names.index(number, 0)))
        self.move(place)
        self.show()
        self.list.scrollTo(self.list.currentIndex(), QListView.ScrollHint.PositionAtCenter)
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter; move in the list with the arrows, also from the search field."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(self.list.currentIndex())
            case Qt.Key.Key_Down | Qt.Key.Key_Up | Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                self.list.keyPressEvent(event)
            case _:
                super().keyPressEvent(event)

    def _find(self, text: str) -> None:
        self._matches.setFilterFixedString(text)
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self._matches.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.hide()
            self.chosen.emit(self._matches.mapToSource(index).row())
