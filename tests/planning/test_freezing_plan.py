from __future__ import annotations

import random

import pytest
from layer_tables import ROWS, TABLE, block, layer

from studio.events import Layer, LayerTable
from studio.planning.blocks import block_chain, last_block
from studio.planning.cuts import Cut, constant_leaves, cuts, ideal_cut, is_all_frozen
from studio.planning.freezing import (
    frozen_leaves,
    shortest,
    toggled,
    trainable,
    weighted_leaves,
    without_missing,
)
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace

LEAVES = frozenset(row.path for row in ROWS if row.leaf)


def frozen(**plan) -> frozenset[str]:
    return frozen_leaves(FreezePlan(**plan), ROWS)


def thawed_by(plan: FreezePlan, rows: tuple[Layer, ...]) -> set[str]:
    return {row.path for row in rows if row.leaf} - frozen_leaves(plan, rows)


def test_the_plan_all_freezes_all_leaves_and_none_no_leaf():
    assert frozen() == LEAVES
    assert frozen(base="none") == frozenset()


def test_until_freezes_up_to_and_including_that_layer():
    assert frozen(until="blocks.0") == {"stem", "blocks.0.conv", "blocks.0.bn"}
    assert frozen(until="blocks.0.conv", base="none") == {"stem", "blocks.0.conv"}
    assert frozen(until="pool") == LEAVES


def test_later_rules_win():
    assert frozen(thaw=("blocks",)) == {"stem", "norm", "pool"}
    assert frozen(until="blocks", thaw=("stem",)) == {
        row.path for row in ROWS if row.path.startswith("blocks.") and row.leaf
    }
    assert frozen(thaw=("blocks.1",), freeze=("blocks.1.conv",)) == LEAVES - {"blocks.1.drop", "blocks.1.act"}


def test_a_name_includes_layers_below_it_but_not_those_with_the_same_prefix():
    rows = (*ROWS, layer("blocks.10", "Conv2d", 1, 9), layer("norm2", "LayerNorm", 1, 10))
    assert "blocks.10" in frozen_leaves(FreezePlan(thaw=("blocks.1", "norm")), rows)
    assert "norm2" in frozen_leaves(FreezePlan(thaw=("blocks.1", "norm")), rows)


@pytest.mark.parametrize("plan", [{"until": "blokcs.1"}, {"thaw": ("blokcs.1",)}, {"freeze": ("stem", "blokcs.1")}])
def test_an_unknown_layer_proposes_the_nearest(plan):
    with pytest.raises(UserError, match=r"no layer called “blokcs.1”.*blocks.1"):
        frozen(**plan)


def test_at_most_three_layers_are_proposed():
    rows = tuple(layer(f"blocks.{number}", "Conv2d", 1, number) for number in range(5))
    with pytest.raises(UserError) as caught:
        frozen_leaves(FreezePlan(thaw=("blokcs.9",)), rows)
    assert caught.value.hint.count("blocks.") == 3


@pytest.mark.parametrize(
    ("name", "hint"),
    [("stm", "Did you mean stem?"), ("conv", "Did you mean blocks."), ("blocks.2.bn", "Did you mean blocks.0.bn"),
     ("sq", "“thaw layers BACKBONE” lists them.")],
)  # fmt: skip
def test_the_nearest_layer_is_proposed_first(name, hint):
    with pytest.raises(UserError) as refused:
        frozen(thaw=(name,))
    assert refused.value.hint.startswith(hint)


def test_a_layer_like_no_other_names_the_list():
    with pytest.raises(UserError, match="thaw layers"):
        frozen(thaw=("zzzz",))


def test_freezing_and_thawing_a_block_restores_the_former_plan():
    start = FreezePlan()
    thawed = toggled(start, TABLE, "blocks.1", freeze=False)
    assert thawed == FreezePlan(thaw=("blocks.1",))
    assert toggled(thawed, TABLE, "blocks.1", freeze=True) == start


def test_thawing_every_child_names_the_parent():
    plan = FreezePlan()
    for path in ("blocks.0.conv", "blocks.0.bn"):
        plan = toggled(plan, TABLE, path, freeze=False)
    assert plan == FreezePlan(thaw=("blocks.0",))


def test_the_shortest_plan_is_equivalent_for_any_choice_of_leaves():
    random.seed(1)
    for _ in range(200):
        chosen = {leaf for leaf in sorted(LEAVES) if random.random() < random.random()}
        assert frozen_leaves(shortest(TABLE, chosen), ROWS) == chosen


def test_the_shortest_plan_names_the_smaller_side():
    assert shortest(TABLE, LEAVES) == FreezePlan()
    assert shortest(TABLE, set()) == FreezePlan("none")
    assert shortest(TABLE, {"stem"}) == FreezePlan("none", freeze=("stem",))
    pair = LayerTable("toy", (8, 8), (layer("a", "Conv2d", 1, 0), layer("b", "Conv2d", 1, 1)), 7, "fc", 2)
    assert shortest(pair, {"a"}) == FreezePlan("all", thaw=("b",)), "of two equal halves the thawed one is named"


