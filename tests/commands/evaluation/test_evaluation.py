"""The jobs that judge runs can be stopped."""

from __future__ import annotations

import pytest

from studio.commands.evaluation import comparison_parts
from studio.evaluate.documents import comparison
from studio.events import Progress
from studio.jobs.protocol import Interrupted


def test_a_comparison_ends_after_the_step_in_which_it_is_stopped() -> None:
    asked, made = [], []

    def steps() -> comparison.Steps:
        for number in range(100):
            made.append(number)
            yield 60
        raise AssertionError

    def stop() -> bool:
        asked.append(True)
        return len(asked) == 3

    job = comparison_parts.in_steps(steps(), stop)
    first = next(job)
    assert isinstance(first, Progress)
    assert (first.done, first.total) == (60, comparison.SAMPLES)
    with pytest.raises(Interrupted):
        list(job)
    assert made == [0, 1, 2]
