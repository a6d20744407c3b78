"""Text field for the learning rate of one layer, inside the layer tree."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QSize
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QToolTip, QWidget

from studio.formatting.language import tr
from studio.spec import LayerRate
from studio.spec.settings import row_of

REFUSED = tr("Type a learning rate above 0, for instance 1e-4, or leave it empty to remove the rate set by hand.")


LIMITS = row_of(LayerRate, "lr").setting
LONGEST = "0.00012345"
CURSOR = 4
"""Space that Qt leaves at either side of a line's text."""


class RateValidator(QValidator):
    """Accepts a rate that can train, or an empty text."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Acceptable, or intermediate: any text may still become a rate while the user types."""
        good = not text.strip() or read(text) is not None
        return (QValidator.State.Acceptable if good else QValidator.State.Intermediate), text, place


class RateEditor(QLineEdit):
    """Text field for a rate; may be empty.

    Args:
        effective: The rate in use while the field is empty, shown as the placeholder.
        parent: The widget that owns the field.
    """

    def __init__(self, effective: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Learning rate of this layer"))
        self.setPlaceholderText(effective)
        self.setToolTip(REFUSED)
        self.setValidator(RateValidator(self))
        self.inputRejected.connect(self._explain)
        self.textEdited.connect(self._judge)

    def sizeHint(self) -> QSize:
        """Width of the longest rate that is likely to be typed, and of the placeholder."""
        self.ensurePolished()
        metrics, margins = self.fontMetrics(), self.textMargins()
        texts = (LONGEST, self.placeholderText(), self.text())
        needed = max(metrics.horizontalAdvance(text) for text in texts) + metrics.averageCharWidth()
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        inner = QSize(needed + margins.left() + margins.right() + 2 * CURSOR, metrics.height())
        return self.style().sizeFromContents(QStyle.ContentsType.CT_LineEdit, option, inner, self)

    def rate(self) -> float | None:
        """The rate typed; None where the field is empty."""
        return read(self.text()) if self.text().strip() else None

    def _judge(self) -> None:
        if self.hasAcceptableInput():
            QToolTip.hideText()
        self.setAccessibleDescription("" if self.hasAcceptableInput() else REFUSED)

    def _explain(self) -> None:
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), REFUSED, self)


def read(text: str) -> float | None:
    """Parse a rate; None where the text is not a rate that can train."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if LIMITS.allow(value) else None
