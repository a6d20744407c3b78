"""Form of the training settings: presets, the most used settings, and the others in collapsible groups.

A field refuses an invalid number with a message below it. A setting that has no effect now (the learning rate of a
frozen backbone) shows the reason in place of its value.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from studio.events import LayerTable
from studio.formatting.language import counted, tr
from studio.session import selectors
from studio.session.plan import plan_summary
from studio.session.plan.pitfalls import pitfall
from studio.session.plan.setting_texts import group_title
from studio.session.selectors import layers_now
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.spec.settings import Row
from studio.spec.structs import replace
from studio.ui.plots.schedule_curve import ScheduleCurve
from studio.ui.stations.head.fields import ALWAYS_SHOWN, choices, groups, label, summary
from studio.ui.stations.head.preset_buttons import PresetButtons
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.collapsible import Section
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.fields.number_field import NumberField
from studio.ui.widgets.notice import Notice

CONTROL_WIDTH = 108
LONGEST_CHOICE, ARROW = tr("Lowest loss"), 40
"""The longest choice that must fit into a box, and the width of its frame and arrow."""

WHY = {
    tr("frozen"): tr("No effect: every layer of the backbone is frozen. Thaw some on the Features page (Ctrl+3)"),
    tr("no blocks"): tr("No effect: this network has no transformer blocks, whose linear layers could get adapters"),
    tr("no adapters"): tr("No effect without adapters: choose a rank above"),
    tr("MLP only"): tr("No effect: a linear head has no hidden layer. Choose MLP above"),
    tr("in the cycle"): tr("No effect: the one-cycle schedule has its own warm-up"),
    tr("for classes"): tr("No effect: the target is a number, and this setting is for classes"),
    tr("on a CPU"): tr("No effect: the device is the CPU, where results are always deterministic"),
}
"""The reason why a setting has no effect now, by the text shown in place of its value."""


class HeadForm(Card):
    """The form.

    Signals:
        advice_requested: Suggest learning rates.
        spec_requested: The `RunSpec` after a change by the user.
    """

    spec_requested = Signal(object)
    advice_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training"), parent)
        self._spec: RunSpec = AppState().spec
        self._table: LayerTable | None = None
        self._drawn: tuple[object, ...] = ()
        self._instead: dict[str, str] = {}
        self._training = False
        self._tips: dict[str, tuple[str, tuple[QWidget, ...]]] = {}
        self._parts = {row.key: row.part for rows in groups().values() for row in rows}
        self.fields: dict[str, NumberField] = {}
        self.choices: dict[str, QComboBox] = {}
        self.switches: dict[str, QCheckBox] = {}
        self.sections: dict[str, Section] = {}
        self.presets = PresetButtons(self)
        self.presets.spec_requested.connect(self.spec_requested)
        self.head_only, self.fine_tune, self.scratch = (
            self.presets.head_only,
            self.presets.fine_tune,
            self.presets.scratch,
        )
        self.body.addWidget(self.presets)
        basics = QGridLayout()
        basics.setHorizontalSpacing(12)
        basics.setVerticalSpacing(8)
        basics.setColumnStretch(0, 1)
        self._fill(basics, groups()[ALWAYS_SHOWN])
        self.advise = QPushButton(tr("Suggest rates…"), self)
        self.advise.setProperty("role", "link")
        self.advise.setToolTip(tr("Find the learning rate of the head, and of thawed layers, by a short test"))
        self.advise.clicked.connect(self.advice_requested)
        basics.addWidget(self.advise, basics.rowCount(), 0, 1, 2, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(basics)
        self.pitfall = Notice(self)
        self.body.addWidget(self.pitfall)
        for key, rows in groups().items():
            if key != ALWAYS_SHOWN:
                self.sections[key] = Section(group_title(key), self)
                self._fill(self.sections[key].rows, rows)
                self.body.addWidget(self.sections[key])
        self._add_to_rates(self.sections["rates"].rows)
        self.body.addStretch(1)

    def show_state(self, state: AppState) -> None:
        """Show the current settings."""
        spec, table, frozen = state.spec, layers_now(state), not plan_summary.learns(state)
        if (selectors.training(state) is not None) != self._training:
            self._training = not self._training
            # A refused input must not stay in a field while the training uses another number.
            for field in self.fields.values():
                field.discard_invalid()
        looks = (spec, frozen, id(state.dataset))
        if looks == self._drawn and table is self._table:
            return
        self._drawn, self._spec, self._table = looks, spec, table
        for key, field in self.fields.items():
            field.show_number(self._value(key))
        self._explain(spec, frozen, plan_summary.thaws(state))
        self._warn(state)
        for key, box in self.choices.items():
            _select(box, str(self._value(key)))
        for key, switch in self.switches.items():
            switch.setChecked(bool(self._value(key)))
        for key, section in self.sections.items():
            section.show_summary(summary(key, spec, frozen))
        self.curve.show_schedule(spec.train)
        number = len(spec.train.layer_rates)
        self.by_hand.setText(counted(number, "layer") if number else tr("none; set in Features"))
        self.clear_rates.setVisible(bool(number))
        self.presets.show_settings(spec, table)

    def _warn(self, state: AppState) -> None:
        title, hint = pitfall(state)
        if title:
            self.pitfall.show_text("caution", title, hint)
        else:
            self.pitfall.clear()

    def _explain(self, spec: RunSpec, frozen: bool, thaws: bool) -> None:
        """Show the reason in place of a setting that has no effect now."""
        numbers = tr("for classes") if spec.dataset.targets else ""
        linear = "" if spec.head.kind == "mlp" else tr("MLP only")
        # A warm-up that is set must stay editable, so that it can be removed.
        one_phase = frozen and not spec.train.head_epochs
        can = self._table is None or spec.freeze.lora_rank or not plan_summary.no_adapters(self._table)
        adapters = "" if spec.freeze.lora_rank else tr("no adapters") if can else tr("no blocks")
        instead = {
            "backbone_lr": "" if thaws else tr("frozen"),
            "layer_decay": "" if thaws else tr("frozen"),
            "lora_rank": "" if can else tr("no blocks"),
            "lora_alpha": adapters,
            "lora_layers": adapters,
            "lora_lr": adapters,
            "head_epochs": tr("frozen") if one_phase else "",
            "hidden": linear,
            "dropout": linear,
            "warmup": tr("in the cycle") if spec.train.schedule == "one_cycle" else "",
            "label_smoothing": numbers,
            "balance": numbers,
            "deterministic": tr("on a CPU") if spec.train.device == "cpu" else "",
        }
        for key, text in instead.items():
            if key in self.fields and (text or self._instead.get(key)):
                self.fields[key].show_instead(text)
            if text == self._instead.get(key, ""):
                continue
            tip, parts = self._tips[key]
            why = WHY[text] if text else ""
            for part in parts:
                part.setToolTip(f"{tip}.\n{why}" if text else tip)
            control = self.fields[key].line if key in self.fields else self.choices.get(key) or self.switches[key]
            allow(control, why, f"{tip}." if text else tip)
        self._instead = instead

    # ------------------------------------------------------------------------------------------ building

    def _fill(self, grid: QGridLayout, rows: tuple[Row, ...]) -> None:
        for row in rows:
            if row.kind is bool:
                self._add_switch(grid, row)
            elif row.is_number:
                self._add_number(grid, row)
            else:
                self._add_choice(grid, row)

    def _add_number(self, grid: QGridLayout, row: Row) -> None:
        field = NumberField(row.setting.name, row.kind is int, row.setting, self)
        field.line.setAccessibleName(label(row).replace("&", ""))
        field.setProperty("key", row.key)
        field.number_changed.connect(self._take_number)
        self.fields[row.key] = field
        self._row(grid, row, field, field.line)

    def _add_choice(self, grid: QGridLayout, row: Row) -> None:
        box = NarrowCombo(label(row).replace("&", ""), entries=choices(row), parent=self)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box.setProperty("key", row.key)
        box.activated.connect(self._take_choice)
        self.choices[row.key] = box
        self._row(grid, row, box)

    def _add_switch(self, grid: QGridLayout, row: Row) -> None:
        switch = QCheckBox(row.setting.label, self)
        switch.setToolTip(row.setting.tip)
        switch.setProperty("key", row.key)
        switch.clicked.connect(self._take_switch)
        self.switches[row.key] = switch
        self._tips[row.key] = (row.setting.tip, (switch,))
        grid.addWidget(switch, grid.rowCount(), 0, 1, 2)

    def _add_to_rates(self, grid: QGridLayout) -> None:
        """Add the curve of the schedule, and the number of layers whose rates were set by hand."""
        self.curve = ScheduleCurve(self)
        drawing = QHBoxLayout()
        drawing.setSpacing(0)
        drawing.addWidget(self.curve, 1)
        drawing.addWidget(self.curve.files.button(self))
        grid.addLayout(drawing, grid.rowCount(), 0, 1, 2)
        self.by_hand = QLabel(self)
        self.by_hand.setAccessibleName(tr("Rates set by hand"))
        theme.set_color_role(self.by_hand, "muted")
        self.clear_rates = QPushButton(tr("Clear"), self)
        self.clear_rates.setProperty("role", "link")
        self.clear_rates.setToolTip(tr("Clear the learning rates set for single layers"))
        self.clear_rates.clicked.connect(self._clear_rates)
        inner = QWidget(self)
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(tr("By hand:"), inner))
        row.addWidget(self.by_hand, 1)
        row.addWidget(self.clear_rates)
        inner.setToolTip(tr("Learning rates of single layers are set in the layer table of the Features page (F2)"))
        grid.addWidget(inner, grid.rowCount(), 0, 1, 2)

    def _row(self, grid: QGridLayout, row: Row, widget: QWidget, buddy: QWidget | None = None) -> None:
        line = grid.rowCount()
        name = QLabel(label(row), self)
        name.setBuddy(buddy or widget)
        name.setMinimumHeight(theme.enlarged(28))
        theme.set_color_role(name, "muted")
        parts = (name, widget) if buddy is None else (name, widget, buddy)
        self._tips[row.key] = (row.setting.tip, parts)
        for part in parts:
            part.setToolTip(row.setting.tip)
        widget.setFixedWidth(max(CONTROL_WIDTH, self.fontMetrics().horizontalAdvance(LONGEST_CHOICE) + ARROW))
        grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(widget, line, 1)

    # ------------------------------------------------------------------------------------------ changes by the user

    def _value(self, key: str) -> Any:
        return getattr(getattr(self._spec, self._parts[key]), key)

    def _emit(self, key: str, value: object) -> None:
        part = self._parts[key]
        changes: dict[str, Any] = {key: value}
        if key in ("epochs", "schedule"):
            changes["extended"] = ()  # the epochs at which the run was extended belong to its old plan
        new_part: dict[str, Any] = {part: replace(getattr(self._spec, part), **changes)}
        self._request(replace(self._spec, **new_part))

    def _request(self, spec: RunSpec) -> None:
        if spec != self._spec:
            self.spec_requested.emit(spec)

    def _take_number(self, value: float) -> None:
        field = self.sender()
        if isinstance(field, NumberField):
            self._emit(field.property("key"), value)

    def _take_choice(self, place: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self._emit(box.property("key"), box.itemData(place))

    def _take_switch(self, on: bool) -> None:
        switch = self.sender()
        if isinstance(switch, QCheckBox):
            self._emit(switch.property("key"), on)

    def _clear_rates(self) -> None:
        self._request(replace(self._spec, train=replace(self._spec.train, layer_rates=())))


def _select(box: QComboBox, key: str) -> None:
    """Select a choice; one from a file or the command line that is not in the box is added."""
    if box.findData(key) < 0:
        box.addItem(key.upper() if key.startswith("cuda") else key, key)
    box.setCurrentIndex(box.findData(key))
