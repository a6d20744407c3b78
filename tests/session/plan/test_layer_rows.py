"""The layers as a tree, and sums over it."""

from __future__ import annotations

import states

from studio.events import Layer, LayerChange, LayerTable
from studio.session.plan.layer_rows import CutMarker, LayerRows

ROWS = LayerRows(states.small_table())


def of(values: object, path: str) -> object:
    return values[ROWS.numbers[path]]  # type: ignore[index]


def table(*rows: tuple[str, str, bool]) -> LayerTable:
    layers = tuple(
        Layer(path, kind, path.count("."), leaf, (), (2,), int(leaf), order)
        for order, (path, kind, leaf) in enumerate(rows)
    )
    return LayerTable("toy", (8, 8), layers, 2, "fc", 9)


def test_parents_children_and_positions_of_rows() -> None:
    assert [ROWS.layers[row].path for row in ROWS.top] == ["stem", "layer1", "layer2", "pool"]
    assert of(ROWS.parents, "stem") == -1
    assert of(ROWS.parents, "layer1.0.bn") == ROWS.numbers["layer1.0"]
    assert [ROWS.layers[row].path for row in of(ROWS.children, "layer2")] == ["layer2.0", "layer2.1"]
    assert [of(ROWS.places, path) for path in ("stem", "layer2", "layer2.1", "layer2.1.bn")] == [0, 2, 1, 1]


def test_leaves_are_counted_below_each_row() -> None:
    assert [of(ROWS.leaves, path) for path in ("stem", "layer1", "layer1.0", "pool")] == [1, 4, 2, 1]
    assert [of(ROWS.weighted, path) for path in ("stem", "layer1", "pool")] == [1, 4, 0]
    dropping = LayerRows(table(("a", "Sequential", False), ("a.0", "Linear", True), ("a.1", "ReLU", True)))
    assert (dropping.acting, dropping.weighted) == ([2, 1, 1], [2, 1, 1])
    held = states.small_table().layers
    assert ROWS.acting[ROWS.numbers["layer1"]] == 4
    assert len(held) == len(ROWS.acting)


def test_frozen_leaves_and_trainable_parameters_below_each_row() -> None:
    sums = ROWS.sums({"stem", "layer1.0.conv", "layer1.0.bn", "layer1.1.conv", "pool"})
    assert [of(sums.frozen, path) for path in ("stem", "layer1", "layer1.0", "layer2", "pool")] == [1, 3, 2, 0, 1]
    assert [of(sums.trainable, path) for path in ("stem", "layer1", "layer1.1.bn")] == [0, 8, 8]
    assert of(sums.trainable, "layer2") == 800 + 1600


def test_lowest_and_highest_rate_below_each_row() -> None:
    spans = ROWS.spans({"layer2.0.conv": 1e-4, "layer2.1.conv": 1e-3, "unknown": 1.0})
    assert of(spans, "layer2") == (1e-4, 1e-3)
    assert of(spans, "layer2.1") == of(spans, "layer2.1.conv") == (1e-3, 1e-3)
    assert of(spans, "layer1") is None
    assert of(ROWS.spans({"stem": 2.0}), "stem") == (2.0, 2.0)
    three = {"layer2.0.conv": 1e-4, "layer2.0.bn": 1e-3, "layer2.1.conv": 1e-2}
    assert of(ROWS.spans(three), "layer2") == of(ROWS.spans(dict(reversed(three.items()))), "layer2") == (1e-4, 1e-2)


def test_the_change_of_a_block_is_that_of_all_leaves_below() -> None:
    moved = [LayerChange(path, False, False, 0.1) for path in ("stem", "layer1.0.bn", "layer1.1.bn", "unknown")]
    changes = ROWS.changes(moved)
    assert of(changes, "layer1") == (moved[1], moved[2])
    assert of(changes, "stem") == (moved[0],)
    assert of(changes, "layer2") == ()


def test_the_line_of_the_cut_is_after_its_layer_at_the_top_or_at_the_end() -> None:
    assert ROWS.place_of(CutMarker(after="layer1")) == (-1, 2)
    assert ROWS.place_of(CutMarker(after="layer1.1.conv")) == (ROWS.numbers["layer1.1"], 1)
    assert ROWS.place_of(CutMarker(at_top=True)) == (-1, 0)
    assert ROWS.place_of(CutMarker()) == (-1, 4)
    assert ROWS.place_of(CutMarker(after="unknown", at_top=True)) == (-1, 0)


def test_containers_are_expanded_while_the_tree_stays_short() -> None:
    assert [ROWS.layers[row].path for row in ROWS.opened_at_first()] == ["layer1", "layer2"]
    wrapped = LayerRows(table(("net", "Net", False), ("net.a", "Block", False), ("net.a.conv", "Conv2d", True)))
    assert wrapped.opened_at_first() == [0, 1]

    def blocks(number: int) -> LayerRows:
        inner = [(f"a.{place}", "Sequential", False) for place in range(2)]
        leaves = [(f"a.{place}.{leaf}", "Conv2d", True) for place in range(2) for leaf in range(number // 2)]
        return LayerRows(table(("a", "Sequential", False), ("b", "Conv2d", True), *inner, *leaves))

    assert len(blocks(20).opened_at_first()) == 3, "24 rows are shown: 2, 2 and 20"
    assert len(blocks(22).opened_at_first()) == 1


def test_a_container_of_equal_blocks_has_their_type() -> None:
    assert ROWS.type_of(ROWS.numbers["layer1"]) == "BasicBlock ×2"
    assert ROWS.type_of(ROWS.numbers["layer1.0"]) == "BasicBlock"
    mixed = LayerRows(table(("a", "Sequential", False), ("a.0", "Conv2d", True), ("a.1", "ReLU", True)))
    assert mixed.type_of(0) == "Sequential"


def test_memory_of_an_output() -> None:
    assert ROWS.memory(ROWS.numbers["stem"]) == 4 * 4 * 16 * 16
    assert ROWS.memory(ROWS.numbers["pool"]) == 4 * 8
    bare = LayerTable(
        "t",
        (8, 8),
        (Layer("p", "Parameter", 0, True, (), (5,), 5, 0), Layer("q", "X", 0, True, (), (), 0, 1)),
        1,
        "f",
        5,
    )
    assert [LayerRows(bare).memory(row) for row in (0, 1)] == [0, 0]
