"""The state of the window, from the first event of a run to its last."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

import numpy as np
import pytest
from epochs import class_epoch
from folded_states import PHOTOS, SPEC, after, finished, opened, started, trained
from layer_tables import ROWS, TABLE

from studio.events import (
    Cancelled,
    Checkpoint,
    DatasetScanned,
    Done,
    Evaluated,
    Failed,
    FeaturesComputed,
    Figure,
    LayerChange,
    LayersChanged,
    PredictedProbabilities,
    Progress,
    RunOpened,
    RunSummary,
    Saved,
    Stage,
    Step,
    TrainingFinished,
    Warned,
)
from studio.session import reducer
from studio.session import state as known
from studio.session.jobs.job_kinds import KINDS
from studio.session.reducer import job_started, job_stopping, reduce
from studio.session.runs import run_events
from studio.session.selectors import layers_now, obstacle, stale, training
from studio.session.state import AppState
from studio.session.user_choices import spec_changed
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, LayerRate, TrainSpec
from studio.spec.structs import replace


def test_a_run_from_start_to_end():
    state = job_started(opened(), "train")
    assert obstacle(state) == "Training is in progress."
    state = after(state, "train", Stage("extract", "Computing features"), Progress("extract", 3, 10))
    assert (training(state).stage.name, training(state).progress.done) == ("extract", 3)
    state = after(state, "train", Stage("train", "Training"))
    assert training(state).progress is None, "the progress of one stage is not the next one's"
    checked = replace(PHOTOS, checked=True)
    state = after(state, "train", started(), FeaturesComputed(2, 0, 1.0), DatasetScanned(checked), Step(0.5, 0.7))
    assert state.run.status == "running"
    assert state.run.dataset == checked
    assert state.dataset == PHOTOS, "the open folder is not the run's"
    shares = np.ones((1, 2), np.float32)
    epochs = [class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1), class_epoch(2, 0.5, 0.5, 0.6, 0.5, 0.1)]
    state = after(state, "train", epochs[0], PredictedProbabilities(1, np.array([1]), shares), epochs[1])
    state = after(state, "train", TrainingFinished("/runs/1", True, ()), Saved("/runs/1", "run"), Done())
    assert state.run.epochs == tuple(epochs)
    assert state.run.steps == (Step(0.5, 0.7),)
    assert state.run.outcome.frozen_unchanged
    assert state.run.status == "done"
    assert not state.jobs
    assert obstacle(state) == ""
    assert stale(state) == {}


@pytest.mark.parametrize(
    ("end", "status"), [(Done(), "done"), (Cancelled(), "cancelled"), (Failed("Broken.", "Mend."), "failed")]
)
def test_the_state_of_a_run_is_that_of_its_job(end, status):
    state = trained(end)
    assert state.run.status == status
    assert not state.jobs
    assert state.faults == ({"head": end} if status == "failed" else {})


def test_a_failure_before_the_run_starts_leaves_the_last_run_as_it_was():
    state = trained(Done())
    state = after(job_started(state, "train"), "train", Failed("No.", ""))
    assert state.run.status == "done"


def test_the_next_attempt_removes_the_failure_and_the_warnings():
    state = trained(Warned("One photo was left out."), Failed("Broken.", "Mend."))
    assert state.warnings
    state = job_started(state, "train")
    assert not state.faults
    assert not state.warnings


def test_a_failure_is_shown_on_the_page_of_its_job():
    for job, kind in KINDS.items():
        state = after(job_started(AppState(), job), job, Failed("Broken.", ""))
        assert list(state.faults) == [kind.page]
        assert kind.page in known.STATIONS


def test_events_of_one_job_do_not_change_another():
    state = job_started(trained(), "preview")
    state = after(state, "preview", Stage("preview", "Looking"), Done())
    assert state.run.status == "running"
    assert list(state.jobs) == ["train"]


def test_the_newest_proof_and_checkpoint_are_kept():
    first, second = (LayersChanged(epoch, (LayerChange("stem", True, True, 0.0),)) for epoch in (0.5, 1.0))
    state = trained(first, Checkpoint(0.5, 0.01), second)
    assert state.run.layer_changes is second
    assert state.run.checkpoint == Checkpoint(0.5, 0.01)
    assert after(job_started(state, "train"), "train", started()).run.layer_changes is None


def test_another_backbone_drops_the_plan_that_named_the_old_ones_layers():
    state = spec_changed(opened(), replace(SPEC, freeze=FreezePlan(thaw=("blocks.6",))))
    state = spec_changed(state, replace(state.spec, backbone=BackboneSpec("resnet18")))
    assert state.spec.freeze == FreezePlan()
    rated = spec_changed(state, replace(SPEC, train=TrainSpec(layer_rates=(LayerRate("layer4", 1e-4),))))
    rated = spec_changed(rated, replace(rated.spec, backbone=BackboneSpec("alexnet")))
    assert rated.spec.train.layer_rates == ()
    both = replace(SPEC, backbone=BackboneSpec("alexnet"), freeze=FreezePlan(thaw=("features",)))
    assert spec_changed(state, both).spec.freeze == FreezePlan(thaw=("features",)), "a plan chosen with it stays"


def test_choosing_another_folder_closes_the_open_one():
    assert spec_changed(opened(), replace(SPEC, dataset=DatasetSpec("/others"))).dataset is None
    assert spec_changed(opened(), replace(SPEC, dataset=DatasetSpec("/photos", 0.4))).dataset == PHOTOS


def test_a_job_is_marked_as_stopping_until_it_ends():
    state = job_stopping(job_started(opened(), "train"), "train")
    assert training(state).stopping
    state = after(state, "train", Progress("train", 1, 2))
    assert training(state).stopping
    assert training(after(state, "train", Cancelled())) is None
    assert job_stopping(opened(), "train") == opened()


@pytest.mark.slow
def test_the_curve_of_a_long_run_is_thinned_and_has_the_newest_point():
    state = trained(*(Step(number / 10, 0.5) for number in range(3 * run_events.MOST_STEPS)))
    assert len(state.run.steps) <= run_events.MOST_STEPS + 1
    assert state.run.steps[-1].epoch == (3 * run_events.MOST_STEPS - 1) / 10
    assert [step.epoch for step in state.run.steps] == sorted(step.epoch for step in state.run.steps)


def test_the_engine_is_ready_once_it_was_imported():
    assert not after(job_started(AppState(), "warm_up"), "warm_up", Failed("No torch.", "")).engine_ready
    assert after(job_started(AppState(), "warm_up"), "warm_up", Done()).engine_ready


def test_folding_changes_no_earlier_state():
    before = job_started(opened(), "train")
    run = after(before, "train", started())
    after(run, "train", Step(0.1, 1.0), Warned("x"), Done())
    assert before.run is None
    assert run.run.steps == ()
    assert list(before.jobs) == ["train"]


def test_predictions_of_an_epoch_are_shown_only_with_its_metrics():
    """The run may fail between the two, and must not then have the accuracies of two epochs."""
    state, shares = finished(), np.ones((1, 2), np.float32)
    first = state.run.report
    second = replace(first, figures=(Figure("accuracy", 0.5),))
    epoch = class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1)
    state = after(job_started(state, "train"), "train", started(), epoch, Evaluated(1, first))
    early = after(state, "train", PredictedProbabilities(2, np.array([1]), shares), Evaluated(2, second))
    assert (early.run.report, early.run.predictions) == (first, None)
    failed = after(early, "train", Failed("Gone.", ""))
    assert (failed.run.status, failed.run.report) == ("failed", first)
    whole = after(early, "train", class_epoch(2, 0.6, 0.5, 0.7, 0.5, 0.1))
    assert (whole.run.report, whole.run.predictions.epoch, whole.run.pending) == (second, 2, ())


def test_a_long_curve_loses_every_second_step():
    steps = tuple(Step(number / 100, 0.5) for number in range(2000))
    state = trained()

    def length(before: int) -> int:
        known = state.showing(replace(state.run, steps=steps[:before]))
        return len(reduce(known, "train", Step(20.0, 0.5)).run.steps)

    assert (length(1999), length(2000)) == (2000, 1001)


def test_events_of_another_run_do_not_change_the_shown_one():
    """Each event belongs to the run of its job: the user may open one run while another one trains."""
    first, second = class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1), class_epoch(2, 0.5, 0.5, 0.6, 0.5, 0.1)
    state = trained(first, Warned("Few photos."))
    opening = after(job_started(state, "open_run"), "open_run", started(run="/runs/2"), first, Warned("Photos gone."))
    opened_run = after(opening, "open_run", RunOpened(RunSummary("/runs/2", "failed", SPEC), missing=2), Done())
    shown = opened_run.run
    assert (shown.id, shown.status, shown.missing, shown.epochs) == ("/runs/2", "failed", 2, (first,))
    trains = TrainingFinished("/runs/1", True, ()), Saved("/runs/1", "run"), Warned("Late."), Failed("Full.", "")
    later = after(opened_run, "train", second, DatasetScanned(PHOTOS), Step(1.5, 0.1), Checkpoint(2.0, 0.1), *trains)
    assert later.run is shown
    assert later.warnings == opened_run.warnings == (Warned("Photos gone."),)
    behind = later.runs["/runs/1"]
    assert (behind.epochs, behind.status, behind.dataset) == ((first, second), "failed", PHOTOS)
    assert behind.warnings == (Warned("Late."),)
    assert (later.shown, later.compared) == ("/runs/2", None)


def test_a_run_that_begins_by_itself_is_shown_only_where_no_other_is():
    before = finished()
    job = replace(job_started(before, "train").jobs["train"], shows_run=False)
    quiet = replace(before, jobs=MappingProxyType({"train": job}))
    assert after(quiet, "train", started(run="/runs/2")).shown == "/runs/1"
    assert after(quiet.showing(None), "train", started(run="/runs/2")).shown == "/runs/2"


def test_a_run_that_is_opened_while_another_one_starts_stays_shown():
    state = job_started(job_started(opened(), "train"), "open_run")
    state = after(state, "open_run", started(run="/runs/2"), Done())
    assert after(state, "train", started()).shown == "/runs/2"


def test_reports_are_kept_by_split():
    state = trained(class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1))
    report = finished().run.report
    on_test, on_train = (replace(report, figures=(Figure("accuracy", share),)) for share in (0.6, 0.9))
    state = after(state, "train", Evaluated(1, on_test, "test"))
    assert (state.run.report, state.run.reports) == (None, {"test": on_test})
    state = after(state, "train", Evaluated(1, report), Evaluated(1, on_train, "train"))
    assert state.run.report is report
    assert state.run.reports == {"val": report, "test": on_test, "train": on_train}


def test_the_oldest_runs_are_dropped_where_there_are_too_many():
    state = opened()
    for number in range(reducer.MOST_RUNS + 3):
        job = replace(job_started(state, "train").jobs["train"], shows_run=False)
        state = replace(state, jobs=MappingProxyType({"train": job}))
        state = after(state, "train", started(run=f"/runs/{number}"), Done())
    assert len(state.runs) == reducer.MOST_RUNS
    assert list(state.runs)[:2] == ["/runs/0", "/runs/4"], "the one shown stays"


def test_no_part_of_the_state_can_be_changed_in_place():
    kinds = [
        kind for kind in vars(known).values() if dataclasses.is_dataclass(kind) and kind.__module__ == known.__name__
    ]
    assert len(kinds) >= 8
    assert all(kind.__dataclass_params__.frozen for kind in kinds)


def test_an_explicit_readout_that_is_the_published_one_changes_nothing():
    state = AppState(spec=SPEC)
    explicit = replace(SPEC.backbone, readout="pooled")
    assert spec_changed(state, replace(SPEC, backbone=explicit)).spec == SPEC


def test_another_readout_removes_missing_layers_from_the_plan():
    plan = FreezePlan(thaw=("norm", "pool"), lora_rank=4)
    rates = LayerRate("norm", 1e-4), LayerRate("pool", 1e-3)
    spec = replace(SPEC, freeze=plan, train=replace(SPEC.train, layer_rates=rates))
    state = after(AppState(spec=spec), "inspect", TABLE)
    assert state.spec == spec
    smaller = replace(TABLE, layers=tuple(row for row in ROWS if row.path != "pool"))
    assert after(state, "inspect", smaller).spec == spec, "layers that only the network's file lacks are the user's"
    other = spec_changed(state, replace(spec, backbone=replace(spec.backbone, readout="average+maximum")))
    assert other.spec.freeze == plan
    state = after(other, "inspect", smaller)
    assert state.spec.freeze == FreezePlan(thaw=("norm",), lora_rank=4)
    assert state.spec.train.layer_rates == rates[:1]
    assert layers_now(state) == smaller


def test_warnings_about_the_weights_are_those_of_the_network_chosen_now():
    chosen = AppState()
    table = replace(TABLE, warnings=(("The weights are random.", "Choose a file."),))
    warned = Warned("The weights are random.", "Choose a file.")
    looked = after(job_started(chosen, "inspect"), "inspect", warned, table, Done())
    assert looked.warnings == (warned,)
    assert after(job_started(looked, "forecast"), "forecast", warned).warnings == (warned,), "said once"
    other = replace(looked, spec=replace(looked.spec, backbone=BackboneSpec("resnet18")))
    assert other.warnings == ()
