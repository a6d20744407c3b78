"""Fields for the rule that sets a threshold: recall or precision at least, best F1, lowest cost."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from studio.session.evaluation import threshold_view

NAMES = {
    "none": "no threshold",
    "hand": "set by hand",
    "recall": "recall at least",
    "precision": "precision at least",
    "f1": "best F1",
    "cost": "lowest cost",
}


class CriterionFields(QWidget):
    """A list of rules and the numbers of the chosen one.

    Signals:
        chosen: The rule, as `thresholds.parse` reads it; "hand" to set it by hand, "" to remove it.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rule = QComboBox(self)
        self.rule.addItems(list(NAMES.values()))
        self.rule.setAccessibleName("How the threshold is set")
        self.rule.setToolTip("How the threshold is set, on the validation photos")
        self.rule.activated.connect(self._choose)
        self.share = self._field("Least recall or precision", 0.01, 1.0, 0.01, 0.95)
        self.wrong = self._field("Cost of a false alarm", 0.0, 1000.0, 1.0, 1.0)
        self.missed = self._field("Cost of a missed photo", 0.0, 1000.0, 1.0, 5.0)
        self._to = QLabel(":", self)
        self.wrong.setToolTip("Cost of a photo that is wrongly called one of the class")
        self.missed.setToolTip("Cost of a photo of the class that is missed")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for part in (self.rule, self.share, self.wrong, self._to, self.missed):
            row.addWidget(part)
        self.show_rule(None)

    def show_rule(self, rule: str | None) -> None:
        """Show the rule of a threshold: "" for one set by hand, None for no threshold."""
        kind, _, value = (rule or "").partition("=")
        name = "none" if rule is None else kind or "hand"
        self.rule.setCurrentIndex(list(NAMES).index(name))
        if name in ("recall", "precision"):
            self._quietly(self.share, float(value))
        if name == "cost":
            for field, part in zip((self.wrong, self.missed), value.split(":"), strict=True):
                self._quietly(field, float(part))
        self._show_fields(name)

    def _field(self, name: str, low: float, high: float, step: float, value: float) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setRange(low, high)
        field.setSingleStep(step)
        field.setDecimals(2 if high <= 1 else 0)
        field.setValue(value)
        field.setKeyboardTracking(False)
        field.setAccessibleName(name)
        field.valueChanged.connect(self._changed)
        return field

    def _show_fields(self, name: str) -> None:
        self.share.setVisible(name in ("recall", "precision"))
        for part in (self.wrong, self._to, self.missed):
            part.setVisible(name == "cost")

    def _choose(self, place: int) -> None:
        name = list(NAMES)[place]
        self._show_fields(name)
        if name == "none":
            self.chosen.emit("")
        elif name == "hand":
            self.chosen.emit("hand")
        else:
            self._changed()

    def _changed(self) -> None:
        name = list(NAMES)[self.rule.currentIndex()]
        if name in ("recall", "precision", "f1"):
            self.chosen.emit(threshold_view.criterion(name, [self.share.value()]))
        elif name == "cost":
            self.chosen.emit(threshold_view.criterion(name, [self.wrong.value(), self.missed.value()]))

    @staticmethod
    def _quietly(field: QDoubleSpinBox, value: float) -> None:
        before = field.blockSignals(True)
        field.setValue(value)
        field.blockSignals(before)
