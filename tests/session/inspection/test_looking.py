"""Why there are no weights of a run to look at."""

from __future__ import annotations

import numpy as np
import pytest
import states
from folded_states import SPEC, finished

from studio.events import ClassHeatmap, LayerOutput, OutputDrift
from studio.session.inspection import looking
from studio.session.inspection.looking import LookChoice
from studio.session.user_choices import spec_changed
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace

PHOTO = "/photos/ants/0000.jpg"


def test_drift_is_shown_for_the_weights_that_are_looked_at():
    thawed = states.state(FreezePlan("none"))
    run = states.run(thawed.spec, thawed.dataset)
    shown = thawed.showing(run)
    drift = OutputDrift(run.id, "/photos/ants/0000.jpg", "after epoch 3", {"stem": 0.1}, 0.2)
    assert looking.drift_now(shown) is None
    assert looking.drift_now(replace(shown, output_drift=drift)) is not None
    assert looking.drift_now(replace(shown, output_drift=replace(drift, run="/runs/other"))) is None


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (SPEC.backbone, "trains only the head"),
        (BackboneSpec("resnet18"), "has another backbone"),
        (replace(SPEC.backbone, readout="average+maximum"), "another readout"),
        (replace(SPEC.backbone, crop="fit"), "trains only the head"),
    ],
)
def test_the_reason_names_what_differs_from_the_run_shown(chosen, words):
    state = spec_changed(finished(), replace(SPEC, backbone=chosen))
    assert words in looking.no_run_reason(state)


@pytest.mark.parametrize(
    ("shape", "places"),
    [
        ((8, 7, 7), True), ((8, 1, 1), False), ((8, 1, 2), True), ((8, 2, 1), True), ((8,), False), ((), False),
        ((4, 8), True), ((3, 8), False), ((8, 3), False), ((16, 4), True),
    ],
)  # fmt: skip
def test_outputs_with_positions_in_the_photo(shape, places):
    table = states.small_table()
    layers = tuple(replace(one, output_shape=shape) if one.path == "stem" else one for one in table.layers)
    assert looking.has_places(replace(table, layers=layers), "stem") == places
    assert not looking.has_places(table, "elsewhere")


def looked(weights="both"):
    thawed = states.state(FreezePlan("none"))
    run = states.run(thawed.spec, thawed.dataset)
    shown = LayerOutput(
        "stem", PHOTO, (1, 2, 2), np.zeros((1, 2, 2), np.float32), (0,), 0.1, run=run.id, weights="epoch 3"
    )
    state = replace(thawed.showing(run), output=replace(shown, start=shown))
    return state, looking.look(state, "stem", PHOTO, LookChoice(weights=weights)), run.id


def test_a_drift_is_computed_once_for_a_photo_and_its_weights():
    state, asked, run = looked()
    drift = OutputDrift(run, PHOTO, "epoch 3", {}, 0.1)
    assert asked is not None
    assert looking.drift_to_compute(state, asked)
    assert not looking.drift_to_compute(replace(state, output_drift=drift), asked)
    assert looking.drift_to_compute(replace(state, output_drift=replace(drift, path="/other.jpg")), asked)
    assert looking.drift_to_compute(replace(state, output_drift=replace(drift, weights="epoch 2")), asked)
    assert not looking.drift_to_compute(replace(state, output=None), asked), "nothing is shown yet"
    assert not looking.drift_to_compute(state, None)
    assert not looking.drift_to_compute(state, looking.look(state, "stem", PHOTO, LookChoice(weights="run")))


def test_a_heatmap_is_shown_for_its_photo_run_class_and_layer():
    state, _, run = looked()
    asked = looking.look(state, "stem", PHOTO, LookChoice("heatmap", class_name="ants"))
    heat = ClassHeatmap(PHOTO, "stem", "ants", 1, 0.5, np.ones((2, 2), np.float32), np.zeros((4, 4, 3), np.uint8), 0.1)
    shown = replace(heat, run=run, request=(asked.class_name, asked.layer))
    assert not looking.is_shown(state, asked)
    assert looking.is_shown(replace(state, heatmap=shown), asked)
    for other in ({"path": "/other.jpg"}, {"run": "/runs/other"}, {"request": ("bees", "stem")}):
        assert not looking.is_shown(replace(state, heatmap=replace(shown, **other)), asked)


def test_a_run_is_followed_while_it_trains():
    state, _, _ = looked()
    assert "has ended" in looking.no_training_reason(state)
    running = state.with_run(replace(state.run, status="running"))
    assert looking.no_training_reason(running) == ""
    assert "No run is shown" in looking.no_training_reason(states.state())
