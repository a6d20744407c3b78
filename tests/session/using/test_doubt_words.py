"""When a run gives no answer, in words."""

from __future__ import annotations

import numpy as np
from folded_states import PHOTOS, finished

from studio.events import GivenPhoto, PredictedProbabilities
from studio.formatting.numbers import plain
from studio.session.evaluation import judging
from studio.session.photo_rows import PhotoRows
from studio.session.state import AppState
from studio.session.using import doubt_words
from studio.spec.decision import ClassThreshold, DecisionRule
from studio.spec.structs import replace

FAMILIAR = GivenPhoto("/p/a.jpg", "b", (("b", 0.9),), unlike=False, distance=0.5)


def with_answer(state: AppState, photo: GivenPhoto) -> AppState:
    given = replace(state.given, rows=PhotoRows((photo,)), run=state.shown or "", weights=judging.weights(state))
    return replace(state, given=given)


def with_run(state: AppState, **changes) -> AppState:
    run = state.run
    assert run is not None
    return replace(state, runs={**state.runs, run.id: replace(run, **changes)})


def test_the_rule_of_a_run_in_words():
    assert doubt_words.limits(AppState()) == ""
    state = finished()
    assert doubt_words.limits(state) == "No least confidence: every photo gets an answer."
    assert "unknown" in doubt_words.limits(with_answer(state, replace(FAMILIAR, unlike=None)))
    known = plain(doubt_words.limits(with_answer(state, FAMILIAR)))
    assert known.endswith("Unlike anything seen: farther than 95 % of the validation photos.")
    assert "seen" not in doubt_words.limits(with_answer(state, GivenPhoto("/p/d.jpg", why="cut off")))
    rule = DecisionRule(thresholds=(ClassThreshold("ants", 0.2),), least_confidence=0.8)
    ruled = with_run(state, decision=rule)
    assert doubt_words.in_short(ruled) == "ants from 0.20, not sure below 0.80"
    assert doubt_words.in_short(state) == "no limits set"
    assert doubt_words.limits(ruled) == "Rule: ants from 0.20, not sure below 0.80."
    assert doubt_words.limits(with_run(ruled, dataset=replace(PHOTOS, target="age"))) == "A number is always given."


def test_validation_photos_answered_by_the_rule_are_counted():
    state = finished()
    shares = np.array([(0.9, 0.1), (0.8, 0.2), (0.7, 0.3), (0.9, 0.1)], np.float32)  # the second one is wrong
    predictions = PredictedProbabilities(1, np.array([0, 1, 0, 0]), shares)
    state = with_run(
        state, dataset=PHOTOS, predictions=predictions, evaluations={}, decision=DecisionRule(least_confidence=0.75)
    )
    results = doubt_words.validation(state)
    assert results is not None
    assert plain(doubt_words.counts(results)) == "3 of 4 sure, 66.7 % right"
    assert doubt_words.validation(with_run(state, predictions=replace(predictions, epoch=2))) is None
    assert doubt_words.validation(with_run(state, predictions=None)) is None
    assert doubt_words.validation(AppState()) is None
