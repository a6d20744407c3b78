"""Fields for the rule that sets a threshold: recall or precision at least, best F1, lowest cost."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from studio.formatting.language import tr
from studio.session.evaluation import threshold_view
from studio.ui.theme import theme
from studio.ui.widgets.fields.share_field import ShareField

NAMES = {
    "none": tr("no threshold"),
    "hand": tr("set by hand"),
    "recall": tr("recall at least"),
    "precision": tr("precision at least"),
    "f1": tr("best F1"),
    "cost": tr("lowest cost"),
}
SHARES = ("recall", "precision")


class CriterionFields(QWidget):
    """A list of rules and the numbers of the chosen one.

    Signals:
        chosen: The rule, as `thresholds.parse` reads it; "hand" to set it by hand, "" to remove it.

    Attributes:
        costs: Row with the two costs, to be placed below, because it is too wide to stand beside the rule.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rule = QComboBox(self)
        self.rule.addItems(list(NAMES.values()))
        self.rule.setAccessibleName(tr("How the threshold is set"))
        self.rule.setToolTip(tr("How the threshold is set, on the validation photos"))
        self.rule.activated.connect(self._choose)
        self.share = ShareField(tr("Least recall or precision"), tr("The recall or precision to reach"), decimals=2)
        self.share.setMinimum(0.01)
        self.wrong, self.missed = (
            ShareField(
                tr("Cost of a {name}").format(name=name), tr("Cost of a {meaning}").format(meaning=meaning), 1000, 1, 0
            )
            for name, meaning in (
                (tr("false alarm"), tr("photo wrongly predicted as the class")),
                (tr("missed photo"), tr("photo of the class predicted as another")),
            )
        )
        for field, value in ((self.share, 0.95), (self.wrong, 1), (self.missed, 5)):
            field.show_value(value)
            field.valueChanged.connect(self._changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.rule)
        row.addWidget(self.share)
        self.costs = QWidget(self)
        below = QHBoxLayout(self.costs)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        for words, field in ((tr("cost of a false alarm"), self.wrong), (tr("of a missed photo"), self.missed)):
            label = QLabel(words, self.costs)
            theme.set_color_role(label, "muted")
            below.addWidget(label)
            below.addWidget(field)
        below.addStretch(1)
        self.show_rule(None)

    def show_rule(self, rule: str | None) -> None:
        """Show the rule of a threshold: "" for one set by hand, None for no threshold."""
        kind, _, value = (rule or "").partition("=")
        name = "none" if rule is None else kind or "hand"
        self.rule.setCurrentIndex(list(NAMES).index(name))
        if name in SHARES:
            self.share.show_value(float(value))
        if name == "cost":
            for field, part in zip((self.wrong, self.missed), value.split(":"), strict=True):
                field.show_value(float(part))
        self._show_fields(name)

    def _show_fields(self, name: str) -> None:
        self.share.setVisible(name in SHARES)
        self.costs.setVisible(name == "cost")

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
        if name not in ("none", "hand"):
            fields = (self.wrong, self.missed) if name == "cost" else (self.share,) if name in SHARES else ()
            self.chosen.emit(threshold_view.criterion(name, [field.value() for field in fields]))
