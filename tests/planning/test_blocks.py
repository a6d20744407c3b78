"""The last block of a network: which of its modules count as blocks."""

from __future__ import annotations

import pytest
from layer_tables import block, layer

from studio.events import Layer, LayerTable
from studio.planning.blocks import last_block
from studio.planning.freezing import frozen_leaves


def module(name: str, order: int, *parameters: int, kind: str = "Conv2d", second: str = "") -> list[Layer]:
    """A block of convolutions, or of a layer of a `kind`, followed by one of a `second` kind."""
    kinds = [kind] * (len(parameters) - bool(second)) + [second] * bool(second)
    leaves = [
        layer(f"{name}.{place}", each, number, order + place)
        for place, (each, number) in enumerate(zip(kinds, parameters, strict=True))
    ]
    return [block(name, sum(parameters), order + len(leaves)), *leaves]


def last(*modules: list[Layer], total: int = 0) -> str:
    """The module or layer from which on a plan that thaws the last block trains."""
    rows = tuple(row for each in modules for row in each)
    leaves = [row for row in rows if row.leaf]
    table = LayerTable("toy", (8, 8), rows, 7, "fc", total or sum(row.parameters for row in leaves))
    frozen = frozen_leaves(last_block(table), rows)
    thawed = sorted((row.order, row.path) for row in leaves if row.path not in frozen)
    return thawed[0][1].partition(".")[0]


@pytest.mark.parametrize(("parameters", "start"), [(9, "first"), (10, "first"), (11, "last"), (12, "last")])
def test_a_block_has_more_than_a_hundredth_of_the_parameters(parameters: int, start: str) -> None:
    # Neither has several weights, so that only their sizes decide.
    assert last(module("first", 0, 500), module("last", 10, parameters), total=1000) == start


@pytest.mark.parametrize(("sizes", "start"), [((50, 49), "first"), ((50, 50), "first"), ((50, 51), "last")])
def test_a_block_has_more_than_a_fifth_of_the_largest(sizes: tuple[int, int], start: str) -> None:
    assert last(module("first", 0, 250, 250), module("last", 10, *sizes)) == start


def test_the_largest_is_that_of_all_blocks() -> None:
    assert last(module("first", 0, 50, 50), module("second", 10, 500, 500), module("third", 20, 20, 20)) == "second"
    assert last(module("first", 0, 500, 500), module("second", 10, 50, 50), module("third", 20, 20, 20)) == "first"


@pytest.mark.parametrize(
    ("kind", "start"), [("Conv2d", "last"), ("BatchNorm2d", "first"), ("LayerScale", "first"), ("Parameter", "first")]
)
def test_a_block_has_several_layers_with_weights(kind: str, start: str) -> None:
    """A norm, a scale and a separate parameter are not counted."""
    assert last(module("first", 0, 100, 100), module("last", 10, 100, 50, second=kind)) == start


def test_the_smallest_weights_count_and_layers_without_any_do_not() -> None:
    assert last(module("first", 0, 30, 1), module("last", 10, 30, 1)) == "last"
    assert last(module("first", 0, 30, 1), module("last", 10, 30, 0, second="ReLU")) == "first"
    assert last(module("first", 0, 30, 1), module("last", 10, 30, 0)) == "first"


def test_modules_of_one_layer_each_count_where_there_are_no_others() -> None:
    assert last(module("first", 0, 30), module("second", 10, 30), [layer("end", "ReLU", 0, 20)]) == "second"


def test_of_a_plain_chain_the_last_layer_with_parameters_trains() -> None:
    chain = [layer("a", "Conv2d", 9, 0), layer("b", "Conv2d", 9, 1), layer("c", "Conv2d", 9, 2)]
    assert last(chain, [layer("d", "ReLU", 0, 3)]) == "c"
