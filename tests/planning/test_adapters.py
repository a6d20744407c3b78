"""The linear layers of transformer blocks, found in layer tables, and the plans that adapt them."""

from __future__ import annotations

import pytest
from layer_tables import TABLE

from studio.events import Layer, LayerTable
from studio.planning import cuts, freezing, layer_problems
from studio.planning.adapters import linear_layers
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace


def row(path: str, kind: str, order: int, inputs: tuple[int, ...] = (4, 8), outputs: tuple[int, ...] = ()) -> Layer:
    leaf = kind in ("Linear", "LayerNorm", "Parameter", "NonDynamicallyQuantizableLinear")
    size = 72 if leaf else 0
    return Layer(path, kind, path.count("."), leaf, inputs, outputs or inputs, size, order, (4, 8) if leaf else None)


ROWS = (
    row("patch", "Linear", 0),
    row("blocks", "Sequential", 12),
    row("blocks.0", "Block", 6),
    row("blocks.0.norm", "LayerNorm", 1),
    row("blocks.0.attn", "Attention", 4),
    row("blocks.0.attn.qkv", "Linear", 2, (4, 8), (4, 24)),
    row("blocks.0.attn.rel_pos", "Linear", 2, (4, 2), (4, 2)),
    row("blocks.0.attn.proj", "Linear", 3),
    row("blocks.0.mlp", "Mlp", 6),
    row("blocks.0.mlp.fc1", "Linear", 5, (4, 8), (4, 16)),
    row("blocks.1", "Block", 12),
    row("blocks.1.attn", "MultiheadAttention", 9),
    replace(row("blocks.1.attn.in_proj_weight", "Parameter", 9), input_shape=(), output_shape=(24, 8)),
    replace(row("blocks.1.attn.out_proj", "NonDynamicallyQuantizableLinear", 9), input_shape=(), output_shape=()),
    row("blocks.1.fc", "Linear", 11, (4, 8), (4, 16)),
    row("head", "Linear", 13),
)
VIT = LayerTable("vit", (32, 32), ROWS, 8, "fc", 72 * 12)


def adapted(**plan: object) -> list[str]:
    return [layer.path for layer in freezing.adapted_layers(FreezePlan(lora_rank=2, **plan), ROWS)]


def test_linear_layers_of_transformer_blocks_with_their_part_and_widths() -> None:
    assert [(one.path, one.host, one.role, one.inputs, one.outputs) for one in linear_layers(ROWS)] == [
        ("blocks.0.attn.qkv", "blocks.0.attn.qkv", "attention", 8, 24),
        ("blocks.0.attn.proj", "blocks.0.attn.proj", "attention", 8, 8),
        ("blocks.0.mlp.fc1", "blocks.0.mlp.fc1", "mlp", 8, 16),
        ("blocks.1.attn.in_proj_weight", "blocks.1.attn", "attention", 8, 24),
        ("blocks.1.attn.out_proj", "blocks.1.attn", "attention", 8, 8),
        ("blocks.1.fc", "blocks.1.fc", "mlp", 8, 16),
    ]
    assert [one.weight for one in linear_layers(ROWS)][3:5] == [
        "blocks.1.attn.in_proj_weight",
        "blocks.1.attn.out_proj.weight",
    ]


def test_convolutional_networks_have_none() -> None:
    assert linear_layers(TABLE.layers) == ()
    with pytest.raises(UserError, match="no transformer blocks"):
        freezing.require_adapted(FreezePlan(lora_rank=2), TABLE.layers, "toy")
    assert freezing.require_adapted(FreezePlan(), TABLE.layers, "toy") == ()
    (problem,) = layer_problems.find(TABLE, FreezePlan(lora_rank=2))
    assert "no transformer blocks" in problem.text


def test_a_plan_chooses_frozen_layers_by_part_and_position() -> None:
    assert adapted(lora_layers="mlp") == ["blocks.0.mlp.fc1", "blocks.1.fc"]
    assert adapted(lora_layers="attention")[:2] == ["blocks.0.attn.qkv", "blocks.0.attn.proj"]
    assert adapted(lora_after="blocks.0", lora_layers="attention") == [
        "blocks.1.attn.in_proj_weight",
        "blocks.1.attn.out_proj",
    ]
    assert adapted(thaw=("blocks.1",), lora_layers="attention") == ["blocks.0.attn.qkv", "blocks.0.attn.proj"]
    assert adapted(base="none") == []
    with pytest.raises(UserError, match="No layer gets an adapter"):
        freezing.require_adapted(FreezePlan("none", lora_rank=2), ROWS, "vit")
    with pytest.raises(UserError, match=r"no layer called “blocks\.7”"):
        freezing.require_adapted(FreezePlan(lora_rank=2, lora_after="blocks.7"), ROWS, "vit")


