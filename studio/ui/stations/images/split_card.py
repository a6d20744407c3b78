"""Card for the share of photos held out for validation, where the folder has no split of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from studio.events import Dataset
from studio.formatting import numbers
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow

LEAST, MOST = 5, 50


class SplitCard(Card):
    """A slider for the share, or a sentence where the folder has a split.

    Signals:
        fraction_moved: The user moved the slider; `fraction` is its new value.
    """

    fraction_moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Split", parent)
        self._dataset: Dataset | None = None
        self._drawn: object = None
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(LEAST, MOST)
        self._slider.setPageStep(5)
        self._slider.setAccessibleName("Share of photos held out for validation, in percent")
        self._slider.setToolTip("Share of photos held out for validation")
        self._slider.valueChanged.connect(self._moved)
        self._share = QLabel(self)
        self._share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._share.setFixedWidth(self._share.fontMetrics().horizontalAdvance("100 %") + 8)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        theme.set_color_role(self._words, "muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        self._caption = QLabel("Validation", self)
        row.addWidget(self._caption)
        row.addWidget(self._slider, 1)
        row.addWidget(self._share)
        self.body.addLayout(row)
        self.body.addWidget(self._words)

    def show_state(self, state: AppState) -> None:
        """Draw the state. Counts are taken only when the photos changed: a data set may have 50,000."""
        drawn = (id(state.dataset), state.spec.dataset, "train" in state.jobs)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._dataset = state.dataset
        has_split = state.dataset is not None and state.dataset.split_found
        for part in (self._caption, self._slider, self._share):
            part.setVisible(not has_split)
        allow(self._slider, "Training is in progress." if "train" in state.jobs else "")
        if not has_split and not self._slider.isSliderDown():
            self._slider.blockSignals(True)
            self._slider.setValue(round(state.spec.dataset.val_fraction * 100))
            self._slider.blockSignals(False)
        self._write()

    def fraction(self) -> float:
        """Validation share set by the slider."""
        return self._slider.value() / 100

    def _moved(self) -> None:
        self._drawn = None
        self._write(estimate=True)
        self.fraction_moved.emit()

    def _write(self, estimate: bool = False) -> None:
        self._share.setText(numbers.percent(self.fraction(), 0))
        data = self._dataset
        if data is None:
            self._words.setText("Photos held out to see how well training generalizes.")
            return
        counts = {name: sum(row) for name, row in data.counts().items()}
        if estimate:
            movable = counts.get("train", 0) + counts.get("val", 0)
            counts["val"] = round(movable * self.fraction())
            counts["train"] = movable - counts["val"]
        summary = f"{numbers.exact(counts.get('train', 0))} training · {numbers.exact(counts.get('val', 0))} validation"
        if counts.get("test"):
            summary += f" · {numbers.exact(counts['test'])} test"
        self._words.setText(
            f"Split found in the folder: {summary}" if data.split_found else f"{summary}, the same every time"
        )
