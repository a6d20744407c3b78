"""Replaying a run on disk gives the events of a run that was just trained."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from stories import CLASSES, PHOTOS, SPEC, begin, number_story, run_json, story, with_proof

from studio.events import (
    DatasetScanned,
    DecisionStored,
    Epoch,
    Evaluated,
    Event,
    LayersChanged,
    Machine,
    PredictedNumbers,
    PredictedProbabilities,
    RunOpened,
    RunStarted,
    Stage,
    TrainingFinished,
    Warned,
)
from studio.runs import decision_file, folder, index, reopen, trash
from studio.spec import DatasetSpec, UserError
from studio.spec.decision import DecisionRule
from studio.spec.structs import replace


def opened(run: Path) -> list[Event]:
    return [event for event in reopen.stored_events(run) if not isinstance(event, Stage)]


def only(events: list[Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_replayed_events_equal_the_recorded_ones(tmp_path):
    run = tmp_path / "run"
    original = list(folder.record_events(with_proof(run), run))
    events = opened(run)
    for kind in (RunStarted, Epoch, TrainingFinished):
        assert only(events, kind) == only(original, kind)
    assert only(events, LayersChanged) == only(original, LayersChanged)[-1:]
    dataset = only(events, DatasetScanned)[-1].dataset
    assert dataset.classes == CLASSES
    assert dataset.photos == tuple(replace(photo, target=0.0) for photo in PHOTOS if photo.split == "val")
    then, now = only(original, PredictedProbabilities)[-1], only(events, PredictedProbabilities)[-1]
    assert now.epoch == then.epoch
    np.testing.assert_allclose(now.probabilities, then.probabilities, rtol=1e-5)
    assert [dataset.photos[place].path for place in now.photos] == ["ants/0.jpg", "bees/0.jpg"]
    report, before = only(events, Evaluated)[-1].report, only(original, Evaluated)[-1].report
    assert np.array_equal(report.confusion, before.confusion)
    assert replace(report, confusion=None) == replace(before, confusion=None)
    assert events[-1].summary.state == "done"


def test_the_computer_of_a_run_is_that_of_its_record_and_unknown_in_earlier_ones(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(with_proof(run), run))
    record = json.loads((run / "run.json").read_text())
    for machine in (Machine(4, "a processor", "AVX2", "", 2), Machine()):
        if machine == Machine():
            record.pop("machine")
        else:
            record["machine"] = asdict(machine)
        (run / "run.json").write_text(json.dumps(record))
        assert only(opened(run), RunStarted)[0].machine == machine


def test_replayed_events_of_a_regression_run_equal_the_recorded_ones(tmp_path):
    run = tmp_path / "run"
    original = list(folder.record_events(number_story(run), run))
    events = opened(run)
    assert only(events, Evaluated)[-1].report == only(original, Evaluated)[-1].report
    dataset = only(events, DatasetScanned)[-1].dataset
    assert dataset.target == "age"
    assert [photo.target for photo in dataset.photos] == [0.25, 0.25]
    np.testing.assert_allclose(only(events, PredictedNumbers)[-1].numbers, [0.2, 0.375], rtol=1e-6)


def test_a_moved_run_is_opened_with_its_present_path(tmp_path):
    list(folder.record_events(story(tmp_path / "run", 2), tmp_path / "run"))
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    events = opened(tmp_path / "elsewhere")
    assert only(events, RunStarted)[0].run == events[-1].summary.path == str(tmp_path / "elsewhere")


def test_photos_that_are_gone_are_counted(tmp_path):
    spec = replace(SPEC, dataset=DatasetSpec(str(tmp_path / "photos")))
    list(folder.record_events(story(tmp_path / "run", 2, spec), tmp_path / "run"))
    (tmp_path / "photos" / "ants").mkdir(parents=True)
    (tmp_path / "photos" / "ants" / "0.jpg").touch()
    assert only(opened(tmp_path / "run"), RunOpened)[0].missing == 1


def test_a_run_cut_short_before_its_first_epoch_has_no_results(tmp_path):
    running = folder.record_events(begin(tmp_path / "run"), tmp_path / "run")
    next(running), next(running)
    running.close()
    events = opened(tmp_path / "run")
    assert [type(event) for event in events] == [RunStarted, DatasetScanned, RunOpened]
    assert events[-1].summary.state == "cancelled"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("predictions.csv", "path,true,predicted,p(ants)\nants/0.jpg,wasps,ants,1\n"),
        ("predictions.csv", "path,true,predicted,p(ants)\nants/0.jpg,ants,ants,1\n"),
        ("predictions.csv", "path\nx\n"),
        ("run.json", None),
    ],
)
def test_a_damaged_run_is_an_error_that_names_it(tmp_path, file, content):
    run = tmp_path / "run"
    list(folder.record_events(story(run, 2), run))
    if content is None:
        content = json.dumps(run_json(run) | {"report": {"accuracy": 1}})
    (run / file).write_text(content)
    with pytest.raises(UserError, match=str(run)):
        opened(run)


def test_classes_that_were_swapped_in_the_record_are_noticed(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(story(run, 2), run))
    content = run_json(run)
    content["classes"].reverse()
    (run / "run.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="than the report in it: it was edited"):
        opened(run)
    content["report"]["classes"].reverse()
    (run / "run.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"than its predictions in predictions\.csv"):
        opened(run)


def test_the_stored_decision_rule_is_read(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(with_proof(run), run))
    assert not only(opened(run), DecisionStored)
    rule = DecisionRule(temperature=1.5)
    decision_file.write(run, rule)
    assert only(opened(run), DecisionStored) == [DecisionStored(str(run), rule)]
    for content, words in (
        ("{", "decision.json cannot be read"),
        ('{"thresholds": [{"class": "wasps", "value": 0.5}]}', "“wasps”, which is not a class of the run"),
    ):
        (run / decision_file.FILE).write_text(content)
        events = opened(run)
        assert not only(events, DecisionStored)
        assert words in only(events, Warned)[-1].title


def test_the_search_for_photos_can_be_stopped_from_its_first_photo_on(monkeypatch):
    monkeypatch.setattr(reopen, "CHECK_EVERY", 3)
    assert len(list(reopen._count_missing("/nowhere", PHOTOS * 2))) == 3, "at the first, fourth and seventh photo"


def test_a_resumed_run_keeps_its_decision_rule(tmp_path):
    run, rule = tmp_path / "run", DecisionRule(least_confidence=0.6)
    list(folder.record_events(story(run, 2), run))
    decision_file.write(run, rule)
    closed = []

    def resumed():
        try:
            yield from (event for event in opened(run) if not isinstance(event, DecisionStored))
        finally:
            closed.append(True)

    events = reopen.with_decision(run, resumed())
    assert [next(events), next(events)] == [opened(run)[0], DecisionStored(str(run), rule)]
    events.close()
    assert closed
    assert only(list(reopen.with_decision(tmp_path / "gone", iter(opened(run)[:1]))), DecisionStored) == []


def test_a_run_with_settings_of_a_newer_version_is_shown_and_cannot_be_used(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(with_proof(run), run))
    record = json.loads((run / "run.json").read_text())
    record["spec"]["backbone"]["readout"] = "register"
    record["spec"]["freeze"]["lora_kind"] = "dora"
    (run / "run.json").write_text(json.dumps(record))
    before = (run / "run.json").read_bytes()
    events = opened(run)
    (summary,) = [event.summary for event in only(events, RunOpened)]
    assert set(summary.unknown) == {"readout “register”", "lora kind “dora”"}
    assert summary.epochs == len(only(events, Epoch)) > 0
    assert (summary.resumable, summary.extendable) == (False, False)
    assert "does not know: " in only(events, Warned)[0].title
    assert "not used for predictions" in only(events, Warned)[0].hint
    for use in (folder.read, index.require_resumable, lambda run: list(folder.record_events(iter(()), run, True))):
        with pytest.raises(UserError, match="readout “register”"):
            use(run)
    assert (run / "run.json").read_bytes() == before
    trash.discard(run)  # also without knowing all of it
    assert not run.exists()
