"""The freeze bar's view of a network: its blocks, its edge and its figures."""

from __future__ import annotations

import states

from studio.formatting import language, numbers
from studio.planning import freezing
from studio.session.plan import freeze_bar
from studio.session.plan.freeze_bar import Bar, Measure
from studio.session.plan.layer_rows import NewHead
from studio.session.plan.layer_sizes import LayerSizes
from studio.spec import FreezePlan
from studio.spec.structs import replace

TABLE = states.small_table()
HEAD = NewHead(outputs=2, parameters=18, macs=16)


def bar(plan: FreezePlan, measure: Measure = "parameters") -> Bar:
    sizes = LayerSizes(TABLE, {"stem": 5000, "layer1.0": 100}, 5100, 2)
    return freeze_bar.bar(sizes, freezing.frozen_leaves(plan, TABLE.layers), HEAD, measure)


def test_each_position_of_the_edge_corresponds_to_a_plan() -> None:
    found = bar(FreezePlan("all"))
    assert [piece.path for piece in found.pieces] == ["stem", "layer1.0", "layer1.1", "layer2.0", "layer2.1", "fc"]
    assert found.places == tuple(range(found.last + 1))
    for place in found.places:
        again = bar(freeze_bar.plan_at(TABLE, place))
        assert (again.edge, again.regular) == (place, True)
        assert [piece.state for piece in again.pieces] == ["frozen"] * place + ["trains"] * (6 - place)


def test_the_edge_has_no_position_between_blocks_that_end_together() -> None:
    orders = {"layer1.0": 4, "layer1.0.conv": 4, "layer1.0.bn": 4, "layer1.1.conv": 4, "layer1.1.bn": 4, "layer1.1": 4}
    layers = tuple(replace(layer, order=orders.get(layer.path, layer.order)) for layer in TABLE.layers)
    found = freeze_bar.bar(LayerSizes(replace(TABLE, layers=layers)), (), HEAD, "parameters")
    assert [piece.path for piece in found.pieces][1:3] == ["layer1.0", "layer1.1"]
    assert found.places == (0, 1, 3, 4, 5)


def test_plans_without_an_edge_are_drawn_block_by_block() -> None:
    found = bar(FreezePlan("none", freeze=("stem", "layer1.1.conv", "layer2.1")))
    assert [piece.state for piece in found.pieces] == ["frozen", "trains", "part", "trains", "frozen", "trains"]
    assert (found.edge, found.regular) == (1, False)
    assert found.where == "1 of 5 blocks frozen, up to stem; below it some layers are frozen, too"
    assert bar(FreezePlan("none")).where == "no block from the input on is frozen"
    assert bar(FreezePlan("all")).where == "the whole backbone is frozen"
    assert (found.index_of("layer1.1.bn"), found.index_of("layer1"), found.index_of("")) == (2, -1, -1)


def test_the_heights_show_the_chosen_measure() -> None:
    assert bar(FreezePlan(), "parameters").pieces[1].tip == "layer1.0 · 400 parameters · frozen"
    assert [piece.size for piece in bar(FreezePlan(), "macs").pieces] == [10_000, 200, 0, 0, 0, 16]
    memory = bar(FreezePlan("none"), "memory").pieces[0]
    assert memory.size == 2 * 4 * 4 * 16 * 16
    assert memory.tip == f"stem · {numbers.megabytes(memory.size)} · trains"


def test_figures_are_those_of_the_plan_and_unknown_ones_are_left_out() -> None:
    state = states.state(FreezePlan("all", until="layer1.1"))
    found = freeze_bar.figures(replace(state, dataset=None), TABLE)
    assert (found.cache, found.epoch) == ("", "")
    words = freeze_bar.figures(state, TABLE)
    assert words.trainable == f"{freeze_bar.trainable_words(state, TABLE)} trainable"
    assert words.trainable.startswith("2,418 of 3.7\u202fK")
    assert words.cache.endswith("for 20 photos")


