"""Shapes, operations and times of the layers at the size that the user looks at, without a window."""

from __future__ import annotations

import pytest
import states

from studio.events import LayerTimes, MultiplyAdds, NetworkShapes
from studio.formatting.numbers import NARROW
from studio.session.plan import layer_sizes
from studio.session.plan.layer_sizes import LayerSizes
from studio.session.state import AppState
from studio.spec.structs import replace

TABLE = states.small_table()
LARGE = replace(TABLE, image_size=(64, 64))
MACS = MultiplyAdds(TABLE.backbone, (64, 64), {"stem": 5000}, 2_000_000)
SHAPES = NetworkShapes(TABLE.backbone, 64, LARGE, MACS)
TIMES = LayerTimes(TABLE.backbone, (64, 64), 1, 5, {"stem": 0.0023, "pool": 0.00005}, 0.0128)


def looking(**more: object) -> AppState:
    return replace(states.state(), **{"shapes": SHAPES, "layer_times": TIMES} | more)


def test_derived_shapes_are_shown_with_their_operations_and_times() -> None:
    shown = layer_sizes.sizes(looking(), TABLE, 4)
    assert (shown.table, shown.macs, shown.total_macs, shown.batch) == (LARGE, {"stem": 5000}, 2_000_000, 4)
    assert shown.times is TIMES


@pytest.mark.parametrize(
    "shapes",
    [
        None,
        replace(SHAPES, backbone="another"),
        replace(SHAPES, table=None),
        replace(SHAPES, operations=None),
        replace(SHAPES, table=replace(LARGE, layers=LARGE.layers[1:])),
    ],
)
def test_shapes_of_other_settings_are_not_used(shapes: NetworkShapes | None) -> None:
    shown = layer_sizes.sizes(looking(shapes=shapes), TABLE)
    assert (shown.table, shown.macs, shown.times) == (TABLE, None, None)


def test_the_time_of_a_layer_has_its_share_and_is_missing_where_unmeasured() -> None:
    shown = LayerSizes(LARGE, times=TIMES)
    assert shown.time_words("stem") == f"2.3{NARROW}ms, 18{NARROW}%"
    assert shown.time_words("pool") == f"0.050{NARROW}ms, 0.4{NARROW}%"
    assert shown.time_words("layer1") == LayerSizes(LARGE).time_words("stem") == "–"


def test_times_are_those_of_the_network_and_image_size() -> None:
    assert layer_sizes.times_now(looking(), LARGE) is TIMES
    assert layer_sizes.times_now(looking(), TABLE) is None
    assert layer_sizes.times_now(looking(layer_times=replace(TIMES, backbone="another")), LARGE) is None
    assert layer_sizes.times_now(looking(layer_times=None), LARGE) is None


def test_times_cannot_be_measured_during_a_run_or_at_another_size() -> None:
    state = looking()
    assert layer_sizes.cannot_measure(state, True) == ""
    assert layer_sizes.cannot_measure(state, False) == "Times are measured only at the image size of the settings."
    assert layer_sizes.cannot_measure(states.with_job(state, "train"), True).startswith("Training is in progress")
    assert layer_sizes.cannot_measure(states.with_job(state, "layer_times"), True) == "The layers are being measured."
    assert layer_sizes.cannot_measure(looking(layers=None), True) == "The backbone's layers are not loaded yet."


def test_the_problem_of_an_image_size_comes_first() -> None:
    bad = NetworkShapes(TABLE.backbone, 7, None, None, "Photos of 7 pixels are too small.", "Choose 32 or more.")
    problem, *rest = layer_sizes.problems(looking(shapes=bad), LayerSizes(TABLE))
    assert (problem.paths, problem.text, problem.advice) == ((), bad.problem, bad.advice)
    assert tuple(rest) == layer_sizes.problems(looking(), LayerSizes(TABLE))


def test_a_network_without_problems_is_summarized() -> None:
    words = layer_sizes.summary(looking(), layer_sizes.sizes(looking(), TABLE, 4))
    assert words == (f"Every layer runs on 4 photos of 64 × 64, 0.008{NARROW}GMACs; 2 outputs fit the 2 classes.")
    alone = layer_sizes.summary(looking(dataset=None), LayerSizes(TABLE))
    assert alone == "Every layer runs on 1 photo of 32 × 32."


def test_shares_from_a_tenth_on_have_no_decimals() -> None:
    def share(seconds: float) -> str:
        times = replace(TIMES, seconds={"stem": seconds}, total=1.0)
        return LayerSizes(LARGE, times=times).time_words("stem").rpartition(", ")[2]

    assert [share(0.1), share(0.099), share(0.101)] == [f"10{NARROW}%", f"9.9{NARROW}%", f"10{NARROW}%"]


def test_the_pixels_that_are_not_seen_are_those_at_the_chosen_size() -> None:
    state = looking()
    seen = replace(SHAPES, table=replace(LARGE, unseen=3, fitting=(61,)))
    chosen = replace(state, layers=None, spec=replace(state.spec, backbone=replace(state.spec.backbone, image_size=64)))
    assert "the last 3 pixels" in layer_sizes.edge_now(replace(chosen, shapes=seen))
    for other in (None, replace(seen, image_size=32), replace(seen, backbone="another"), replace(seen, table=None)):
        assert layer_sizes.edge_now(replace(chosen, shapes=other)) is None
    assert layer_sizes.edge_now(replace(chosen, shapes=SHAPES)) == ""


@pytest.mark.parametrize(
    ("classes", "words"),
    [(1, "; 1 output fits the 1 class."), (2, "; 2 outputs fit the 2 classes."),
     (3, "; 3 outputs fit the 3 classes.")],
)  # fmt: skip
def test_the_head_has_an_output_for_each_class(classes: int, words: str) -> None:
    data = states.dataset(classes=("ants", "bees", "cats")[:classes])
    state = replace(looking(), dataset=data)
    assert layer_sizes.summary(state, layer_sizes.sizes(state, TABLE, 1)).endswith(words)
