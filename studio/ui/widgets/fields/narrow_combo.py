"""Drop-down list that may be narrower than its longest entry, which may be a name of any length."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from studio.formatting import typography


class NarrowCombo(QComboBox):
    """A drop-down list whose width follows from a number of letters.

    Args:
        name: Its name for the screen reader.
        letters: Number of letters that it has room for at least; it is wider where a layout gives it room.
        tip: Its tooltip.
        entries: Value and text of each entry.
        parent: Owner.
    """

    def __init__(
        self,
        name: str,
        letters: int = 0,
        tip: str = "",
        entries: Iterable[tuple[object, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        for value, text in entries:
            self.addItem(text, value)

    def show_entries(self, entries: Iterable[tuple[object, str, str]], chosen: object) -> None:
        """Show other entries without a signal.

        Args:
            entries: Value, text and tooltip of each.
            chosen: Value of the current one; else the first is current.
        """
        entries = list(entries)
        before = self.blockSignals(True)
        if [(self.itemData(place), self.itemText(place)) for place in range(self.count())] != [
            (value, text) for value, text, _ in entries
        ]:
            self.clear()
            for place, (value, text, tip) in enumerate(entries):
                self.addItem(text, value)
                self.setItemData(place, typography.tip(typography.one_line(tip)), Qt.ItemDataRole.ToolTipRole)
        values = [value for value, _, _ in entries]
        self.setCurrentIndex(values.index(chosen) if chosen in values else 0 if values else -1)
        self.setToolTip(typography.tip(entries[self.currentIndex()][2]) if entries else "")
        self.blockSignals(before)

    def shown_text(self) -> str:
        """The text of the closed list, shortened in its middle where it is too long: its end tells runs apart."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width() - 2
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the list with this text; Qt would cut off what does not fit."""
        if self.currentIndex() < 0:
            super().paintEvent(event)  # with its placeholder
            return
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text()
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
