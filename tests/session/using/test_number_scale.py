"""A predicted number on the scale of its run."""

from __future__ import annotations

import number_states
import numpy as np

from studio.session.using import number_scale


def test_the_interval_is_kept_by_the_validation_photos() -> None:
    run = number_states.state(number_states.dataset()).run
    assert run is not None
    assert run.numbers is not None
    scale = number_scale.scale(5.0, run)
    truth = np.array([run.dataset.photos[place].target for place in run.numbers.photos])
    errors = np.abs(run.numbers.numbers - truth)
    assert scale.photos == len(errors) == 20
    assert scale.error is not None
    assert (errors <= scale.error).mean() >= 0.95
    assert scale.low <= 5.0 <= scale.high
    assert "95 % of 20 validation photos" in number_scale.words(scale, "kg")
