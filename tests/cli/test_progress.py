from __future__ import annotations

import io
import sys
from contextlib import closing

import pytest
from epochs import class_epoch

from studio.cli import progress
from studio.events import FeaturesComputed, Progress, Stage, Waiting, Warned
from studio.jobs import event_lines
from studio.system import output


class Screen(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


STORY = (
    Stage("weights", "Loading [bold]net"),
    Progress("weights", 1.5, 20.0, "MB", 2.0, 9.4),
    Stage("write", "Writing a[/b].csv"),
    Progress("write", 3, 10, "photos", 100.0, 0.2),
    FeaturesComputed(3, 7, 1.0),
    class_epoch(1, 0.5, 0.75, 0.6, 0.5, 0.25),
    Warned("a[/b].jpg was left out.", "It is damaged."),
)


def printed(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert progress.drain(lambda stop: iter(STORY)) == list(STORY)
    return screen.getvalue()


@pytest.mark.parametrize("screen", [Screen, io.StringIO])
def test_stage_count_rate_and_time_left_are_shown(monkeypatch, screen):
    text = printed(monkeypatch, screen())
    for words in (
        "Loading [bold]net",
        "Writing a[/b].csv",
        "3 of 10 photos",
        "100 photos/s",
        "75.0 %",
        "50.0 %",
        "a[/b].jpg",
    ):
        assert words in text, words


def test_a_log_gets_whole_lines_without_control_characters(monkeypatch):
    text = printed(monkeypatch, io.StringIO())
    assert "\x1b" not in text
    assert "\r" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("screen", [Screen, io.StringIO])
def test_a_failed_job_restores_the_terminal_and_is_closed(monkeypatch, screen):
    closed = []

    def work(stop):
        try:
            yield Stage("one", "One")
            raise ValueError("broken")
        finally:
            closed.append(True)

    monkeypatch.setattr(sys, "stderr", screen())
    with pytest.raises(ValueError, match="broken"):
        progress.drain(work)
    assert closed
    assert sys.stderr.getvalue().count("\x1b[?25l") == sys.stderr.getvalue().count("\x1b[?25h"), "the cursor is back"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Progress("x", 120, 397, "photos", 96.0, 2.9), "120 of 397 photos · 96 photos/s · 3 s left"),
        (Progress("x", 7, 0, "photos"), "7 photos"),
        (Progress("x", 5, 9, "photos", 191_234.5, 0.0), "5 of 9 photos · 191,234 photos/s · 0 s left"),
        (Progress("x", 1.25, 9.0, "MB", 0.5, 15.0), "1.2 of 9 MB · 0.5 MB/s · 15 s left"),
        (Progress("x", 10, 10, "photos", 5.0, 0.0), "10 of 10 photos · 5 photos/s"),
        (
            Progress("train", 0.4, 15, "epochs", 0.1, 146.0, "batch 4 of 8"),
            "epoch 1 of 15 · batch 4 of 8 · 10 s/epoch · 146 s left",
        ),
    ],
)
def test_the_rate_in_words(event, words):
    assert event_lines.pace_words(event) == words


def test_columns_of_a_table_are_aligned():
    text = output.columns([["NAME", "N"], ["a", "10"], ["long name", "5"]], right={1})
    assert text.splitlines() == ["NAME        N", "a          10", "long name   5"]


@pytest.mark.parametrize("screen", [Screen, io.StringIO])
def test_a_file_that_takes_long_is_named(monkeypatch, screen):
    stderr = screen()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    story = [Stage("extract", "Computing"), *(Waiting("/far/a[/b].jpg", tenth / 10) for tenth in range(1, 45))]
    with closing(progress.follow(lambda stop: iter(story))) as going:
        for event in going:
            if isinstance(event, Waiting) and event.seconds > 2.9:
                break
            assert "still reading" not in stderr.getvalue()
        list(going)
    assert "still reading /far/a[/b].jpg (" in stderr.getvalue()
    if screen is io.StringIO:
        assert stderr.getvalue().count("still reading") == 1
