from __future__ import annotations

import pytest

from studio.events import Layer, LayerTable
from studio.planning import cut_candidates
from studio.spec import FreezePlan

Row = tuple[int, ...] | None


def layer(path: str, order: int, kind: str = "Conv2d", parameters: int = 10, row: Row = (4, 8, 8)) -> Layer:
    return Layer(path, kind, path.count("."), True, (3, 8, 8), (4, 8, 8), parameters, order, row)


def table(*layers: Layer) -> LayerTable:
    return LayerTable("tiny", (8, 8), layers, 16, "fc", sum(each.parameters for each in layers))


def paths(network: LayerTable, most: int = cut_candidates.MOST) -> list[str]:
    return [cut.layer for cut in cut_candidates.candidates(network, most)]


def test_there_is_a_cut_after_each_block_and_one_after_all_layers() -> None:
    first, second, last = cut_candidates.candidates(table(layer("a", 0), layer("b", 1, row=(2, 4, 4)), layer("c", 2)))
    assert (first.layer, first.plan, first.shape, first.trainable) == ("a", FreezePlan(until="a"), (4, 8, 8), 20)
    assert (second.layer, second.shape, second.trainable) == ("b", (2, 4, 4), 10)
    assert (last.layer, last.plan, last.shape, last.trainable) == ("features", FreezePlan(), (16,), 0)


def test_norms_activations_and_single_parameters_belong_to_the_block_before_them() -> None:
    network = table(
        layer("scale", 0, "Parameter"),
        layer("stem", 1),
        layer("norm", 2, "BatchNorm2d", 8),
        layer("act", 3, "ReLU", 0),
        layer("token", 4, "Parameter"),
        layer("block", 5),
        layer("pool", 6, "AvgPool2d", 0),
    )
    assert paths(network) == ["scale", "token", "features"]


def test_a_block_that_other_tensors_bypass_has_no_cut_or_one_at_an_earlier_layer() -> None:
    bypassed = table(layer("a", 0, row=None), layer("b", 1), layer("norm", 2, "LayerNorm", 4, None), layer("c", 3))
    assert paths(bypassed) == ["b", "features"]


def test_a_cut_after_which_nothing_can_be_trained_is_that_after_all_layers() -> None:
    early = layer("unused", 0)  # its block begins last, but it ran before the end of the other one
    block = Layer("late", "Block", 0, False, (), (), 10, 2)
    leaf = Layer("late.conv", "Conv2d", 1, True, (), (), 10, 0)
    assert paths(table(early, block, leaf)) == ["features"]


@pytest.mark.parametrize(("most", "expected"), [(9, "abcd"), (5, "abcd"), (3, "ac"), (2, "a")])
def test_of_many_cuts_some_are_taken_at_equal_distances_first_and_last_included(most: int, expected: str) -> None:
    network = table(*(layer(path, order) for order, path in enumerate("abcde")))
    assert paths(network, most) == [*expected, "features"]


@pytest.mark.parametrize(("number", "cuts"), [(11, 11), (12, 12), (13, 12), (40, 12)])
def test_twelve_cuts_are_compared_at_most(number: int, cuts: int) -> None:
    found = paths(table(*(layer(f"b{order}", order) for order in range(number))))
    assert len(found) == cuts
    assert (found[0], found[-1]) == ("b0", "features")


def test_the_smallest_weights_are_a_block_of_their_own() -> None:
    assert paths(table(layer("a", 0), layer("b", 1, parameters=1), layer("c", 2))) == ["a", "b", "features"]
    assert paths(table(layer("a", 0), layer("b", 1, parameters=0), layer("c", 2))) == ["b", "features"]