def test_parameters_that_train_are_those_of_thawed_leaves():
    assert trainable(FreezePlan(), TABLE) == 0
    assert trainable(FreezePlan("none"), TABLE) == 125
    assert trainable(FreezePlan(thaw=("blocks.1", "norm")), TABLE) == 75


@pytest.mark.parametrize("path", ["pool", "blocks.1.act"])
def test_thawing_layers_without_parameters_keeps_features_fixed(path):
    assert is_all_frozen(FreezePlan(thaw=(path,)), TABLE)


@pytest.mark.parametrize("path", ["stem", "blocks.0.bn", "blocks.1.drop"])
def test_thawing_weights_statistics_or_dropout_does_not(path):
    assert not is_all_frozen(FreezePlan(thaw=(path,)), TABLE)


@pytest.mark.parametrize("kind", ["DropPath", "StochasticDepth", "BatchNormAct2d", "SyncBatchNorm"])
def test_layers_with_randomness_or_statistics_are_recognized_by_any_name(kind):
    rows = (*ROWS, layer("last", kind, 0, 9))
    assert not is_all_frozen(FreezePlan(thaw=("last",)), LayerTable("toy", (32, 32), rows, 7, "fc", 135))


def test_the_last_block_is_thawed_with_the_layers_after_it():
    assert thawed_by(last_block(TABLE), ROWS) == {"blocks.1.conv", "blocks.1.drop", "blocks.1.act", "norm", "pool"}


def test_a_head_around_the_last_layer_is_no_block():
    rows = (*ROWS, block("head", 20, 11, "ClassifierHead"), layer("head.norm", "LayerNorm", 20, 10))
    table = LayerTable("toy", (32, 32), rows, 7, "head.fc", 155)
    assert thawed_by(last_block(table), rows) == thawed_by(last_block(TABLE), ROWS) | {"head.norm"}


def test_a_last_convolution_in_a_module_of_its_own_only_follows_the_last_block():
    rows = (
        block("blocks", 200, 3, "Sequential"),
        block("blocks.0", 200, 3),
        layer("blocks.0.wide", "Conv2d", 100, 1),
        layer("blocks.0.narrow", "Conv2d", 100, 2),
        block("final", 110, 6, "ConvNormAct"),
        layer("final.conv", "Conv2d", 100, 4),
        layer("final.bn", "BatchNorm2d", 10, 5),
    )
    table = LayerTable("toy", (32, 32), rows, 7, "fc", 310)
    assert thawed_by(last_block(table), rows) == {"blocks.0.wide", "blocks.0.narrow", "final.conv", "final.bn"}


def test_a_list_of_layers_that_is_never_called_is_cut_between_its_layers():
    rows = (
        block("parts", 30, 9, "ModuleList"),
        replace(layer("parts.0", "Conv2d", 10, 0), row=(2, 2)),
        replace(layer("parts.1", "Conv2d", 10, 1), row=(3, 3)),
        layer("parts.2", "Conv2d", 10, 2),
        layer("last", "Conv2d", 10, 3),
    )
    table = LayerTable("toy", (32, 32), rows, 7, "fc", 40)
    assert ideal_cut(table, frozenset({"parts.0", "parts.1"})) == "parts.1"
    assert [cut.layer for cut in cuts(table, frozenset({"parts.0", "parts.1"}))] == ["parts.1", "parts.0"]
    assert [cut.layer for cut in cuts(table, frozenset({"parts.0", "parts.1"}), limit=35)] == ["parts.0"]
    assert next(cuts(table, frozenset({"parts.0", "parts.1", "parts.2"}))).layer == "parts.1"
    assert ideal_cut(table, frozenset({"parts.1", "parts.2"})) is None


def test_the_ideal_cut_may_be_in_a_block_that_a_connection_skips():
    rows = (layer("stem", "Conv2d", 10, 0), layer("conv", "Conv2d", 10, 1))
    table = LayerTable("toy", (8, 8), rows, 7, "fc", 20)
    assert ideal_cut(table, frozenset({"stem"})) == "stem"
    assert list(cuts(table, frozenset({"stem"}))) == [], "no row to continue from"


def test_the_cut_is_before_the_first_thawed_weights_despite_thawed_pooling():
    rows = (
        replace(layer("stem", "Conv2d", 10, 0), row=(2, 2)),
        block("block", 10, 3),
        layer("block.pool", "MaxPool2d", 0, 1),
        layer("block.conv", "Conv2d", 10, 2),
    )
    assert ideal_cut(LayerTable("toy", (8, 8), rows, 7, "fc", 20), frozenset({"stem"})) == "stem"


