"""Changes of runs on disk in the window's list."""

from __future__ import annotations

import states
from run_summaries import DONE, INTERRUPTED

from studio.events import RunDescription, RunRestored, RunsListed, RunTrashed, TrashedRun, TrashListed
from studio.session.judged_choices import RunPair
from studio.session.reducer import reduce
from studio.session.runs import changes, replaying, run_list, run_words
from studio.session.state import AppState, RunList
from studio.spec.structs import replace

THERE = TrashedRun("/nowhere/runs/.trash/x/done", DONE.path, "2026-01-02T03:04:05+00:00", words="Lite0, frozen")


def listed(*runs, chosen="") -> AppState:
    return AppState(run_list=RunList(runs, chosen=chosen, is_listed=True, everywhere=True))


def test_a_trashed_run_is_gone_until_it_is_restored() -> None:
    run = replace(states.run(), started=replace(states.run().started, run=DONE.path))
    state = listed(DONE, INTERRUPTED, chosen=DONE.path).showing(run)
    assert changes.cannot_restore(state) != ""
    state = reduce(state, "discard", RunTrashed(THERE))
    assert (state.run_list.listed, state.run_list.chosen, state.run) == ((INTERRUPTED,), "", None)
    assert changes.undo_words(state) == "The run “Lite0, frozen” is in the trash."
    both = reduce(state, "discard", RunTrashed(replace(THERE, path="/x", origin=INTERRUPTED.path, title="Two\nlines")))
    assert changes.undo_words(both) == "The run “Two\\nlines” is in the trash, with 1 run removed earlier."
    assert changes.cannot_restore(state) == ""
    state = reduce(state, "restore", RunRestored(THERE))
    assert changes.undo_words(state) == ""
    state = reduce(state, "runs", RunsListed("/nowhere/runs", (DONE, INTERRUPTED)))
    assert state.run_list.chosen == DONE.path
    state = reduce(state, "trash", TrashListed("/nowhere/runs", (THERE,)))
    assert state.run_list.trash.runs == (THERE,)


def test_a_comparison_with_a_trashed_run_is_closed() -> None:
    for pair in (RunPair(DONE.path, INTERRUPTED.path), RunPair(INTERRUPTED.path, DONE.path)):
        state = replace(listed(DONE, INTERRUPTED), pair=pair)
        assert reduce(state, "discard", RunTrashed(THERE)).pair is None
    state = replace(listed(DONE, INTERRUPTED), pair=RunPair(INTERRUPTED.path, "/nowhere/runs/third"))
    assert reduce(state, "discard", RunTrashed(THERE)).pair is state.pair


def test_another_run_that_is_shown_stays_shown() -> None:
    run = states.run()
    state = reduce(listed(DONE).showing(run), "discard", RunTrashed(THERE))
    assert state.run is run
    assert changes.undo_words(changes.without_undo(state)) == ""


def test_a_description_is_shown_before_it_is_written() -> None:
    state = changes.with_description(listed(DONE, INTERRUPTED), DONE.path, RunDescription("Mine"))
    assert [run_words.title(run) for run in state.run_list.listed] == ["Mine", "Lite0, frozen"]


def test_settings_of_a_run_can_be_used_only_if_they_differ() -> None:
    state = listed(DONE, chosen=DONE.path)
    assert changes.cannot_use_settings(listed(DONE)).startswith("Select a run")
    assert changes.cannot_use_settings(state) == ""
    assert "those of this run" in changes.cannot_use_settings(replace(state, spec=DONE.spec))


def test_settings_that_this_version_does_not_know_are_neither_used_nor_copied_nor_trained():
    newer = replace(DONE, unknown=("readout “register”",))
    state = listed(newer, chosen=newer.path)
    for cannot in (changes.cannot_use_settings, changes.cannot_copy, run_list.cannot_extend, replaying.cannot_replay):
        assert cannot(state) == "This version does not know some settings of this run: readout “register”."
    assert run_list.cannot_open(state) == run_list.cannot_discard(state) == changes.cannot_describe(state) == ""


def test_the_baseline_is_removed_with_its_run_or_with_the_run_shown() -> None:
    run = states.run()
    for shown, compared, left in (
        (run, DONE.path, None), (run, INTERRUPTED.path, INTERRUPTED.path), (run, None, None),
        (None, INTERRUPTED.path, None),
    ):  # fmt: skip
        state = replace(listed(DONE, INTERRUPTED).showing(shown), compared=compared)
        assert reduce(state, "discard", RunTrashed(THERE)).compared == left
    same = replace(run, started=replace(run.started, run=DONE.path))
    state = replace(listed(DONE, INTERRUPTED).showing(same), compared=INTERRUPTED.path)
    assert reduce(state, "discard", RunTrashed(THERE)).compared is None, "nothing is shown that is compared with it"