def test_few_trained_parameters_are_exact_and_small_shares_have_two_digits() -> None:
    state = states.state(FreezePlan("none"))
    for parameters, words in ((99_981, "99,999 of"), (99_982, "100 K of"), (99_983, "100 K of")):
        layers = tuple(replace(one, parameters=parameters if one.path == "stem" else 0) for one in TABLE.layers)
        table = replace(TABLE, layers=layers, parameters=parameters)
        assert freeze_bar.trainable_words(state, table).replace(numbers.NARROW, " ").startswith(words)
    head = states.state(FreezePlan("all"))
    for total, words in ((1_782, "(1.0 %)"), (1_783, "(1.00 %)"), (3_582, "(0.50 %)")):
        said = freeze_bar.trainable_words(head, replace(TABLE, parameters=total)).replace(numbers.NARROW, " ")
        assert said.startswith("18 of ")
        assert said.endswith(words)


def test_frozen_and_trained_parameters_are_counted() -> None:
    found = bar(FreezePlan("all", until="layer1.1"))
    layers = {layer.path: layer.parameters for layer in TABLE.layers if layer.leaf}
    still = sum(size for path, size in layers.items() if path.startswith(("stem", "layer1")))
    moving = sum(size for path, size in layers.items() if path.startswith("layer2"))
    assert (found.frozen, found.trains) == (numbers.count(still), numbers.count(moving + 18))
    both = freeze_bar.bar(LayerSizes(TABLE), (), HEAD, "parameters", {"stem": 500})
    assert both.trains == numbers.count(still + moving + 18 + 500)


def test_figures_of_an_open_folder() -> None:
    words = freeze_bar.figures(states.state(FreezePlan("all", until="layer1.1")), TABLE)
    assert words.lines[-1][0].startswith("memory about ")


def test_the_first_blocks_are_frozen_up_to_the_edge() -> None:
    paths = [piece.path for piece in bar(FreezePlan("all")).pieces[:-1]]
    every = [freeze_bar.plan_at(TABLE, place) for place in range(-1, len(paths) + 2)]
    until = [FreezePlan("all", until=path) for path in paths[:-1]]
    assert every == [FreezePlan("none"), FreezePlan("none"), *until, FreezePlan("all"), FreezePlan("all")]


def test_adapters_are_drawn_in_frozen_blocks_and_train() -> None:
    def drawn(plan: FreezePlan, **adapters: int) -> Bar:
        frozen, paths = freezing.frozen_leaves(plan, TABLE.layers), {"a": "stem", "b": "layer1.1.conv"}
        of = {paths[name]: number for name, number in adapters.items()}
        return freeze_bar.bar(LayerSizes(TABLE), frozen, HEAD, "parameters", of)

    plain, some = drawn(FreezePlan("all")), drawn(FreezePlan("all"), a=40, b=60)
    assert [piece.state for piece in plain.pieces] == ["frozen"] * 5 + ["trains"]
    assert [piece.state for piece in some.pieces] == ["adapted", "frozen", "adapted", "frozen", "frozen", "trains"]
    assert (plain.trains, some.trains) == ("18", "118"), "the head's and theirs"
    assert plain.frozen == some.frozen
    thawed = drawn(FreezePlan("none", freeze=("layer1.1.bn",)), b=60)
    assert [piece.state for piece in thawed.pieces] == ["trains", "trains", "part", "trains", "trains", "trains"]


def test_a_bar_without_layers_has_one_position_of_the_edge() -> None:
    assert (Bar().last, bar(FreezePlan()).last) == (0, 5)


def test_the_share_that_trains_is_in_the_language_of_the_window() -> None:
    language.choose("de")
    try:
        assert freeze_bar.trainable_words(states.state(FreezePlan("all")), TABLE).startswith("18 von ")
    finally:
        language.choose("en")