def test_a_plain_chain_of_layers_thaws_its_last_with_parameters():
    rows = (layer("a", "Conv2d", 9, 0), layer("b", "Linear", 9, 1), layer("c", "ReLU", 0, 2))
    assert thawed_by(last_block(LayerTable("toy", (8, 8), rows, 7, "fc", 18)), rows) == {"b", "c"}
    assert thawed_by(last_block(LayerTable("toy", (8, 8), rows[1:], 7, "fc", 9)), rows[1:]) == {"b", "c"}


def test_a_network_without_parameters_has_nothing_to_thaw():
    assert last_block(LayerTable("toy", (8, 8), (layer("a", "ReLU", 0, 0),), 7, "fc", 0)) == FreezePlan()


def test_updated_statistics_prevent_fixed_features():
    assert constant_leaves(FreezePlan(), ROWS) == LEAVES
    assert constant_leaves(FreezePlan(batch_norm="update"), ROWS) == LEAVES - {"blocks.0.bn", "norm"}
    assert not is_all_frozen(FreezePlan(batch_norm="update"), TABLE)


def test_layers_are_counted_where_they_have_parameters_or_statistics():
    counting = replace(layer("counts", "BatchNorm2d", 0, 9), statistics=True)
    paths = {"stem", "blocks.0.conv", "blocks.0.bn", "blocks.1.conv", "norm", "counts"}
    assert weighted_leaves((*ROWS, counting)) == paths


def test_there_is_no_cut_inside_a_network_that_is_all_frozen():
    assert list(cuts(TABLE, LEAVES)) == []
    assert ideal_cut(TABLE, LEAVES) is None


def test_a_network_whose_first_layer_trains_has_no_cut():
    assert list(cuts(TABLE, LEAVES - {"stem"})) == []
    assert ideal_cut(TABLE, LEAVES - {"stem"}) is None


def test_the_cached_output_of_a_photo_may_be_as_large_as_the_limit():
    rows = (replace(layer("a", "Conv2d", 1, 0), row=(10, 10)), layer("b", "Conv2d", 1, 1))
    table = LayerTable("toy", (8, 8), rows, 7, "fc", 2)
    assert Cut("a", (10, 10)).row_bytes == 400
    assert [cut.layer for cut in cuts(table, frozenset({"a"}), limit=400)] == ["a"]
    assert list(cuts(table, frozenset({"a"}), limit=399)) == []


def test_a_network_is_cut_after_the_largest_fixed_pieces():
    rows = (
        replace(block("first", 10, 1), output_shape=(1, 4), row=(4,)),
        replace(layer("first.conv", "Conv2d", 10, 0), row=(9,)),
        layer("second", "Conv2d", 10, 2),
    )
    table = LayerTable("toy", (8, 8), rows, 7, "fc", 20)
    assert list(cuts(table, frozenset({"first.conv"}))) == [Cut("first", (4,))]


def test_a_block_is_cut_before_its_only_thawed_layer():
    rows = (
        replace(block("part", 30, 2), output_shape=(1, 4)),
        replace(layer("part.first", "Conv2d", 10, 0), row=(9,)),
        layer("part.second", "Conv2d", 20, 1),
    )
    table = LayerTable("toy", (8, 8), rows, 7, "fc", 30)
    assert list(cuts(table, frozenset({"part.first"}))) == [Cut("part.first", (9,))]


@pytest.mark.parametrize(("modules", "chain"), [(1, ["part"]), (2, ["part.skip0", "part.skip1", "part.conv"])])
def test_one_module_beside_a_bare_convolution_is_a_block_and_several_are_a_chain(modules, chain):
    skips = [
        row
        for number in range(modules)
        for row in (
            block(f"part.skip{number}", 5, 2 * number + 1, "Residual"),
            layer(f"part.skip{number}.conv", "Conv2d", 5, 2 * number),
        )
    ]
    rows = (block("part", 30, 9, "Sequential"), *skips, layer("part.conv", "Conv2d", 10, 8))
    assert [block.path for block in block_chain(LayerTable("toy", (8, 8), rows, 7, "fc", 30))] == chain


@pytest.mark.parametrize(
    ("plan", "left"),
    [
        (FreezePlan(thaw=("blocks.1", "norm", "pool")), FreezePlan(thaw=("blocks.1", "norm"))),
        (FreezePlan("none", freeze=("stem", "pool.q")), FreezePlan("none", freeze=("stem",))),
        (FreezePlan(until="pool", batch_norm="update"), FreezePlan("all", batch_norm="update")),
        (FreezePlan(until="stem", lora_rank=4, lora_after="pool"), FreezePlan(until="stem", lora_rank=4)),
        (FreezePlan(until="stem", thaw=("blocks",)), FreezePlan(until="stem", thaw=("blocks",))),
    ],
)
def test_a_plan_loses_layers_that_the_network_lacks_and_keeps_the_rest(plan, left):
    rows = [row for row in ROWS if row.path != "pool"]
    assert without_missing(plan, rows) == left
    frozen_leaves(left, rows)
