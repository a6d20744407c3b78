"""A failure is removed when its subject changes or its job succeeds, and not before."""

from __future__ import annotations

import pytest

from studio.events import Cancelled, Done, Failed, RunsListed, RunStarted
from studio.session import user_choices
from studio.session.jobs import failures
from studio.session.jobs.job_kinds import KINDS, kind_of
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState
from studio.session.user_choices import spec_changed
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/photos"))
BROKEN = Failed("Broken.", "Mend it.")

FOLDER = {"dataset": DatasetSpec("/others")}
SPLIT = {"dataset": DatasetSpec("/photos", val_fraction=0.4)}
TARGETS = {"dataset": DatasetSpec("/photos", targets="/ages.csv")}
BACKBONE = {"backbone": BackboneSpec("resnet18")}
WEIGHTS = {"backbone": replace(SPEC.backbone, weights="/weights.safetensors")}
CHANGES = {"augment": AugmentSpec((AugmentStep("flip"),))}
BATCH = {"train": TrainSpec(batch_size=4)}
FREEZE = {"freeze": FreezePlan("none")}


def failed(job: str, before: AppState | None = None) -> AppState:
    return reduce(job_started(before or AppState(spec=SPEC), job), job, BROKEN)


@pytest.mark.parametrize(
    ("job", "goes", "stays"),
    [
        ("scan", (FOLDER, SPLIT, TARGETS), (BACKBONE, BATCH, FREEZE)),
        ("watch", (FOLDER,), (BACKBONE, BATCH)),
        ("sample", (FOLDER,), (BATCH,)),
        ("preview", (FOLDER, BACKBONE, WEIGHTS), (BATCH, CHANGES, SPLIT)),
        ("augmented", (FOLDER, BACKBONE, CHANGES), (BATCH, FREEZE)),
        ("inspect", (BACKBONE, WEIGHTS), (FOLDER, BATCH, FREEZE)),
        ("outputs", (FOLDER, BACKBONE), (BATCH, FREEZE)),
        ("train", (FOLDER, SPLIT, BACKBONE, WEIGHTS, CHANGES, BATCH, FREEZE), ()),
        ("open_run", (), (BATCH, BACKBONE)),
        ("cache", (), (FOLDER, BACKBONE, BATCH)),
        ("runs", (), (FOLDER, BACKBONE, BATCH)),
    ],
)
def test_a_failure_disappears_only_with_its_subject(job, goes, stays):
    page = kind_of(job).page
    for change in goes:
        after = spec_changed(failed(job), replace(SPEC, **change))
        assert (after.faults, after.fault_sources) == ({}, {}), change
    for change in stays:
        assert spec_changed(failed(job), replace(SPEC, **change)).faults == {page: BROKEN}, change


@pytest.mark.parametrize("job", sorted(KINDS))
def test_a_failure_disappears_when_its_job_succeeds_and_reappears_on_the_next_failure(job):
    again = job_started(failed(job), job)
    assert reduce(again, job, Done()).faults == {}
    assert reduce(again, job, BROKEN).faults == {kind_of(job).page: BROKEN}
    late = reduce(again, job, BROKEN)  # from the attempt before this one
    assert reduce(late, job, Done()).faults == {}


def test_a_failure_that_arrives_after_other_settings_were_chosen_stays_until_the_next_change():
    late = reduce(spec_changed(job_started(AppState(spec=SPEC), "train"), replace(SPEC, **BATCH)), "train", BROKEN)
    assert late.faults == {"head": BROKEN}
    assert spec_changed(late, SPEC).faults == {}


def test_a_run_that_cannot_be_opened_is_forgotten_when_another_is_chosen():
    state = failed("open_run", user_choices.run_chosen(AppState(spec=SPEC), "/runs/1"))
    listed = reduce(job_started(state, "runs"), "runs", RunsListed("/runs", ()))
    assert listed.run_list.chosen == ""
    assert reduce(listed, "runs", Done()).faults == {"head": BROKEN}, "it is gone, and that is what the failure says"
    assert user_choices.run_chosen(listed, "/runs/2").faults == {}


def test_the_failure_of_an_export_goes_with_the_run_shown():
    begins = RunStarted("/runs/1", SPEC, "cpu", "features", (512,), 10, 20, ())
    state = failed("export", reduce(AppState(spec=SPEC), "train", begins))
    assert reduce(state, "train", replace(begins, run="/runs/2")).faults == {}


def test_background_jobs_do_not_remove_a_failure():
    state = failed("scan")
    for job in ("watch", "runs", "cache"):
        quiet = failed(job, failed("inspect", failed("train", state)))
        assert quiet.fault_sources[kind_of(job).page].job != job
        assert reduce(quiet, job, Done()).faults == quiet.faults
        assert reduce(quiet, job, Cancelled()).faults == quiet.faults


def test_a_failed_preview_disappears_when_another_photo_is_chosen():
    assert user_choices.photo_chosen(failed("preview")).faults == {}


def test_a_failed_request_is_shown_above_other_pages_and_marks_no_station():
    copied = failed("cleaned_copy")
    assert failures.elsewhere(copied, "images") is None, "its page shows it"
    assert failures.elsewhere(copied, "use") == ("images", BROKEN)
    assert failures.of_station(copied, "images") is None
    scanned = failed("scan")
    assert (failures.elsewhere(scanned, "use"), failures.of_station(scanned, "images")) == (None, BROKEN)
    assert failures.elsewhere(failed("outputs"), "use") is None
