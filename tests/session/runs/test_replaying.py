"""The replay of a run in words, and the reasons why none can begin."""

from __future__ import annotations

import pytest
import states
from run_summaries import summary

from studio.events import ChangedPhotos, ReplayedValue, RunReplayed, RunSummary
from studio.formatting.numbers import plain
from studio.session.reducer import job_started
from studio.session.runs import replaying, run_actions, run_list
from studio.session.state import AppState, RunList
from studio.spec.structs import replace

RESULT = RunReplayed("/runs/1", "same", 0.0, epochs=3, seconds=2.5)


def chosen(run: RunSummary | None) -> AppState:
    listed = (run,) if run is not None else ()
    path = run.path if run is not None else ""
    return replace(states.state(), runs={}, run_list=RunList(listed, chosen=path, is_listed=True, everywhere=True))


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (None, run_list.NONE_CHOSEN),
        (summary("a", "running"), "The run is still training."),
        (summary("a", "failed", 0), "The run has no finished epoch."),
        (summary("a", "failed", 1), ""),
        (summary("a", unknown=("readout “x”",)), "This version does not know some settings of this run: readout “x”."),
        (summary("a"), ""),
    ],
)
def test_the_reason_why_a_run_cannot_be_replayed(run, reason):
    assert replaying.cannot_replay(chosen(run)) == reason


def test_only_one_replay_runs_at_a_time_and_slows_a_run_in_progress():
    state = chosen(summary("a"))
    assert replaying.cannot_start(state) == replaying.beside(state) == ""
    assert replaying.cannot_start(job_started(state, "replay")) == "A replay is in progress."
    training = job_started(state, "train")
    assert replaying.cannot_start(training) == ""
    assert replaying.beside(training).startswith("Training is in progress.")


def test_what_a_replay_does():
    assert plain(replaying.about(summary("a", epochs=1))).endswith("only read. The run took 4 s.")
    assert "its record, 1 epoch, with" in plain(replaying.about(summary("a", epochs=1)))
    assert replaying.about(summary("a", seconds=None)).endswith("Photos and run are only read.")


@pytest.mark.parametrize(
    ("result", "size", "words"),
    [
        ("same", 0.0, "Same: all losses, metrics and weights are equal, bit for bit"),
        ("differs", 0.25, "Differs: the results are not those of the run, by up to 0.25"),
        ("differs", None, "Differs: the results are not those of the run"),
        ("cannot", None, "Cannot be replayed"),
    ],
)
def test_the_result_as_a_heading(result, size, words):
    assert replaying.title(replace(RESULT, result=result, largest_difference=size)) == words


def test_the_details_of_a_replay():
    assert plain(replaying.details(RESULT)) == "3 epochs in 2.5 s."
    differing = tuple(ReplayedValue("validation loss", epoch, 0.5) for epoch in (2, 0))
    photos = ChangedPhotos(changed=("a.jpg",), missing=("b.jpg",), added=("c.jpg",), moved=("d.jpg",))
    full = replace(RESULT, why=("Why\nnot.",), differences=differing, photos=photos, unchecked=("The GPU.",))
    assert replaying.details(full).split("\n") == [
        "Why\\nnot.", "", "Differences:", "epoch 2, validation loss: 0.5", "validation loss: 0.5",
        "", "Changed:", "a.jpg", "", "Gone or unreadable:", "b.jpg", "", "New:", "c.jpg",
        "", "Of another class, number or split:", "d.jpg",
        "", "Not checked, because the record is too old to say:", "The GPU.",
    ]  # fmt: skip


@pytest.mark.parametrize(("number", "more"), [(200, False), (201, True)])
def test_of_many_differences_the_first_are_listed(number, more):
    many = replace(RESULT, differences=(ReplayedValue("loss", 1, 0.5),) * number)
    lines = replaying.details(many).split("\n")
    assert lines.count("epoch 1, loss: 0.5") == 200
    assert (lines[-1] == "and 1 more") == more


def test_every_action_has_its_own_name_and_says_why_it_is_disabled():
    names = [name for name, *_ in run_actions.ACTIONS]
    assert len(set(names)) == len(names)
    assert {why(chosen(None)) for *_, why in run_actions.ACTIONS} == {run_list.NONE_CHOSEN}
    done = chosen(summary("a"))
    assert {title: why(done) for _, title, _, why in run_actions.ACTIONS if why(done)} == {
        "Resume": "This run is done. Extend it to train more epochs."
    }
