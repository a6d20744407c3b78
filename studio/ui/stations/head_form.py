"""The settings of the training: one row a setting, refused in place where a value makes no sense."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from studio.spec import HeadSpec, RunSpec, TrainSpec
from studio.ui import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.number_field import NumberField

OPTIMIZERS = (("adamw", "AdamW"), ("adam", "Adam"), ("sgd", "SGD, momentum 0.9"))
DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("cuda:0", "CUDA:0"))
MAC_DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("mps", "Apple GPU (MPS)"))
FIELDS = (
    ("epochs", "&Epochs", "Epochs", True, 1, True, "Passes over the training photos"),
    ("batch_size", "&Batch size", "Batch size", True, 1, True, "Photos in one optimizer step"),
    ("lr", "&Learning rate, head", "The learning rate", False, 0, False, "Step size of the new last layer"),
    ("backbone_lr", "Learning rate, backbone", "The learning rate", False, 0, False, "Step size of thawed layers"),
    ("weight_decay", "&Weight decay", "Weight decay", False, 0, True, "Pull towards zero on what trains"),
    ("seed", "&Seed", "The seed", True, 0, True, "First weights and order of photos; the same seed gives the same run"),
)
NUMBER_WIDTH = 112


class HeadForm(Card):
    """The settings.

    Signals:
        train_wanted: A `TrainSpec`.
        head_wanted: A `HeadSpec`.
    """

    train_wanted = Signal(object)
    head_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Training", parent)
        self._train = TrainSpec()
        self._head = HeadSpec()
        self._drawn: tuple[object, ...] = ()
        self.fields: dict[str, NumberField] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self.optimizer = self._choices("Optimizer", OPTIMIZERS)
        self.device = self._choices("Device", MAC_DEVICES if sys.platform == "darwin" else DEVICES)
        for key, label, name, whole, least, may_be_least, tip in FIELDS:
            if key == "lr":
                self._row("&Optimizer", self.optimizer, "How gradients become steps")
            field = NumberField(name, whole, least, may_be_least, self)
            field.setProperty("key", key)
            field.number_changed.connect(self._take_number)
            self.fields[key] = field
            self._row(label, field, tip, field.line)
        self._row("&Device", self.device, "Where to compute; automatic takes a graphics card where there is one")
        self.standardize = QCheckBox("Stan&dardise features", self)
        self.standardize.setToolTip("Scale each feature to mean 0 and deviation 1 while the head learns")
        self.standardize.clicked.connect(self._take_standardize)
        self._grid.addWidget(self.standardize, self._grid.rowCount(), 0, 1, 2)
        self.optimizer.activated.connect(self._take_optimizer)
        self.device.activated.connect(self._take_device)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)

    def render(self, spec: RunSpec, all_frozen: bool) -> None:  # type: ignore[override]
        """Draw the chosen settings."""
        looks = (spec.train, spec.head, all_frozen)
        if looks == self._drawn:
            return
        was_frozen = self._drawn[2] if self._drawn else None
        self._drawn = looks
        self._train, self._head = spec.train, spec.head
        for key, field in self.fields.items():
            field.show_number(getattr(spec.train, key))
        if all_frozen != was_frozen or all_frozen:
            self.fields["backbone_lr"].show_instead("frozen" if all_frozen else "")
        _select(self.optimizer, spec.train.optimizer)
        _select(self.device, spec.train.device)
        self.standardize.setChecked(spec.head.standardize)

    def _row(self, label: str, widget: QWidget, tip: str, buddy: QWidget | None = None) -> None:
        row = self._grid.rowCount()
        name = QLabel(label, self)
        name.setBuddy(buddy or widget)
        name.setMinimumHeight(28)
        theme.tone(name, "muted")
        for part in (name, widget, buddy):
            if part is not None:
                part.setToolTip(tip)
        widget.setFixedWidth(NUMBER_WIDTH)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(widget, row, 1)

    def _choices(self, name: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for key, text in choices:
            box.addItem(text, key)
        return box

    def _emit(self, **changes: Any) -> None:
        changed = replace(self._train, **changes)
        if changed != self._train:
            self.train_wanted.emit(changed)

    def _take_number(self, value: float) -> None:
        field = self.sender()
        if isinstance(field, NumberField):
            self._emit(**{field.property("key"): value})

    def _take_optimizer(self, place: int) -> None:
        self._emit(optimizer=self.optimizer.itemData(place))

    def _take_device(self, place: int) -> None:
        self._emit(device=self.device.itemData(place))

    def _take_standardize(self, on: bool) -> None:
        self.head_wanted.emit(replace(self._head, standardize=on))


def _select(box: QComboBox, key: str) -> None:
    """Select a choice; one that came from a file or the command line is added."""
    if box.findData(key) < 0:
        box.addItem(key.upper() if key.startswith("cuda") else key, key)
    box.setCurrentIndex(box.findData(key))
