"""What the Evaluate page shows: part, epoch, results; and the switches that choose them."""

from __future__ import annotations

from typing import Any

import numpy as np
import states

from studio.events import Failed, JudgedPart, PartPredicted, Photo, RunEvaluated, RunSummary, Split
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import compact
from studio.session import reducer
from studio.session.evaluation import judging, judging_words
from studio.session.state import AppState
from studio.spec.structs import replace


def state(**run: Any) -> AppState:
    return states.state().showing(states.run(**run))


def predicted(before: AppState, part: Split = "val", weights: WeightsChoice = "best", epoch: int = 3) -> AppState:
    run = before.shown or ""
    truth = np.array([0, 1], np.int64)
    judged = JudgedPart(part, epoch, "/photos", ("a/1.jpg", "b/2.jpg"), ("", ""), truth, np.eye(2, dtype=np.float32))
    return reducer.reduce(before, "evaluate", PartPredicted(run, weights, ("ants", "bees"), "", judged))


def evaluated(before: AppState, part: Split = "val", weights: WeightsChoice = "best") -> AppState:
    document = {"run": before.shown, "part": part, "metrics": {}, "verdict": {"word": "Good", "reasons": []}}
    return reducer.reduce(before, "evaluate", RunEvaluated(document, weights))


def test_predictions_come_before_their_evaluation() -> None:
    before = state()
    assert judging.evaluation(before) is None
    assert judging.is_missing(before)
    assert judging.is_live(before)
    during = predicted(before)
    results = judging.evaluation(during)
    assert results is not None
    assert (list(results.predicted), results.document) == ([0, 1], {})
    assert judging.is_missing(during)
    after = evaluated(during)
    assert judging.evaluation(after).document["verdict"]["word"] == "Good"
    assert not judging.is_missing(after)


def test_an_evaluation_of_an_earlier_epoch_is_not_shown_beside_later_epochs() -> None:
    after = evaluated(predicted(state(), epoch=2))
    assert judging.evaluation(after) is None
    for part in ("train", "test"):
        for weights in ("best", "last"):
            chosen = judging.weights_chosen(judging.part_chosen(state(), part), weights)
            assert judging.evaluation(evaluated(predicted(chosen, part, weights, 2), part, weights)) is None
            assert judging.evaluation(evaluated(predicted(chosen, part, weights, 3), part, weights)) is not None


def test_results_of_an_unknown_run_change_nothing() -> None:
    before = state()
    other = PartPredicted(
        "/runs/other", "best", ("ants",), "", predicted(before).run.evaluations[("val", "best")].judged
    )
    assert reducer.reduce(before, "evaluate", other) is before
    assert evaluated(before) is before, "an evaluation without predictions is of another time"


def test_a_choice_applies_only_to_its_run() -> None:
    chosen = judging.part_chosen(judging.weights_chosen(state(), "last"), "train")
    assert (judging.choice(chosen).part, judging.weights(chosen)) == ("train", "last")
    other = chosen.showing(replace(chosen.run, started=replace(chosen.run.started, run="/runs/other")))
    assert (judging.choice(other).part, judging.weights(other)) == ("val", "best")


def test_neither_test_photos_nor_unfinished_runs_are_judged_without_a_request() -> None:
    assert not judging.is_missing(judging.part_chosen(state(), "test"))
    assert not judging.is_missing(state(done=False))


def test_parts_state_their_number_of_photos_or_why_there_are_none() -> None:
    entries = {entry.key: entry for entry in judging_words.parts(state())}
    assert [entries[part].text for part in ("train", "val", "test")] == ["Training 10", "Validation 10", "Test, none"]
    assert "no test photos" in entries["test"].why
    assert not entries["train"].why
    data = states.dataset()
    more = replace(data, photos=(*data.photos, Photo("ants/t.jpg", 0, "test")))
    assert judging.photos_of(replace(states.state(), dataset=more).showing(states.run(data=more)), "test") == 1
    whole = states.run()
    other = replace(whole.started.spec, dataset=replace(whole.started.spec.dataset, seed=11))
    moved = replace(whole, started=replace(whole.started, spec=other))
    assert judging.photos_of(states.state().showing(moved), "test") == 0, "though another split is chosen now"
    assert judging.photos_of(states.state(), "test") is None, "no run"


def test_photos_of_a_run_from_disk_are_counted_in_the_open_folder_of_the_same_split() -> None:
    stored = replace(states.run(), dataset=None)
    open_folder = states.state()
    assert judging.photos_of(open_folder.showing(stored), "train") == 10
    only_judged = replace(stored, dataset=replace(states.dataset(), photos=states.dataset().photos[1:2]))
    assert judging.photos_of(open_folder.showing(only_judged), "train") == 10, "it is not the whole data set"
    assert judging.photos_of(replace(open_folder, dataset=None).showing(stored), "train") is None
    other = states.dataset("/elsewhere")
    assert judging.photos_of(replace(open_folder, dataset=other).showing(stored), "train") is None
    seed = replace(open_folder.spec, dataset=replace(open_folder.spec.dataset, seed=11))
    assert judging.photos_of(replace(open_folder, spec=seed).showing(stored), "train") is None, "another split"
    assert judging.photos_of(open_folder.showing(replace(stored, predictions=None)), "val") is None


