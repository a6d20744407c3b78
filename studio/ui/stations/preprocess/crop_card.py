"""Card with the crop policy: three choices, each with what it does to the photos of the open folder."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QRadioButton, QVBoxLayout, QWidget
from PySide6.QtWidgets import QHBoxLayout as Row

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.plan import crop_words
from studio.session.plan.setting_texts import setting_of
from studio.session.state import AppState
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

INDENT = 22
COLORS = {"mean": tr("Mean color"), "black": tr("Black"), "white": tr("White")}
KEYS = {"center": tr("&Center crop"), "squash": tr("S&quash"), "fit": tr("Fit with &border")}


class CropCard(Card):
    """Edits crop policy and border color of a `BackboneSpec`.

    Signals:
        backbone_requested: The `BackboneSpec` with the chosen policy.
    """

    backbone_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Crop policy"), parent)
        self._spec = BackboneSpec()
        self._shown: object = None
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        self._words: dict[str, WrappedLabel] = {}
        for policy in crop_words.TITLES:
            button = QRadioButton(KEYS[policy], self)
            button.setProperty("policy", policy)
            self._group.addButton(button)
            self.buttons[policy] = button
            self._words[policy] = self._muted()
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(button)
            column.addLayout(_indented(self._words[policy]))
            self.body.addLayout(column)
        self._group.buttonClicked.connect(self._choose)
        self.border = QComboBox(self)
        for color, name in COLORS.items():
            self.border.addItem(name, color)
        self.border.setToolTip(setting_of(BackboneSpec, "border").help)
        self.border.setAccessibleName(tr("Color of the border"))
        self.border.activated.connect(self._choose_color)
        self._border_name = QLabel(tr("B&order"), self)
        self._border_name.setBuddy(self.border)
        theme.set_color_role(self._border_name, "muted")
        self.body.addLayout(_indented(self._border_name, self.border))
        self._advice = self._muted()
        self.body.addWidget(self._advice)

    def show_state(self, state: AppState) -> None:
        """Draw the policies, redrawing only what changed."""
        spec = state.spec.backbone
        key = (spec, state.dataset.sizes if state.dataset is not None else ())
        if key == self._shown:
            return
        self._spec, self._shown = spec, key
        try:
            rows, advice = crop_words.rows(state), crop_words.advice(spec)
        except UserError as fault:
            for button in self.buttons.values():
                allow(button, fault.title)
            return
        for row in rows:
            button, words = self.buttons[row.policy], self._words[row.policy]
            allow(button, "")
            button.setText(row.title.replace(crop_words.TITLES[row.policy], KEYS[row.policy]))
            button.setChecked(row.is_chosen)
            button.setAccessibleDescription(row.words)
            words.setText(typography.unbroken(row.words))
            words.hold()
            if row.policy == "fit":
                for part in (self._border_name, self.border):
                    part.setVisible(row.is_chosen)
        self.border.setCurrentIndex(self.border.findData(spec.border))
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._advice.hold()

    def _muted(self) -> WrappedLabel:
        label = WrappedLabel(self)
        label.setWordWrap(True)
        theme.set_color_role(label, "muted")
        return label

    def _choose(self, button: QRadioButton) -> None:
        self._send(crop_words.with_policy(self._spec, button.property("policy")))

    def _choose_color(self, place: int) -> None:
        self._send(replace(self._spec, border=self.border.itemData(place)))

    def _send(self, spec: BackboneSpec) -> None:
        if spec != self._spec:
            self.backbone_requested.emit(spec)


def _indented(*widgets: QWidget) -> Row:
    row = Row()
    row.setContentsMargins(INDENT, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return row
