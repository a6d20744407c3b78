"""Texts of the Use page, from the answers of a run."""

from __future__ import annotations

from typing import Any

import pytest
from folded_states import PHOTOS, after, finished

from studio.events import (
    Failed,
    GivenPhoto,
    ImagePrediction,
    PhotosToLabel,
    PhotoToLabel,
    PhotoTraced,
    PredictionTrace,
    Saved,
    SortingUndone,
)
from studio.formatting.numbers import plain
from studio.session.evaluation import judging
from studio.session.photo_rows import PhotoRows
from studio.session.reducer import job_started
from studio.session.state import AppState
from studio.session.using import words
from studio.spec.decision import ClassThreshold, DecisionRule
from studio.spec.structs import replace

SURE = GivenPhoto("/p/a.jpg", "bees", (("bees", 0.9), ("ants", 0.06)), others=3, epoch=2, unlike=False, distance=0.5)
UNSURE = GivenPhoto("/p/b.jpg", "bees", (("bees", 0.4), ("ants", 0.3)), sure=False)
UNLIKE = GivenPhoto("/p/c.jpg", "bees", (("bees", 0.9),), unlike=True, distance=1.25)
BROKEN = GivenPhoto("/p/d.jpg", why="cut off")
RULE = DecisionRule(thresholds=(ClassThreshold("ants", 0.2),), least_confidence=0.8)


def with_answers(state: AppState, *rows: GivenPhoto, **given: Any) -> AppState:
    run = state.run
    assert run is not None
    known = {"run": state.shown, "weights": judging.weights(state), "rule": run.decision} | given
    return replace(state, given=replace(state.given, rows=PhotoRows(rows), **known))


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.000"), (0.0004999, "< 0.001"), (0.0005, "0.001"), (0.986, "0.986"), (0.99949, "0.999"),
        (0.9995, "> 0.999"), (1.0, "1.000"),
    ],
)  # fmt: skip
def test_three_digits_never_claim_certainty(share, text):
    assert words.probability(share) == text


@pytest.mark.parametrize(
    ("photo", "text", "value", "role"),
    [
        (SURE, "bees", "0.900", "good"),
        (UNSURE, "not sure", "0.400", "caution"),
        (UNLIKE, "unlike anything seen", "–", "caution"),
        (BROKEN, "cut off", "–", "bad"),
        (GivenPhoto("/p/e.jpg", "ants", (("bees", 0.6), ("ants", 0.3))), "ants", "0.300", "good"),
        (GivenPhoto("/p/e.jpg", "wasps", (("bees", 0.6),)), "wasps", "0.600", "good"),
        (GivenPhoto("/p/e.jpg", number=3.21), "", "3.21", "text"),
        (GivenPhoto("/p/e.jpg", number=3.21, unlike=True), "unlike anything seen", "3.21", "caution"),
    ],
)
def test_the_answer_for_a_photo(photo, text, value, role):
    answer = words.answer(photo)
    assert (answer.text, answer.value, answer.color_role) == (text, value, role)
    assert bool(answer.sign) == (role != "text")


def test_a_row_is_read_aloud_without_meaningless_values():
    assert words.spoken(SURE) == "a.jpg, bees, 0.900"
    assert words.spoken(UNLIKE) == "c.jpg, unlike anything seen"


def test_the_list_is_counted_without_counting_a_photo_twice():
    assert words.summary(()) == ""
    assert plain(words.summary((SURE,))) == "1 photo"
    rows = (SURE, UNSURE, UNLIKE, BROKEN, replace(UNLIKE, sure=False), replace(BROKEN, sure=False, unlike=True))
    assert plain(words.summary(rows)) == "6 photos, 1 not sure, 2 unlike, 2 not read"


def test_the_classes_are_bars_with_their_limits():
    bees, ants, others = words.bars(SURE, RULE)
    assert (bees.name, bees.is_answer, bees.limit) == ("bees", True, 0.8)
    assert (ants.is_answer, ants.limit) == (False, 0.8), "the larger of threshold and least confidence"
    assert (plain(others.name), round(others.share, 3), others.limit) == ("3 others", 0.04, 0.0)
    ants = words.bars(SURE, DecisionRule(thresholds=(ClassThreshold("ants", 0.9),)))[1]
    assert ants.limit == 0.9
    assert not any(bar.is_answer for photo in (UNSURE, UNLIKE) for bar in words.bars(photo, RULE))
    assert len(words.bars(UNSURE, RULE)) == 2, "no line for no other class"


