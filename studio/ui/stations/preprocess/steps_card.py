"""Card that lists the preprocessing steps in words, with the numbers of the weights below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from studio.formatting import numbers
from studio.formatting.language import tr, translated
from studio.spec import PreprocessSpec
from studio.ui.theme import theme
from studio.ui.widgets.card import Card

CROPS = {"center": tr("center crop"), "squash": "squashed", "border": tr("whole, with a border")}


class StepsCard(Card):
    """A numbered list of steps and a table of numbers, rebuilt for each backbone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Preprocessing"), parent)
        self._inner = QWidget(self)
        self.body.addWidget(self._inner)

    def show_steps(self, backbone: str, steps: tuple[str, ...], spec: PreprocessSpec | None) -> None:
        """Show the steps.

        Args:
            backbone: Name of the backbone whose weights need these steps.
            steps: Descriptions, in order.
            spec: The settings; None where they are unknown.
        """
        self.set_title(
            tr("Preprocessing for {backbone}").format(backbone=backbone) if backbone else tr("Preprocessing")
        )
        self.body.removeWidget(self._inner)
        self._inner.hide()
        self._inner.deleteLater()
        self._inner = QWidget(self)
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for number, step in enumerate(steps, 1):
            label = QLabel(f"{number}.  {step}", self._inner)
            label.setWordWrap(True)
            column.addWidget(label)
        if spec is not None:
            column.addSpacing(4)
            column.addLayout(self._numbers(spec))
        self.body.addWidget(self._inner)

    def _numbers(self, spec: PreprocessSpec) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = [
            (tr("Input"), numbers.shape((3, *spec.size))),
            (tr("Crop"), CROPS[spec.crop]),
            (tr("Interpolation"), translated(spec.interpolation)),
            (tr("Mean"), " ".join(f"{number:.3f}" for number in spec.mean)),
            (tr("Std. deviation"), " ".join(f"{number:.3f}" for number in spec.std)),
        ]
        for name, value in rows:
            left, right = QLabel(name, self._inner), QLabel(value, self._inner)
            theme.set_color_role(left, "muted")
            right.setAlignment(Qt.AlignmentFlag.AlignRight)
            if name in (tr("Input"), tr("Mean"), tr("Std. deviation")):
                right.setFont(theme.mono())
            right.setAccessibleName(f"{name}: {value}")
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(left, right)
        return form
