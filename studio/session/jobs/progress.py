"""Recognizes states that differ only in the progress of jobs: most states of a long job do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from studio.session.state import AppState, JobState, RunState
from studio.spec.structs import replace


def is_only_progress(before: AppState, after: AppState) -> bool:
    """True where two states differ at most in the progress of jobs and in the steps of an epoch of runs.

    Fields are compared by identity, because comparing those of 50,000 photos would take longer than drawing them: a
    field that was replaced by an equal one counts as changed.
    """
    others = (field.name for field in fields(AppState) if field.name not in ("jobs", "runs"))
    same = all(getattr(before, name) is getattr(after, name) for name in others)
    return same and _same_jobs(before.jobs, after.jobs) and _same_runs(before.runs, after.runs)


def _same_jobs(before: Mapping[str, JobState], after: Mapping[str, JobState]) -> bool:
    return before.keys() == after.keys() and all(
        replace(job, progress=None) == replace(after[name], progress=None) for name, job in before.items()
    )


def _same_runs(before: Mapping[str, RunState], after: Mapping[str, RunState]) -> bool:
    return before.keys() == after.keys() and all(_same_run(run, after[name]) for name, run in before.items())


def _same_run(before: RunState, after: RunState) -> bool:
    return before is after or all(
        getattr(before, field.name) is getattr(after, field.name) for field in fields(RunState) if field.name != "steps"
    )
