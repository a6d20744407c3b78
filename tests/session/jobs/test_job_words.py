"""A job in one line."""

from __future__ import annotations

import pytest

from studio.events import Progress, Stage, Waiting
from studio.formatting.numbers import NARROW
from studio.session.jobs.job_words import figures_of, progress_line, title_of
from studio.session.state import JobState

STAGE = Stage("extract", "Computing features")


def figures(job: JobState) -> str:
    return figures_of(job).replace(NARROW, " ")


def test_a_job_is_named_by_its_stage_or_by_its_kind() -> None:
    assert title_of(JobState("train")) == "Training"
    assert title_of(JobState("ignore_warning of")) == "ignore_warning of"
    assert title_of(JobState("train", STAGE)) == "Computing features"
    assert title_of(JobState("train", STAGE, stopping=True)) == "Stopping…"


def test_there_are_no_figures_before_the_first_progress() -> None:
    assert figures(JobState("train", STAGE)) == ""
    assert progress_line(JobState("train", STAGE)) == "Computing features"


@pytest.mark.parametrize(
    ("far", "text"),
    [
        (Progress("extract", 120, 2397), "120 of 2,397 photos"),
        (Progress("extract", 120, 0), "120 photos"),
        (Progress("extract", 120, 397, rate=96.2), "120 of 397 photos · 96 photos/s"),
        (Progress("extract", 9, 10, rate=0.5, detail="layer 3 of 8"), "9 of 10 photos · layer 3 of 8 · 2 s/photo"),
        (Progress("extract", 9, 10, rate=1.0, detail="layer 3 of 8"), "9 of 10 photos · 1.0 photos/s"),
        (Progress("extract", 9, 10, seconds_left=3.4), "9 of 10 photos · 3 s left"),
        (Progress("extract", 9, 10, seconds_left=0.5), "9 of 10 photos · 1 s left"),
        (Progress("extract", 9, 10, seconds_left=0.49), "9 of 10 photos · nearly done"),
        (Progress("weights", 12.46, 46.8, "MB"), "12.5 of 46.8 MB"),
        (Progress("train", 2, 15, "epochs"), "epoch 3 of 15"),
        (Progress("train", 15, 15, "epochs"), "15 of 15 epochs"),
    ],
)
def test_progress_of_a_job_in_words(far: Progress, text: str) -> None:
    assert figures(JobState("train", STAGE, far)) == text
    assert figures(JobState("train", STAGE, far, stopping=True)) == ""


def test_a_file_that_a_job_waits_for_is_named() -> None:
    job = JobState("scan", STAGE, Progress("scan", 1, 2), waiting=Waiting("/photos/a\nb.jpg", 4.0))
    assert figures(job) == r"still reading a\nb.jpg (4 s)"
    assert progress_line(job).startswith("Computing features · still reading")
