"""The learning rate of each thawed layer: by depth, and set by hand."""

from __future__ import annotations

import pytest

from studio.events import Layer, LayerTable
from studio.planning.freezing import frozen_leaves
from studio.planning.learning_rates import blocks, is_set, leaf_rates, with_rate
from studio.spec import FreezePlan, LayerRate, TrainSpec, UserError

EVERYTHING: frozenset[str] = frozenset()


def row(path: str, kind: str, parameters: int, order: int, leaf: bool = True) -> Layer:
    return Layer(path, kind, path.count("."), leaf, (), (), parameters, order)


TABLE = LayerTable(
    "toy",
    (32, 32),
    (
        row("token", "Parameter", 4, 0),
        row("stem", "Conv2d", 10, 1),
        row("bn", "BatchNormAct2d", 4, 3, leaf=False),
        row("bn.weight", "Parameter", 4, 2),
        row("bn.act", "ReLU", 0, 2),
        row("stages", "Sequential", 120, 10, leaf=False),
        row("stages.0", "Block", 40, 5, leaf=False),
        row("stages.0.conv", "Conv2d", 40, 4),
        row("stages.0.act", "ReLU", 0, 5),
        row("stages.1", "Block", 80, 7, leaf=False),
        row("stages.1.conv", "Conv2d", 70, 6),
        row("stages.1.bn", "BatchNorm2d", 10, 7),
        row("norm", "LayerNorm", 5, 11),
        row("pool", "AdaptiveAvgPool2d", 0, 12),
    ),
    7,
    "fc",
    143,
)


def test_norms_and_single_parameters_belong_to_an_adjacent_block():
    assert blocks(TABLE) == [("token", "stem", "bn"), ("stages.0",), ("stages.1", "norm")]


def test_every_block_has_a_lower_rate_than_the_next_one():
    rates = leaf_rates(TABLE, EVERYTHING, TrainSpec(backbone_lr=1e-3, layer_decay=0.5))
    assert rates == {
        "token": 2.5e-4, "stem": 2.5e-4, "bn.weight": 2.5e-4, "stages.0.conv": 5e-4, "stages.1.conv": 1e-3,
        "stages.1.bn": 1e-3, "norm": 1e-3,
    }  # fmt: skip


def test_layer_decay_counts_blocks_from_the_last_thawed_one_including_frozen_ones():
    frozen = frozen_leaves(FreezePlan("all", thaw=("stem", "stages.0")), TABLE.layers)
    assert leaf_rates(TABLE, frozen, TrainSpec(backbone_lr=1e-3, layer_decay=0.1)) == pytest.approx(
        {"stem": 1e-4, "stages.0.conv": 1e-3}
    )
    frozen = frozen_leaves(FreezePlan("none", freeze=("stages.0", "token", "bn")), TABLE.layers)
    assert leaf_rates(TABLE, frozen, TrainSpec(backbone_lr=1.0, layer_decay=0.1)) == pytest.approx(
        {"stem": 0.01, "stages.1.conv": 1.0, "stages.1.bn": 1.0, "norm": 1.0}
    )


def test_a_rate_set_by_hand_applies_to_inner_layers_and_the_last_one_wins():
    train = TrainSpec(
        backbone_lr=1e-5, layer_rates=(LayerRate("stages", 1e-4), LayerRate("stages.1.bn", 0.5), LayerRate("stem", 2))
    )
    rates = leaf_rates(TABLE, frozenset({"stem"}), train)
    assert (rates["stages.0.conv"], rates["stages.1.bn"], rates["token"]) == (1e-4, 0.5, 1e-5)
    assert "stem" not in rates, "a rate does not thaw a layer"
    swapped = TrainSpec(layer_rates=train.layer_rates[1::-1])
    assert leaf_rates(TABLE, EVERYTHING, swapped)["stages.1.bn"] == 1e-4


def test_all_frozen_has_no_rates():
    everything = frozenset(layer.path for layer in TABLE.layers if layer.leaf)
    assert leaf_rates(TABLE, everything, TrainSpec(layer_decay=0.5)) == {}


def test_a_rate_for_an_unknown_layer_is_an_error_that_proposes_names():
    with pytest.raises(UserError, match=r"no layer called “stages.7”.*stages\.1"):
        leaf_rates(TABLE, EVERYTHING, TrainSpec(layer_rates=(LayerRate("stages.7", 1e-4),)))


def test_a_rate_of_a_block_replaces_those_below_and_an_empty_one_removes_it():
    train = with_rate(with_rate(TrainSpec(), "stages.0.conv", 1e-4), "stem", 1e-6)
    assert leaf_rates(TABLE, EVERYTHING, train)["stages.0.conv"] == 1e-4
    train = with_rate(train, "stages", 3e-4)
    assert train.layer_rates == (LayerRate("stem", 1e-6), LayerRate("stages", 3e-4))
    assert is_set(train, "stages.1.bn")
    assert not is_set(train, "norm")
    train = with_rate(with_rate(train, "stages.0", 5e-4), "stages.0", None)
    assert leaf_rates(TABLE, EVERYTHING, train)["stages.0.conv"] == 3e-4, "the block around it keeps its rate"
    assert with_rate(with_rate(train, "stages", None), "stem", None) == TrainSpec()
