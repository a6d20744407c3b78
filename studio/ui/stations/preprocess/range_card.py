"""Card for the value range of photos of more than 8 bits: where it comes from, and fields to change it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QWidget

from studio.data.bit_depth import range_words, value_range
from studio.events import DeepPhotos
from studio.formatting.language import tr, translated
from studio.spec import ValueRange
from studio.spec.settings import Limits
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.fields.number_field import NumberField

ABOUT = tr("Photos of more than 8 bits are scaled to 8. All photos of one camera should use the same range.")


class ValueField(NumberField):
    """Field for one end of the range; takes any finite number.

    Args:
        name: For the screen reader and the message.
        check_order: Returns why a value contradicts the other end of the range; "" where it does not.
        parent: Owner.
    """

    def __init__(self, name: str, check_order: Callable[[float], str], parent: QWidget | None = None) -> None:
        super().__init__(name, False, Limits(ge=-value_range.MAX_FLOAT, le=value_range.MAX_FLOAT), parent)
        self._check_order = check_order

    def fault(self, text: str) -> str:
        """The reason why `text` is not accepted; "" where it is."""
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            return tr("Type a number, such as 0 or 4095.")
        if not abs(value) <= value_range.MAX_FLOAT:  # in this form, the condition refuses NaN, too
            return tr("Type a smaller number.")
        return self._check_order(value)


class RangeCard(Card):
    """Fields for black and white; hidden where no photo has more than 8 bits.

    Signals:
        range_requested: A `ValueRange`, or None for automatic.
    """

    range_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Value range"), parent)
        self._shown = ValueRange(0.0, 1.0)
        self._sources = QLabel(self)
        self._sources.setWordWrap(True)
        self._sources.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.black = ValueField(tr("Black"), self._not_below_white, self)
        self.black.line.setToolTip(
            tr("This value, and every lower one, becomes black in all photos of more than 8 bits")
        )
        self.white = ValueField(tr("White"), self._not_above_black, self)
        self.white.line.setToolTip(
            tr("This value, and every higher one, becomes white in all photos of more than 8 bits")
        )
        self.black.number_changed.connect(self._black_changed)
        self.white.number_changed.connect(self._white_changed)
        self.automatic = QPushButton(tr("Back to automatic"), self)
        self.automatic.setProperty("role", "link")
        self.automatic.setToolTip(tr("Use what each file states, or else the estimate from the data set"))
        self.automatic.clicked.connect(self._back_to_automatic)
        about = QLabel(ABOUT, self)
        about.setWordWrap(True)
        theme.set_color_role(about, "muted")
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in ((tr("Black"), self.black), (tr("White"), self.white)):
            label = QLabel(name, self)
            label.setBuddy(field.line)
            form.addRow(label, field)
        self.body.addWidget(self._sources)
        self.body.addLayout(form)
        self.body.addWidget(about)
        self.body.addWidget(self.automatic, 0, Qt.AlignmentFlag.AlignLeft)

    def show_range(self, deep: DeepPhotos | None, chosen: ValueRange | None) -> None:
        """Show the ranges in use.

        Args:
            deep: The data set's photos of more than 8 bits; None where it has none.
            chosen: The user's range; None for automatic.
        """
        self.setVisible(deep is not None)
        if deep is None:
            return
        self._shown = chosen or proposed(deep)
        self._sources.setText("\n".join(map(translated, range_words.describe(deep, chosen))))
        self.black.show_number(self._shown.low)
        self.white.show_number(self._shown.high)
        self.automatic.setVisible(chosen is not None)

    def _not_below_white(self, value: float) -> str:
        white = self._shown.high
        return (
            ""
            if value < white
            else tr("Black must be less than white, {white}.").format(white=value_range.number(white))
        )

    def _not_above_black(self, value: float) -> str:
        black = self._shown.low
        return (
            ""
            if value > black
            else tr("White must be more than black, {black}.").format(black=value_range.number(black))
        )

    def _black_changed(self, value: float) -> None:
        self.range_requested.emit(ValueRange(float(value), self._shown.high))

    def _white_changed(self, value: float) -> None:
        self.range_requested.emit(ValueRange(self._shown.low, float(value)))

    def _back_to_automatic(self) -> None:
        for field in (self.black, self.white):
            field.discard_invalid()
        self.range_requested.emit(None)


def proposed(deep: DeepPhotos) -> ValueRange:
    """The values that the fields show while the range is automatic: the range of most photos."""
    stated = max(deep.stated, key=lambda one: one.photos, default=None)
    rest = deep.photos - sum(one.photos for one in deep.stated)
    if deep.estimated and (stated is None or rest >= stated.photos):
        most = max(deep.estimated, key=lambda one: one.photos)
        return ValueRange(most.low, most.high)
    return ValueRange(stated.low, stated.high) if stated is not None else ValueRange(0.0, 1.0)
