"""Texts of the switches on the Evaluate page."""

from __future__ import annotations

import pytest
import states
from epochs import class_epoch
from folded_states import PHOTOS, finished
from run_summaries import summary

from studio.events import RunDescription
from studio.events.runs import TestJudgment
from studio.formatting.numbers import plain
from studio.session.evaluation import judging, judging_words
from studio.session.evaluation.judging_words import epochs, judge_button, nothing, parts, pending, runs
from studio.session.reducer import job_started
from studio.session.state import AppState, RunList
from studio.spec.structs import replace


@pytest.mark.parametrize(
    ("number", "choice"), [(0, ""), (1, " Or choose the run of"), (2, " Or choose one of 2 runs of")]
)
def test_without_results_the_runs_of_the_folder_are_offered(number, choice):
    text = nothing(number)
    assert text.startswith("Results appear here after the first epoch of a run.")
    assert choice in text
    assert ("Or choose" in text) == bool(number)


def test_the_epochs_whose_weights_are_stored():
    losses = ((1, 0.2), (2, 0.4))
    steps = tuple(class_epoch(number, 0.5, 0.9, loss, 0.9, 1.0) for number, loss in losses)
    run = replace(states.run(), epochs=steps)
    best, last = epochs(run)
    assert (best.key, last.key) == ("best", "last")
    assert best.text.startswith("epoch 1 of ")
    assert best.tip == f"The best epoch: lowest validation loss. {judging_words.OTHER_EPOCHS}"
    assert last.text.endswith(", last so far") == (run.status == "running")
    assert epochs(replace(run, status="running"))[0].text.endswith(", best so far")
    assert epochs(replace(run, epochs=())) == ()
    assert epochs(replace(run, status="done"))[1].text.endswith(", last")
    (only,) = epochs(replace(run, status="done", epochs=run.epochs[:1]))
    assert only.text.endswith("best, last")


def test_the_part_being_judged_is_described():
    state = finished()
    assert pending(state) == "The validation photos are not judged with the weights of epoch 1."
    assert pending(judging.part_chosen(state, "test")).startswith("The test photos are for the final judgment")
    busy = job_started(judging.part_chosen(state, "test"), judging.JOB)
    assert pending(busy) == "Judging the test photos with the weights of epoch 1"
    assert pending(AppState(spec=state.spec)) == "The validation photos are not judged with the weights of epoch 0."


def test_earlier_judgments_of_the_test_photos_are_stated_before_another_one():
    state = judging.part_chosen(finished(), "test")
    first = "2026-11-26T10:00:00+00:00"
    own = replace(summary(str(state.shown)), test_judgments=(TestJudgment(first, 1, 4, 0.5, 2, first),))
    own = replace(own, path=state.shown, spec=replace(own.spec, dataset=state.run.started.spec.dataset))
    other = replace(own, path="/runs/other", test_judgments=(TestJudgment(first, 7, 4, 0.5),))
    named = replace(other, path="/runs/x", description=RunDescription("night"))
    elsewhere = replace(other, spec=replace(own.spec, dataset=replace(own.spec.dataset, folder="/elsewhere")))
    state = replace(state, run_list=RunList(listed=(own, other, named, elsewhere)))
    before, advice = pending(state).split("\n\n")
    assert before.count("twice by this run at epoch 1") == 1
    assert before.count("by the run other at epoch 7") == before.count("by the run night at epoch 7") == 1
    assert advice.endswith("choose by the validation photos.")
    assert judging_words.tested_before(AppState()) == ()


def test_the_button_states_how_many_photos_are_judged():
    state = finished()
    run = state.run
    assert run is not None
    for number, text in (
        (0, "Judge the training photos"),
        (1, "Judge the training photo"),
        (2, "Judge the 2 training"),
    ):
        photos = tuple(replace(PHOTOS.photos[0], path=f"{place}.jpg") for place in range(number)) + PHOTOS.photos[1:]
        dataset = replace(PHOTOS, photos=photos)
        shown = replace(state, dataset=dataset, runs={state.shown: replace(run, dataset=dataset)})
        assert judge_button(judging.part_chosen(shown, "train")).startswith(text)


def test_the_texts_of_the_parts_state_their_numbers_of_photos():
    texts = {entry.key: (plain(entry.text), bool(entry.why)) for entry in parts(finished())}
    assert texts["val"] == ("Validation", False), "unknown"
    state = finished()
    run = state.run
    assert run is not None
    known = replace(state, runs={state.shown: replace(run, dataset=PHOTOS)})
    texts = {entry.key: (plain(entry.text), bool(entry.why)) for entry in parts(known)}
    assert (texts["test"], texts["train"]) == (("Test, none", True), ("Training 1", False))


def test_runs_are_named_by_title_and_result_and_the_one_shown_is_always_listed():
    state = finished()
    titled = replace(summary("a"), spec=state.spec, description=RunDescription("mine"))
    without = replace(summary("b", epochs=0), spec=state.spec)
    listed = replace(state, run_list=RunList((titled, without), is_listed=True))
    own, other = runs(listed)
    assert (own.key, other.key) == (state.shown, titled.path)
    assert other.text == "mine · 90.0\u202f%"
    assert other.shown == (titled.path, other.text, titled.path)
    assert [entry.key for entry in runs(replace(listed, shown=without.path))] == [titled.path, without.path]
