"""Progress while a file takes long to read."""

from __future__ import annotations

from dataclasses import replace

from studio.events import Progress, Stage, Waiting
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState

BEGUN = reduce(job_started(AppState(), "train"), "train", Stage("extract", "Computing features"))


def test_a_short_wait_is_not_shown() -> None:
    assert reduce(BEGUN, "train", Waiting("/far/a.jpg", 2.9)) is BEGUN


def test_a_long_wait_is_updated_every_second_until_the_next_event() -> None:
    state, seconds = BEGUN, []
    for tenth in range(28, 52):
        before, state = state, reduce(state, "train", Waiting("/far/a.jpg", tenth / 10))
        if state is not before:
            seconds.append(tenth / 10)
    assert seconds == [3.0, 4.0, 5.0]
    assert state.jobs["train"].waiting == Waiting("/far/a.jpg", 5.0)
    other = reduce(state, "train", Waiting("/far/b.jpg", 3.0))
    assert other.jobs["train"].waiting == Waiting("/far/b.jpg", 3.0)
    for event in (Progress("extract", 1, 2), Stage("train", "Training")):
        assert reduce(state, "train", event).jobs["train"].waiting is None


def test_progress_is_kept_while_a_job_waits_for_a_file() -> None:
    state = reduce(BEGUN, "train", Progress("extract", 1, 2))
    job = reduce(state, "train", Waiting("/far/a.jpg", 3.0)).jobs["train"]
    assert job == replace(state.jobs["train"], waiting=Waiting("/far/a.jpg", 3.0))
