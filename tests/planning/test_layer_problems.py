from __future__ import annotations

import dataclasses

import pytest

from studio.events import Layer, LayerTable
from studio.planning import layer_problems
from studio.spec import FreezePlan, UserError


def layer(path: str, order: int, output: tuple[int, ...] = (8, 7, 7), leaf: bool = True, **more) -> Layer:
    return Layer(path, "Conv2d" if leaf else "Block", path.count("."), leaf, (8, 7, 7), output, 10, order, **more)


TABLE = LayerTable(
    "tiny",
    (224, 224),
    (
        layer("stem", 0),
        layer("block", 4, leaf=False),
        layer("block.conv", 1),
        layer("block.norm", 2, statistics=True),
        layer("block.last", 3),
        layer("extra", 5),
    ),
    8,
    "fc",
    60,
)


def test_a_frozen_network_and_one_that_trains_from_a_layer_on_have_no_problem():
    assert layer_problems.find(TABLE, FreezePlan("all")) == ()
    assert layer_problems.find(TABLE, FreezePlan("none")) == ()
    assert layer_problems.find(TABLE, FreezePlan("all", until="block.norm")) == ()


def test_a_layer_frozen_after_a_training_one_is_named():
    (problem,) = layer_problems.find(TABLE, FreezePlan("none", freeze=("block",)))
    assert problem.paths == ("block.conv", "block.last"), "BatchNorm has a policy of its own"
    assert problem.text == "block.conv and block.last are frozen, although stem before them trains."
    (one,) = layer_problems.find(TABLE, FreezePlan("all", thaw=("block",)))
    assert one.text == "extra is frozen, although block.conv before it trains."


def test_many_layers_are_counted():
    rows = tuple(layer(f"conv{number}", number) for number in range(9))
    (problem,) = layer_problems.find(dataclasses.replace(TABLE, layers=rows), FreezePlan("all", thaw=("conv0",)))
    assert problem.text.startswith("conv1, conv2, conv3 and 5 more layers are frozen")


def test_a_layer_that_no_pass_uses_is_a_problem_only_where_it_should_train():
    table = dataclasses.replace(TABLE, unused=("extra",))
    assert layer_problems.find(table, FreezePlan("all", thaw=("block",))) == ()
    (problem,) = layer_problems.find(table, FreezePlan("none"))
    assert problem.paths == ("extra",)
    assert "no pass uses it" in problem.text


@pytest.mark.parametrize(
    ("output", "small"),
    [((8, 1, 1), True), ((1, 1, 8), True), ((8, 2, 2), False), ((2, 2, 8), False), ((197, 192), False)],
)
def test_maps_of_one_pixel_say_that_the_photos_are_too_small(output, small):
    rows = tuple(dataclasses.replace(row, output_shape=output) if row.path == "block" else row for row in TABLE.layers)
    problems = layer_problems.find(dataclasses.replace(TABLE, image_size=(16, 16), layers=rows), FreezePlan())
    assert len(problems) == small
    if small:
        assert problems[0].text == "Photos of 16 × 16 pixels become maps of 1 × 1 after block, too small for shapes."


def test_an_unknown_layer_is_refused():
    with pytest.raises(UserError, match="conv9"):
        layer_problems.find(TABLE, FreezePlan("all", thaw=("conv9",)))


def test_pixels_that_no_patch_covers_are_a_problem():
    table = dataclasses.replace(TABLE, backbone="vit_tiny_patch16_224", image_size=(230, 230))
    (problem,) = layer_problems.find(table, FreezePlan("all"))
    assert problem.text.startswith("The network does not see the last 6 pixels at the right and at the bottom")
    assert problem.advice == "224 and 240 fit."
    assert layer_problems.find(dataclasses.replace(table, image_size=(240, 240)), FreezePlan("all")) == ()
    assert layer_problems.find(dataclasses.replace(table, backbone="resnet18"), FreezePlan("all")) == ()


