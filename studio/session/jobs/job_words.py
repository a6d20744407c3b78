"""A job in words: its title, its progress and its remaining time."""

from __future__ import annotations

from pathlib import Path

from studio.events import Progress
from studio.formatting.language import tr, translated
from studio.formatting.numbers import exact, rate, seconds
from studio.formatting.typography import one_line
from studio.session.jobs import job_kinds
from studio.session.state import JobState

STOP_KEY = "Shift+F5"
"""Shortcut that stops the training, or else the other running jobs; F5 trains."""


def title_of(job: JobState) -> str:
    """The current activity of a job, in words."""
    if job.stopping:
        return tr("Stopping…")
    return translated(job.stage.title if job.stage is not None else job_kinds.title_of(job.name))


def figures_of(job: JobState) -> str:
    """The progress of a job: "120 of 397 photos · 96 photos/s · 3 s left"; "" before its first report."""
    far = job.progress
    if job.waiting is not None and not job.stopping:
        file = one_line(Path(job.waiting.path).name)
        return tr("still reading {file} ({time})").format(file=file, time=seconds(job.waiting.seconds))
    if far is None or job.stopping:
        return ""
    parts = [_position(far)]
    if far.detail and far.rate < 1:  # with several epochs per second, the batch would only flicker
        parts.append(far.detail)
    if far.rate > 0:
        parts.append(rate(far.rate, far.unit))
    if far.seconds_left is not None:
        left = far.seconds_left
        parts.append(tr("{time} left").format(time=seconds(max(1, round(left)))) if left >= 0.5 else tr("nearly done"))
    return " · ".join(parts)


def _position(far: Progress) -> str:
    """The amount done: "120 of 397 photos", "12.5 of 46.8 MB", "epoch 3 of 15"."""
    if far.unit == "epochs" and far.total and far.done < far.total:
        return tr("epoch {number} of {total}").format(number=int(far.done) + 1, total=exact(far.total))
    done, total = (f"{one:.1f}" if far.unit == "MB" else exact(one) for one in (far.done, far.total))
    unit = _units().get(far.unit, far.unit)
    return tr("{done} of {total} {unit}").format(done=done, total=total, unit=unit) if far.total else f"{done} {unit}"


def _units() -> dict[str, str]:
    """The units of most jobs in words."""
    return {"photos": tr("photos"), "epochs": tr("epochs"), "files": tr("files"), "passes": tr("passes")}


def progress_line(job: JobState) -> str:
    """The job in one line: "Computing features · 120 of 397 photos · 96 photos/s · 3 s left"."""
    return " · ".join(filter(None, (title_of(job), figures_of(job))))
