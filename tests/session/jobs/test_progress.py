"""States that differ in progress alone: `studio.session.jobs.progress`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from studio.events import Progress, RunStarted, Stage, Step
from studio.session.jobs.progress import is_only_progress
from studio.session.state import AppState, JobState, RunState
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace


def _state(shown: RunState | None = None, **job: Any) -> AppState:
    return AppState(
        runs=MappingProxyType({shown.id: shown} if shown is not None else {}),
        shown=shown.id if shown is not None else None,
        jobs=MappingProxyType({"train": JobState("train", **job)}),
    )


def test_progress_of_a_job() -> None:
    before = _state(stage=Stage("train", "Training"), progress=Progress("train", 1, 9))
    after = replace(before, jobs=_state(stage=Stage("train", "Training"), progress=Progress("train", 2, 9)).jobs)
    assert is_only_progress(before, before)
    assert is_only_progress(before, after)


@pytest.mark.parametrize("other", [{"stopping": True}, {"stage": Stage("cut", "Cutting")}, {"run": "a"}])
def test_anything_else_of_a_job(other: dict[str, Any]) -> None:
    before = _state()
    assert not is_only_progress(before, replace(before, jobs=_state(**other).jobs))


def test_another_job() -> None:
    before = _state()
    assert not is_only_progress(before, replace(before, jobs=MappingProxyType({})))
    assert not is_only_progress(before, replace(before, engine_ready=True))


def test_steps_of_a_run() -> None:
    run = RunState(RunStarted("run", RunSpec(DatasetSpec("photos")), "cpu", "features", (8,), 1, 1, ()))
    before = _state(run)
    stepped = replace(run, steps=(Step(0.5, 0.7),))
    assert is_only_progress(before, before.with_run(stepped))
    assert not is_only_progress(before, before.with_run(replace(stepped, status="done")))
    assert not is_only_progress(before, replace(before, runs=MappingProxyType({})))
