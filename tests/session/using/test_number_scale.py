"""A predicted number on the scale of its run."""

from __future__ import annotations

import number_states
import numpy as np

from studio.session.using import number_scale
from studio.spec.structs import replace


def test_the_interval_covers_95_percent_of_the_validation_photos() -> None:
    run = number_states.state(number_states.dataset()).run
    assert run is not None
    assert run.numbers is not None
    scale = number_scale.scale(5.0, run)
    truth = np.array([run.dataset.photos[place].target for place in run.numbers.photos])
    errors = np.abs(run.numbers.numbers - truth)
    assert scale.photos == len(errors) == 20
    assert scale.error is not None
    assert scale.error == errors.max(), "of 20 errors, which would be below 95 % of new ones without the largest"
    assert scale.low <= 5.0 <= scale.high
    assert "95 % of 20 validation photos" in number_scale.words(scale, "kg")


def test_an_interval_needs_twenty_errors_and_a_report_gives_the_ends() -> None:
    run = number_states.state(number_states.dataset()).run
    numbers = run.numbers
    few = number_scale.scale(
        5.0, replace(run, numbers=replace(numbers, photos=numbers.photos[:19], numbers=numbers.numbers[:19]))
    )
    assert (few.error, few.photos) == (None, 19)
    assert "too few" in number_scale.words(few, "kg")
    none = number_scale.scale(5.0, replace(run, numbers=None))
    assert (none.error, none.photos, none.low) == (None, 0, min(run.report.lowest, 5.0))
    assert none.high == max(run.report.highest, 5.0)
    broken = replace(numbers, numbers=np.where(np.arange(20) == 3, np.nan, numbers.numbers))
    assert number_scale.scale(5.0, replace(run, numbers=broken)).photos == 19
    assert number_scale.scale(float("nan"), run).low == run.report.lowest