def test_layers_up_to_the_first_adapter_are_computed_once() -> None:
    plan = FreezePlan(lora_rank=2)
    assert cuts.is_all_frozen(FreezePlan(), VIT)
    assert not cuts.is_all_frozen(plan, VIT)
    assert freezing.frozen_leaves(plan, ROWS) == freezing.frozen_leaves(FreezePlan(), ROWS)
    assert cuts.ideal_cut(VIT, cuts.constant_leaves(plan, ROWS)) == "blocks.0.norm"
    late = cuts.constant_leaves(replace(plan, lora_after="blocks.0"), ROWS)
    assert "blocks.0.attn.qkv" in late
    assert "blocks.1.fc" not in late


def test_parameters_of_adapters_train() -> None:
    pairs = (8 + 24, 8 + 8, 8 + 16, 8 + 24, 8 + 8, 8 + 16)
    assert freezing.trainable(FreezePlan(lora_rank=3), VIT) == 3 * sum(pairs)
    assert freezing.trainable(FreezePlan(thaw=("head",), lora_rank=3), VIT) == 3 * sum(pairs) + 72


def test_other_frozen_layers_keep_batchnorm_policy_and_adapters() -> None:
    plan = FreezePlan(until="blocks.0").with_policies_of(
        FreezePlan("none", batch_norm="thawed", lora_rank=4, lora_alpha=2, lora_layers="mlp", lora_after="x")
    )
    assert plan == FreezePlan("all", "blocks.0", (), (), "thawed", 4, 2, "mlp", "x")
    assert FreezePlan(batch_norm="update").trains_nothing
    assert not FreezePlan(lora_rank=1).trains_nothing


def test_attention_in_a_chain_belongs_to_the_block_around_it_and_alone_to_none() -> None:
    chained = (
        row("block", "Block", 4),
        row("block.layers", "Sequential", 4),
        row("block.layers.attn", "Attention", 2),
        row("block.layers.attn.qkv", "Linear", 1, (4, 8), (4, 24)),
        row("block.fc", "Linear", 3),
    )
    assert [(one.path, one.role) for one in linear_layers(chained)] == [
        ("block.layers.attn.qkv", "attention"),
        ("block.fc", "mlp"),
    ]
    alone = (row("attn", "Attention", 2), row("attn.qkv", "Linear", 1, (4, 8), (4, 24)), row("head", "Linear", 3))
    assert [one.path for one in linear_layers(alone)] == ["attn.qkv"], "the head is beside it in no block"


def test_layers_that_never_ran_get_no_adapters() -> None:
    asleep = (
        row("block", "Block", 4),
        replace(row("block.attn", "MultiheadAttention", 2), input_shape=(), output_shape=()),
        replace(row("block.attn.in_proj_weight", "Parameter", 2), input_shape=(), output_shape=(24, 8)),
        replace(row("block.attn.out_proj", "Linear", 2), input_shape=(), output_shape=()),
    )
    assert linear_layers(asleep) == ()


def test_a_rank_that_saves_no_parameters_is_named() -> None:
    assert not layer_problems.find(VIT, FreezePlan(lora_rank=3))
    (problem,) = layer_problems.find(VIT, FreezePlan(lora_rank=4))  # 8 × 8 weights, 4 × (8 + 8) of the adapter
    assert problem.paths == ("blocks.0.attn.proj", "blocks.1.attn.out_proj")
    assert "rank 4 have as many parameters as blocks.0.attn.proj and blocks.1.attn.out_proj" in problem.text
    assert len(layer_problems.find(VIT, FreezePlan(lora_rank=6))[0].paths) == 6


def test_adapters_begin_after_the_named_block() -> None:
    every = adapted()
    assert "blocks.1.fc" in every
    assert set(adapted(lora_after="blocks.0")) == {one for one in every if one.startswith("blocks.1")}
    assert "blocks.0.mlp.fc1" not in adapted(lora_after="blocks.0.mlp.fc1"), "not that layer itself"
    assert freezing.with_parents("a.b.c") == ["a", "a.b", "a.b.c"]
    assert freezing.with_parents("a") == ["a"]
