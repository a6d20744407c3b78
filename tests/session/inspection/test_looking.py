"""Why there are no weights of a run to look at."""

from __future__ import annotations

import pytest
from folded_states import SPEC, finished

from studio.session.inspection import looking
from studio.session.user_choices import spec_changed
from studio.spec import BackboneSpec
from studio.spec.structs import replace


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
