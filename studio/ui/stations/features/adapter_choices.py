"""Row of the Features page that chooses adapters (LoRA): their rank, the linear layers, and where they begin."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.session.plan import plan_summary
from studio.session.plan.setting_texts import in_language, setting_of
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.settings import row_of
from studio.spec.structs import replace
from studio.ui.widgets.enabling import allow

RANKS = (0, 2, 4, 8, 16, 32, 64)
EVERYWHERE = tr("all blocks")
NO_RANK = tr("Choose a rank first.")


class AdapterChoices(QWidget):
    """Three boxes in a row; disabled with the reason where the network has no transformer blocks.

    Signals:
        plan_requested: The `FreezePlan` the user chose.
    """

    plan_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan = FreezePlan()
        self._tips: dict[QComboBox, str] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        name = QLabel(tr("&LoRA adapters"), self)
        self.rank = self._box("lora_rank", row, name)
        self.layers = self._box("lora_layers", row)
        self.after = self._box("lora_after", row)
        name.setBuddy(self.rank)
        name.setToolTip(self._tips[self.rank])
        for value in RANKS:
            self.rank.addItem(_rank_words(value), value)
        for key, text in in_language(row_of(FreezePlan, "lora_layers")).choices:
            self.layers.addItem(tr("all linear layers") if key == "all" else tr("{text} only").format(text=text), key)
        row.addStretch(1)

    def show_plan(self, state: AppState, table: LayerTable | None) -> None:
        """Show the adapters of the current plan; without a table its layers are not loaded."""
        plan = self._plan = plan_summary.safe_plan(state, table) if table is not None else FreezePlan()
        _select(self.rank, plan.lora_rank, _rank_words(plan.lora_rank))
        _select(self.layers, plan.lora_layers, plan.lora_layers)
        self.after.clear()
        self.after.addItem(EVERYWHERE, "")
        for path in plan_summary.adapter_starts(table) if table is not None else ():
            self.after.addItem(tr("after {path}").format(path=path), path)
        _select(self.after, plan.lora_after, tr("after {lora_after}").format(lora_after=plan.lora_after))
        why = plan_summary.no_adapters(table)
        # A rank that is set can be removed in any network.
        allow(self.rank, "" if plan.lora_rank else why, self._tips[self.rank])
        for box in (self.layers, self.after):
            allow(box, why or ("" if plan.lora_rank else NO_RANK), self._tips[box])

    def _box(self, key: str, row: QHBoxLayout, before: QWidget | None = None) -> QComboBox:
        box = QComboBox(self)
        setting = setting_of(FreezePlan, key)
        self._tips[box] = f"{setting.tip}."
        box.setToolTip(self._tips[box])
        box.setAccessibleName(setting.name)
        box.setProperty("key", key)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._choose)
        for part in (before, box):
            if part is not None:
                row.addWidget(part)
        return box

    def _choose(self, place: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            plan = replace(self._plan, **{box.property("key"): box.itemData(place)})
            if plan != self._plan:
                self.plan_requested.emit(plan)


def _rank_words(rank: int) -> str:
    return tr("rank {rank}").format(rank=rank) if rank else tr("off")


def _select(box: QComboBox, value: object, words: str) -> None:
    """Select a value; one that the box lacks, from a file or the command line, is added."""
    if box.findData(value) < 0:
        box.addItem(words, value)
    box.setCurrentIndex(box.findData(value))
