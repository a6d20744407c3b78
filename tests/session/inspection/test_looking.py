"""Why there are no weights of a run to look at."""

from __future__ import annotations

import pytest
import states
from folded_states import SPEC, finished

from studio.events import OutputDrift
from studio.session.inspection import looking
from studio.session.user_choices import spec_changed
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace


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