def test_the_weights_judged_are_the_result_of_the_run_unless_others_are_chosen() -> None:
    assert judging.weights(states.state()) == "best"
    assert judging.weights(state()) == "best"
    last = state(settings=states.spec(result="last"))
    assert judging.weights(last) == "last"
    assert judging.weights(judging.weights_chosen(last, "best")) == "best"
    assert judging.weights(judging.weights_chosen(state(), "last")) == "last"


def test_only_epochs_with_weights_can_be_chosen() -> None:
    run = states.run(number=3)
    assert [entry.text for entry in judging_words.epochs(run)] == ["epoch 3 of 10, best, last"]
    worse = replace(run.epochs[-1], epoch=4, val_loss=9.0)
    texts = [entry.text for entry in judging_words.epochs(replace(run, epochs=(*run.epochs, worse)))]
    assert texts == ["epoch 3 of 10, best", "epoch 4 of 10, last"]


def test_runs_of_the_folder_and_the_one_shown_can_be_chosen() -> None:
    known = state()
    assert [entry.key for entry in judging_words.runs(known)] == [known.shown]
    listed = RunSummary("/runs/2", "done", states.spec(), epochs=3, figure=known.run.report.main)
    empty = RunSummary("/runs/3", "failed", states.spec())
    known = replace(known, run_list=replace(known.run_list, listed=(listed, empty)))
    assert [entry.key for entry in judging_words.runs(known)] == [known.shown, "/runs/2"]
    assert judging_words.runs(known)[1].text.endswith("100.0\u202f%")
    slow = replace(states.spec(), train=replace(states.spec().train, lr=1e-5))
    alike = replace(
        known, run_list=replace(known.run_list, listed=(listed, replace(listed, path="/runs/4", spec=slow)))
    )
    ends = [entry.text.rpartition(" · ")[2] for entry in judging_words.runs(alike)[1:]]
    assert ends == [f"rate {compact(states.spec().train.lr)}", "rate 1e-5"], "what tells runs of one title apart"


def test_test_photos_are_explained_before_they_are_judged() -> None:
    chosen = judging.part_chosen(state(), "test")
    assert "final judgment" in judging_words.pending(chosen)
    running = states.with_job(chosen, "evaluate")
    assert judging_words.pending(running) == "Judging the test photos with the weights of epoch 3"


def test_a_proposal_requires_the_layers_of_the_backbone() -> None:
    known = state()
    assert judging.cannot_set_up(known) == ""
    assert "not listed yet" in judging.cannot_set_up(replace(known, layers_for=None))
    assert known.layers_for is not None
    assert judging.cannot_set_up(replace(known, layers_for=replace(known.layers_for, image_size=64))) == ""
    other = replace(
        known, spec=replace(known.spec, backbone=replace(known.spec.backbone, name="resnet50")), layers=None
    )
    assert "Another backbone" in judging.cannot_set_up(other)


def test_the_epoch_that_is_judged_and_whether_it_is_the_one_shown() -> None:
    run = states.run()
    assert judging.epoch_of(run, "last") == 3
    best = min(run.epochs, key=lambda epoch: epoch.val_loss).epoch
    assert judging.epoch_of(run, "best") == best
    worse = replace(run, epochs=(*run.epochs, replace(run.epochs[0], epoch=4, val_loss=9.0)))
    assert (judging.epoch_of(worse, "best"), judging.epoch_of(worse, "last")) == (best, 4)
    assert judging.epoch_of(replace(run, epochs=()), "best") == 0


def test_why_a_part_cannot_be_judged() -> None:
    assert "Open a run" in judging.cannot_judge(states.state(), "val")
    assert judging.cannot_judge(state(), "val") == ""
    assert judging.cannot_judge(state(), "test") == judging.NO_TEST
    nothing = replace(states.dataset(), photos=states.dataset().photos[1::2])
    no_training = state(data=nothing)
    assert judging.cannot_judge(no_training, "train") in ("", "This run has no training photos.")
    only = replace(states.dataset(), photos=states.dataset().photos[::2])
    without = replace(states.run(data=only), predictions=states.predicted(only))
    assert judging.cannot_judge(states.state().showing(without), "val") == "This run has no validation photos."


def test_a_verdict_may_propose_settings() -> None:
    assert not judging.has_proposal(states.state())
    assert not judging.has_proposal(predicted(state()))
    with_reason = predicted(state())
    for reasons, expected in (([], False), ([{"rule": "a"}], False), ([{"rule": "a"}, {"proposal": {"lr": 1}}], True)):
        document = {"run": with_reason.shown, "part": "val", "metrics": {}, "verdict": {"word": "", "reasons": reasons}}
        assert judging.has_proposal(reducer.reduce(with_reason, "evaluate", RunEvaluated(document, "best"))) == expected


def test_a_table_that_failed_is_not_in_use() -> None:
    chosen = judging.table_chosen(state(), "/tables/sites.csv")
    bad = Failed("No row of “/tables/sites.csv” names a photo in “/photos”.", "Its first line should name its columns.")
    after = reducer.reduce(chosen, "evaluate", bad)
    assert judging.choice(after).table == ""
    assert after.faults["evaluate"] == bad, "it is said"
    other = reducer.reduce(chosen, "evaluate", Failed("The disk is full.", "Free some space."))
    assert judging.choice(other).table == "/tables/sites.csv"