@pytest.mark.parametrize(
    ("photo", "rule", "text"),
    [
        (SURE, RULE, "0.900 ≥ 0.80, like the training photos (0.50 of the distance that counts as unlike)"),
        (UNSURE, RULE, "0.400 < 0.80"),
        (UNLIKE, DecisionRule(), "unlike the training photos (1.25 of the distance that counts as unlike)"),
        (UNSURE, DecisionRule(), "no decision rule: the most probable class is the answer"),
        (BROKEN, RULE, "cut off"),
        (GivenPhoto("/p/e.jpg", number=1.0), RULE, ""),
        (GivenPhoto("/p/e.jpg", number=1.0, unlike=False), RULE, "like the training photos"),
        (
            GivenPhoto("/p/e.jpg", "ants", (("bees", 0.7), ("ants", 0.3))),
            DecisionRule(thresholds=(ClassThreshold("ants", 0.3),)),
            "0.300 ≥ 0.30",
        ),
    ],
)
def test_why_an_answer_is_sure_or_missing(photo, rule, text):
    assert words.why(photo, rule) == text


def test_photos_can_be_predicted_once_a_run_has_an_epoch():
    state = finished()
    assert words.obstacle(state) == ""
    assert words.obstacle(replace(state, shown=None)) == words.NO_RUN
    assert words.obstacle(replace(state, spec=replace(state.spec, dataset=replace(state.spec.dataset, folder="")))) == (
        words.NO_FOLDER
    )
    run = state.run
    assert run is not None
    before = replace(state, runs={**state.runs, state.shown: replace(run, epochs=())})
    assert words.obstacle(before) == words.NO_EPOCH


def test_answers_of_another_run_or_epoch_are_marked():
    state = finished()
    run = state.run
    assert run is not None
    now = judging.epoch_of(run, judging.weights(state))
    assert words.outdated(state) == ""
    assert words.are_of_run(with_answers(state, replace(SURE, epoch=now)))
    assert words.outdated(with_answers(state, replace(SURE, epoch=now))) == ""
    assert words.outdated(with_answers(state, replace(SURE, epoch=0))) == "", "unknown"
    assert words.outdated(with_answers(state, replace(SURE, epoch=now + 1))) == (
        f"Predicted by epoch {now + 1}; epoch {now} is better now."
    )
    assert words.outdated(replace(with_answers(state, SURE), shown=None)) == "", "no run is shown"
    both = with_answers(state, replace(SURE, epoch=now + 1), replace(UNSURE, epoch=now + 4))
    assert words.outdated(both) == f"Predicted by epochs {now + 1} to {now + 4}; epoch {now} is better now."
    newer = judging.weights_chosen(state, "last")
    last = judging.epoch_of(run, "last")
    assert words.outdated(with_answers(newer, replace(SURE, epoch=last + 1))) == (
        f"Predicted by epoch {last + 1}; epoch {last} is the last one now."
    )
    for change in ({"run": "/other"}, {"rule": RULE}):
        other = with_answers(state, replace(SURE, epoch=now), **change)
        assert not words.are_of_run(other)
        assert words.outdated(other).startswith("Predicted by another run, epoch or decision rule than ")
        assert words.outdated(job_started(other, "predict_given")) == "", "they are being replaced"


def trace_of(photo: GivenPhoto, **changes: Any) -> PredictionTrace:
    known: dict[str, Any] = {"epoch": photo.epoch} | changes
    return PredictionTrace(ImagePrediction(photo.path, (0.9, 0.1), photo.answer, None, **known), (), None, None)  # type: ignore[arg-type]


def test_the_steps_shown_are_those_of_the_answer_shown():
    state = with_answers(finished(), SURE, UNSURE, chosen=SURE.path)
    given = state.given
    traced = replace(state, traced=PhotoTraced(given.run, given.weights, trace_of(SURE)))
    assert words.trace_now(state) is None
    assert words.trace_now(traced) is traced.traced.trace
    assert words.trace_now(replace(traced, given=replace(given, chosen=UNSURE.path))) is None
    assert words.trace_now(replace(traced, given=replace(given, chosen=""))) is None
    assert words.trace_now(replace(state, traced=PhotoTraced("/other", given.weights, trace_of(SURE)))) is None
    assert (
        words.trace_now(replace(state, traced=PhotoTraced(given.run, given.weights, trace_of(SURE, epoch=9)))) is None
    )


