"""Field for a number that another control may set, too, such as a share from 0 to 1."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QWidget


class ShareField(QDoubleSpinBox):
    """A number between two ends.

    Args:
        name: Its name for the screen reader.
        tip: Its tooltip.
        high: Largest number.
        step: Step of the arrows.
        decimals: Digits after the point.
        parent: Owner.
    """

    def __init__(
        self,
        name: str,
        tip: str,
        high: float = 1.0,
        step: float = 0.01,
        decimals: int = 3,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setRange(0, high)
        self.setSingleStep(step)
        self.setDecimals(decimals)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    def show_value(self, value: float) -> None:
        """Show a number without a signal."""
        before = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(before)
