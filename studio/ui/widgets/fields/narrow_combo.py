"""Drop-down list that may be narrower than its longest entry, which may be a name of any length."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QComboBox, QWidget


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
