"""The cost of augmentation in words."""

from __future__ import annotations

import pytest
import states

from studio.events import Layer
from studio.formatting.numbers import NARROW
from studio.session.plan import augment_summary
from studio.session.state import AppState
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, FreezePlan
from studio.spec.structs import replace

FLIP = (AugmentStep("flip", probability=0.5),)
CERTAIN = (AugmentStep("flip", probability=1.0),)


def state(augment: AugmentSpec, freeze: FreezePlan | None = None, run: bool = False) -> AppState:
    """The chosen augmentation; with a run of the same settings without it, whose 20 photos took 4 s."""
    plain = states.state(freeze)
    known = replace(plain, spec=replace(plain.spec, augment=augment))
    return known.showing(replace(states.run(plain.spec), extraction=timed())) if run else known


def timed():
    return replace(states.run().extraction, computed=20, seconds=4.0)


def line(known: AppState) -> str:
    return augment_summary.line(known).replace(NARROW, " ")


def test_without_steps_photos_are_used_as_they_are() -> None:
    assert line(state(AugmentSpec())).startswith("Training photos are not augmented.")
    assert line(state(AugmentSpec(views=2))).startswith("Training photos are not augmented.")


def test_fixed_views_cost_one_pass_each() -> None:
    text = line(state(AugmentSpec(FLIP, 3), run=True))
    assert "gets 3 augmented views" in text
    assert "That is 30 passes through the network, once: about 6 s (at the pace of the last run)." in text
    assert "Each epoch trains on 40 rows instead of 10." in text
    assert "estimated for a CPU" in line(state(AugmentSpec(FLIP, 1)))
    assert "gets 1 augmented view," in line(state(AugmentSpec(FLIP, 1)))
    nothing = replace(state(AugmentSpec(FLIP, 3)), dataset=None)
    assert line(nothing).endswith("the cut stays where it is.")


@pytest.mark.parametrize(("steps", "views", "said"), [(CERTAIN, 2, True), (CERTAIN, 1, False), (FLIP, 2, False)])
def test_equal_views_are_pointed_out(steps: tuple[AugmentStep, ...], views: int, said: bool) -> None:
    assert ("one fixed view is enough" in line(state(AugmentSpec(steps, views)))) == said


def test_random_augmentation_moves_the_cut_to_the_pixels() -> None:
    text = line(state(AugmentSpec(FLIP), run=True))
    assert "the cut moves from the features to the pixels. Each epoch passes 10 photos" in text
    assert text.endswith("about 2 s (at the pace of the last run), instead of 0.02 s.")
    nothing = replace(state(AugmentSpec(FLIP)), dataset=None)
    assert line(nothing).endswith("Each epoch passes every training photo through the whole network again.")


def test_the_former_cut_is_named() -> None:
    partly = FreezePlan(thaw=("layer2",))
    unknown = replace(state(AugmentSpec(FLIP), partly), layers=None, layers_for=None)
    assert "moves from the frozen layers to" in line(unknown)
    assert "from its first layer on" in line(state(AugmentSpec(FLIP), FreezePlan("none")))
    known = state(AugmentSpec(FLIP), partly)

    def split(layer: Layer) -> Layer:
        return replace(layer, row=layer.output_shape) if layer.path == "stem" else layer

    table = states.small_table()
    table = replace(table, layers=tuple(map(split, table.layers)))
    assert "moves from the output of stem to the pixels" in line(replace(known, layers=table))


def test_an_epoch_is_compared_only_with_a_run_on_the_same_photos_and_network() -> None:
    known = state(AugmentSpec(FLIP), run=True)
    other = replace(known, spec=replace(known.spec, dataset=replace(known.spec.dataset, seed=8)))
    assert "instead of" not in line(other)
    assert "instead of" not in line(known.showing(replace(known.run, epochs=())))
    changing = replace(known.run, started=replace(known.run.started, spec=known.spec))
    assert "instead of" not in line(known.showing(changing))


def test_the_cost_of_views_is_described_for_an_unknown_backbone() -> None:
    known = state(AugmentSpec(FLIP, 1))
    assert line(replace(known, spec=replace(known.spec, backbone=BackboneSpec("none such"))))
