"""The row that chooses adapters (LoRA), and how tree and bar show the layers that have one."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtWidgets import QComboBox

from studio.events import Layer, LayerTable
from studio.session.plan import freeze_bar, plan_summary
from studio.session.plan.layer_rows import NewHead
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.state import AppState
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.features.adapter_choices import AdapterChoices
from studio.ui.stations.features.layers.layer_cells import RATE, STATE, TRAINABLE, LayerCells


def vit() -> LayerTable:
    """Three blocks of a transformer, each with attention and an MLP of one layer."""
    rows = [Layer("patch", "Conv2d", 0, True, (3, 32, 32), (8, 4, 4), 100, 0)]
    rows.append(Layer("blocks", "Sequential", 0, False, (16, 8), (16, 8), 432, 10))
    for block in range(3):
        at, order = f"blocks.{block}", 1 + 3 * block
        rows.append(Layer(at, "Block", 1, False, (16, 8), (16, 8), 144, order + 2, (16, 8)))
        rows.append(Layer(f"{at}.attn", "Attention", 2, False, (16, 8), (16, 8), 72, order))
        rows.append(Layer(f"{at}.attn.proj", "Linear", 3, True, (16, 8), (16, 8), 72, order))
        rows.append(Layer(f"{at}.fc", "Linear", 2, True, (16, 8), (16, 8), 72, order + 1))
    return LayerTable("vit_tiny_patch16_224", (32, 32), tuple(rows), 8, "head", 532)


def of(plan: FreezePlan, table: LayerTable | None = None) -> AppState:
    state = states.state()
    spec = replace(state.spec, backbone=BackboneSpec("vit_tiny_patch16_224", "none"), freeze=plan)
    return replace(state, spec=spec, layers=table or vit(), layers_for=spec.backbone)


@pytest.fixture
def choices(qtbot: Any) -> AdapterChoices:
    widget = AdapterChoices()
    qtbot.addWidget(widget)
    return widget


def choose(box: QComboBox, value: object) -> None:
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_a_rank_turns_adapters_on_and_enables_the_other_choices(choices: AdapterChoices) -> None:
    plans: list[FreezePlan] = []
    choices.plan_requested.connect(plans.append)
    choices.show_plan(of(FreezePlan(until="patch")), vit())
    assert choices.rank.currentText() == "off"
    assert choices.rank.isEnabled()
    assert not choices.layers.isEnabled()
    choose(choices.rank, 8)
    assert plans == [FreezePlan(until="patch", lora_rank=8)]
    choices.show_plan(of(plans[-1]), vit())
    assert choices.layers.isEnabled()
    choose(choices.layers, "attention")
    choices.show_plan(of(plans[-1]), vit())
    assert [choices.after.itemData(place) for place in range(choices.after.count())] == ["", "blocks.0", "blocks.1"]
    choose(choices.after, "blocks.1")
    assert plans[-1] == FreezePlan(until="patch", lora_rank=8, lora_layers="attention", lora_after="blocks.1")
    choices.show_plan(of(plans[-1]), vit())
    choose(choices.rank, 8)
    assert len(plans) == 3, "nothing changed"


def test_a_network_without_transformer_blocks_disables_them_with_the_reason(choices: AdapterChoices) -> None:
    table = states.small_table()
    choices.show_plan(of(FreezePlan(), table), table)
    for box in (choices.rank, choices.layers, choices.after):
        assert not box.isEnabled()
        assert "no transformer blocks" in box.toolTip()
    choices.show_plan(of(FreezePlan()), None)
    assert "not loaded" in choices.rank.toolTip()
    plans: list[FreezePlan] = []
    choices.plan_requested.connect(plans.append)
    choices.show_plan(of(FreezePlan(lora_rank=4), table), table)  # of a run with another network, or a file
    assert choices.rank.isEnabled()
    assert not choices.layers.isEnabled()
    choose(choices.rank, 0)
    assert plans == [FreezePlan()]


def test_values_of_a_file_or_the_terminal_are_shown(choices: AdapterChoices) -> None:
    choices.show_plan(of(FreezePlan(lora_rank=5, lora_after="patch")), vit())
    assert choices.rank.currentText() == "rank 5"
    assert choices.after.currentText() == "after patch"


def test_the_tree_shows_which_layers_have_adapters_and_what_trains() -> None:
    plan = FreezePlan(lora_rank=2, lora_layers="attention", lora_after="blocks.0")
    state, table = of(plan), vit()
    cells = LayerCells(table, [layer.path for layer in table.layers], NewHead())
    cells.adapt(plan_summary.adapters(state, table))
    cells.rate(plan_summary.rates(state, table))
    words = {layer.path: cells.words(row, STATE) for row, layer in enumerate(table.layers)}
    assert words["blocks.0"] == words["blocks.1.fc"] == "frozen"
    assert words["blocks.1"] == words["blocks.2.attn.proj"] == words["blocks"] == "LoRA"
    row = [layer.path for layer in table.layers].index("blocks.1.attn.proj")
    assert cells.words(row, TRAINABLE) == str(2 * 16)
    assert cells.words(row, RATE) == "1e-4"
    assert "Head page" in cells.no_rate(row)
    assert plan_summary.adapter_words(state, table) == "2 frozen layers, rank 2"
    assert plan_summary.learns(state)
    assert not plan_summary.thaws(state)
    where = plan_summary.split(state, table)
    assert where is not None
    assert where.layer == "blocks.0"


def test_the_bar_shows_blocks_with_adapters_and_counts_them() -> None:
    table, state = vit(), of(FreezePlan(lora_rank=2, lora_after="blocks.0"))
    adapters = plan_summary.adapters(state, table)
    frozen = [layer.path for layer in table.layers]
    bar = freeze_bar.bar(LayerSizes(table), frozen, NewHead(), "parameters", adapters)
    assert [piece.state for piece in bar.pieces] == ["frozen", "frozen", "adapted", "adapted", "trains"]
    assert bar.edge == bar.last
    assert bar.trains == str(4 * 2 * 16)
    assert "adapters (LoRA)" in bar.pieces[2].tip