def test_answers_are_written_when_there_are_some_and_nothing_runs():
    state = with_answers(finished(), SURE, BROKEN)
    assert words.cannot_write(state) == words.cannot_choose(state) == words.cannot_sort(state) == ""
    assert words.cannot_write(with_answers(state, BROKEN)) == "Predict some photos first."
    for job, reason in (
        ("write_given", "The answers are being written."),
        ("predict_given", "The photos are being predicted."),
    ):
        assert words.cannot_write(job_started(state, job)) == words.cannot_choose(job_started(state, job)) == reason
    assert words.cannot_choose(job_started(state, "label_given")) == "Photos to label are being chosen."
    run = state.run
    assert run is not None
    numbers = replace(run, dataset=replace(PHOTOS, target="age"))
    assert words.cannot_sort(replace(state, runs={**state.runs, state.shown: numbers})) == (
        "The run predicts age, a number. Only classes have folders."
    )


def test_the_photos_chosen_to_label_in_a_sentence():
    found = PhotosToLabel((PhotoToLabel("a", 0.9, "doubt", "bees"),) * 2, predicted=9, doubtful=5, duplicates=1)
    assert plain(words.to_label(found)) == (
        "2 of 9 photos: the most doubtful ones that differ from each other. Left out: 1 doubtful photo that the "
        "run knows."
    )
    assert plain(words.to_label(replace(found, photos=(), duplicates=0))) == "No photo to label among 9 photos."
    known = plain(words.to_label(replace(found, photos=(), doubtful=0, duplicates=9)))
    assert known.startswith("Nothing to label: all 9 photos are in the run's data set already, or a copy of one")
    one = plain(words.to_label(replace(found, photos=(), doubtful=0, predicted=1)))
    assert one.startswith("Nothing to label: the photo is in the run's data set already")
    assert plain(words.to_label(replace(found, photos=(), doubtful=0, predicted=0, duplicates=0))).startswith(
        "No photo"
    )


def test_the_result_of_saving_the_answers():
    state = finished()
    assert words.written(state) == ("", "", "")
    table = replace(state, saved=Saved("/out/answers.csv", "answers"))
    assert words.written(table) == ("The answers are in", "good", "/out/answers.csv")
    ordered = replace(state, saved=Saved("/out", "sorted"))
    assert words.written(ordered)[0] == "The photos are sorted in"
    assert words.sorted_folder(ordered) == "/out"
    assert words.cannot_undo_sorting(job_started(ordered, "unsort")) == "The sorted files are being removed."
    assert words.sorted_folder(job_started(ordered, "unsort")) == ""
    undone = SortingUndone("/out", 5, (("/out/a.jpg", "it changed"), ("/out/b.jpg", "it changed")), 3)
    assert words.written(replace(state, saved=Saved("/out", "unsorted"), unsorted=undone)) == (
        "5 links and copies removed, 3 are still there: stopped. “/out/a.jpg” stays: it changed, and 1 more file."
        " Folder:",
        "caution",
        "/out",
    )
    assert words.written(replace(state, saved=Saved("/out/head.pt", "head"))) == ("", "", "")
    assert words.written(job_started(table, "write_given")) == ("", "", "")
    failed = after(job_started(table, "write_given"), "write_given", Failed("It is full.", "Free space."))
    assert words.written(failed) == ("It is full. Free space.", "bad", "")
    assert words.label_fault(failed) == words.camera_fault(failed) == words.prediction_fault(failed) == ""


def test_the_share_of_the_others_is_never_negative() -> None:
    for top, rest in (((("a", 0.6), ("b", 0.4)), 0.0), ((("a", 0.7), ("b", 0.3001)), 0.0), ((("a", 0.6),), 0.4)):
        photo = GivenPhoto("/p/a.jpg", "a", top, others=3)
        assert words.bars(photo, DecisionRule())[-1].share == pytest.approx(rest, abs=1e-9)


def test_answers_of_a_run_that_is_gone_are_marked() -> None:
    state = AppState()
    assert words.are_of_run(state)
    given = replace(state.given, rows=PhotoRows((SURE,)), run="/runs/1", weights=judging.weights(state))
    assert not words.are_of_run(replace(state, given=given))