@pytest.mark.parametrize(
    ("unseen", "fitting", "pixels", "advice"),
    [(1, (224,), "the last pixel at", "224 fits."), (6, (224, 240), "the last 6 pixels at", "224 and 240 fit."),
     (6, (), "the last 6 pixels at", "")],
)  # fmt: skip
def test_the_table_of_an_own_network_says_which_pixels_it_does_not_see(unseen, fitting, pixels, advice):
    table = dataclasses.replace(TABLE, image_size=(230, 300), unseen=unseen, fitting=fitting)
    problem = layer_problems.edge(table)
    assert problem.text == f"The network does not see {pixels} the right and at the bottom of 300 × 230 pixels."
    assert (problem.paths, problem.advice) == ((), advice)
    assert layer_problems.find(table, FreezePlan("all")) == (problem,)
    assert layer_problems.edge_words(table) == f"{problem.text} {advice}".rstrip()
    without = dataclasses.replace(table, unseen=0)
    assert layer_problems.edge(without) is None
    assert layer_problems.edge_words(without) == ""


def test_maps_with_channels_last_and_maps_that_are_not_square():
    for output, words in (((1, 1, 8), "maps of 1 × 1"), ((8, 1, 1), "maps of 1 × 1"), ((1, 2, 8), ""), ((8, 1, 2), "")):
        small = dataclasses.replace(
            TABLE,
            layers=tuple(
                dataclasses.replace(one, output_shape=output) if not one.leaf else one for one in TABLE.layers
            ),
        )
        texts = [one.text for one in layer_problems.find(small, FreezePlan("all"))]
        assert any(words in text for text in texts) if words else not texts, (output, texts)


def test_a_frozen_layer_that_runs_with_the_first_trained_one_is_no_problem():
    training = layer_problems.find(TABLE, FreezePlan("none", freeze=("extra",)))
    assert [one.paths for one in training] == [("extra",)]
    same = dataclasses.replace(
        TABLE, layers=tuple(dataclasses.replace(one, order=0) if one.leaf else one for one in TABLE.layers)
    )
    assert layer_problems.find(same, FreezePlan("none", freeze=("extra",))) == (), "they run at once"


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "conv1 is frozen, although conv0 before it"), (2, "conv1 and conv2 are frozen, although conv0 before them"),
     (3, "conv1, conv2 and conv3 are frozen"), (4, "conv1, conv2, conv3 and 1 more layer are frozen"),
     (5, "conv1, conv2, conv3 and 2 more layers are frozen")],
)  # fmt: skip
def test_up_to_three_layers_are_named(number, words):
    rows = tuple(layer(f"conv{place}", place) for place in range(number + 1))
    (problem,) = layer_problems.find(dataclasses.replace(TABLE, layers=rows), FreezePlan("all", thaw=("conv0",)))
    assert problem.text.startswith(words)


@pytest.mark.parametrize("output", [(8, 1, 1), (1, 1, 8)])
def test_the_maps_that_are_too_small_are_those_of_the_named_layer(output):
    rows = tuple(dataclasses.replace(row, output_shape=output) if row.path == "block" else row for row in TABLE.layers)
    (problem,) = layer_problems.find(dataclasses.replace(TABLE, image_size=(16, 24), layers=rows), FreezePlan())
    assert problem.paths == ("block",)
    assert problem.text.startswith("Photos of 24 × 16 pixels become maps of 1 × 1 after block,")


@pytest.mark.parametrize(("first", "last"), [((8, 1, 1), (8, 4, 4)), ((8, 4, 4), (8, 1, 1))])
def test_the_last_maps_count(first, last):
    rows = (layer("one", 1, first, leaf=False), layer("one.conv", 0), layer("two", 3, last, leaf=False),
            layer("two.conv", 2))  # fmt: skip
    problems = layer_problems.find(dataclasses.replace(TABLE, layers=rows), FreezePlan())
    assert [problem.paths for problem in problems] == ([("two",)] if last == (8, 1, 1) else [])
