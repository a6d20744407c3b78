"""Popup that lets the user choose a class by typing a part of its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.formatting.language import tr

ROWS = 12
"""Number of rows visible at most."""

OF_FOLDER = tr("Class of the folder")


class ClassPopup(QFrame):
    """A list of classes with a search; arrows move, Enter chooses, Esc closes.

    Signals:
        chosen: Name of the class; "" for that of the folder.
    """

    chosen = Signal(str)

    def __init__(self, classes: Sequence[str], title: str, may_restore: bool, parent: QWidget) -> None:
        """Make the popup.

        Args:
            classes: Names of the classes.
            title: Its purpose, for the search field: “Move 3 photos to…”.
            may_restore: True to offer the class of the folder.
            parent: Owner.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(title)
        self.search.setAccessibleName(title)
        self.search.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Classes"))
        self.list.setAccessibleDescription(tr("Enter chooses a class."))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        names = [("", OF_FOLDER)] if may_restore else []
        for name, text in (*names, *((name, typography.one_line(name)) for name in classes)):
            item = QListWidgetItem(text, self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(typography.tip(text))
        self.list.setCurrentRow(0)
        self.list.itemClicked.connect(self._choose)
        self.search.textChanged.connect(self._filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.list)
        width = max(260, self.search.fontMetrics().horizontalAdvance(title) + 40)
        self.setFixedWidth(min(width, 480))
        self.list.setFixedHeight(min(ROWS, self.list.count()) * max(22, self.list.sizeHintForRow(0)) + 6)

    def open_at(self, place: QPoint) -> None:
        """Show the popup with its upper left corner at a point of the screen, or as near as it fits."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        place.setX(max(screen.left(), min(place.x(), screen.right() - self.width())))
        place.setY(max(screen.top(), min(place.y(), screen.bottom() - self.height())))
        self.move(place)
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list and choose with the keys of the search field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}
            if event.key() in steps:
                self._step(steps[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
        return super().eventFilter(watched, event)

    def _visible_rows(self) -> list[int]:
        return [row for row in range(self.list.count()) if not self.list.item(row).isHidden()]

    def _step(self, by: int) -> None:
        rows = self._visible_rows()
        if rows:
            place = rows.index(self.list.currentRow()) if self.list.currentRow() in rows else 0
            self.list.setCurrentRow(rows[min(max(place + by, 0), len(rows) - 1)])

    def _filter(self, text: str) -> None:
        needle = text.strip().casefold()
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(needle not in item.text().casefold())
        rows = self._visible_rows()
        starting = [row for row in rows if self.list.item(row).text().casefold().startswith(needle)]
        self.list.setCurrentRow((starting or rows or [-1])[0])

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None and not item.isHidden():
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
            self.close()
