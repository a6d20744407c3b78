"""Values derived from the state: what is stale and why, the compared run, current layers, obstacles."""

from __future__ import annotations

import pytest
import states
from epochs import class_epoch
from folded_states import PHOTOS, SPEC, TABLE, after, finished, opened, started, trained

from studio.events import DatasetScanned, Done, Failed, Problem, Warned
from studio.planning import presets
from studio.session import selectors
from studio.session.reducer import job_started
from studio.session.selectors import obstacle, stale
from studio.session.state import AppState
from studio.session.user_choices import spec_changed, without_old_ranges
from studio.spec import (
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
)
from studio.spec.dataset import ValueRange
from studio.spec.structs import replace


def started_training(before: AppState) -> AppState:
    return job_started(before, "train")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": DatasetSpec("/photos", val_fraction=0.3)}, "other photos"),
        ({"backbone": BackboneSpec("resnet18")}, "another backbone"),
        ({"backbone": replace(SPEC.backbone, weights="none")}, "Trained with other weights."),
        ({"backbone": replace(SPEC.backbone, image_size=96)}, "Trained with another image size."),
        ({"freeze": FreezePlan("none")}, "other frozen layers"),
        ({"train": TrainSpec(epochs=99)}, "other head settings"),
        ({"train": TrainSpec(layer_rates=(LayerRate("stem", 1e-4),))}, "other head settings"),
        ({"train": TrainSpec(label_smoothing=0.1)}, "other head settings"),
        ({"head": HeadSpec(kind="mlp")}, "other head settings"),
        ({"freeze": FreezePlan(batch_norm="update")}, "other frozen layers"),
        ({"freeze": FreezePlan(lora_rank=4)}, "Trained with other adapters (LoRA)."),
        ({"augment": AugmentSpec((AugmentStep("flip"),))}, "another augmentation"),
        ({"dataset": DatasetSpec("/photos", targets="ages.csv")}, "other photos"),
    ],
)
def test_results_of_other_choices_are_stale_and_say_why(change, words):
    state = finished()
    changed = spec_changed(state, replace(SPEC, **change))
    assert set(stale(changed)) == {"head", "evaluate"}
    assert words in stale(changed)["evaluate"]
    assert stale(spec_changed(changed, SPEC)) == {}, "going back makes them fresh again"


def test_a_choice_made_during_a_run_applies_to_the_next_one():
    words = stale(spec_changed(trained(), replace(SPEC, freeze=FreezePlan("none"))))["head"]
    assert words.startswith("The current run uses other frozen layers. ")


def test_the_interval_of_checkpoints_makes_no_result_stale():
    assert stale(spec_changed(trained(Done()), replace(SPEC, train=TrainSpec(checkpoint_minutes=1.0)))) == {}


def test_a_baseline_is_named_with_the_result_of_its_plan():
    epochs = (class_epoch(1, 0.6, 0.5, 0.3, 0.9, 0.1), class_epoch(2, 0.5, 0.5, 0.6, 0.5, 0.1))
    state = trained(*epochs, Done())
    baseline = presets.from_scratch(SPEC)
    epoch = class_epoch(1, 0.7, 0.5, 0.7, 0.4, 0.1)
    state = after(job_started(state, "train"), "train", started(baseline, "/runs/2"), epoch, Done())
    assert state.spec == SPEC
    assert "baseline of the settings chosen now" in stale(state)["head"]
    assert selectors.counterpart(state) == 0.9, "of the best epoch"
    assert "baseline" not in stale(spec_changed(state, replace(SPEC, train=TrainSpec(epochs=3))))["head"]
    again = after(job_started(state, "train"), "train", started(SPEC, "/runs/3"))
    assert selectors.counterpart(again) == 0.4
    other = after(job_started(state, "train"), "train", started(replace(SPEC, train=TrainSpec(epochs=3)), "/runs/4"))
    assert selectors.counterpart(other) is None


def test_all_reasons_are_named():
    other = replace(SPEC.dataset, val_fraction=0.4)
    changed = spec_changed(finished(), RunSpec(other, BackboneSpec("resnet18"), FreezePlan("none")))
    for words in ("other photos", "another backbone", "other frozen layers"):
        assert words in stale(changed)["evaluate"]


def test_results_of_the_former_folder_are_not_shown():
    warned = after(finished(), "train", Warned("Few photos."))
    changed = spec_changed(warned, RunSpec(DatasetSpec("/others")))
    assert (changed.run, changed.warnings, stale(changed)) == (None, (), {})


def test_a_run_in_progress_stays_when_another_folder_is_opened_and_names_its_own():
    epoch = class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1)
    changed = spec_changed(trained(), RunSpec(DatasetSpec("/others")))
    assert "the photos of another folder (photos)" in stale(changed)["head"]
    ended = after(changed, "train", epoch, Done())
    assert ended.run.epochs == (epoch,)
    assert stale(ended)["head"].startswith("Trained with the photos of another folder (photos).")


def test_a_run_without_an_epoch_has_nothing_that_could_be_stale():
    failed = after(trained(), "train", Failed("No.", ""))
    assert stale(spec_changed(failed, replace(SPEC, freeze=FreezePlan("none")))) == {}


def test_nothing_is_stale_before_there_is_a_result():
    assert stale(spec_changed(opened(), RunSpec(DatasetSpec("/others")))) == {}


def test_layers_are_only_current_for_the_backbone_they_were_read_from():
    state = spec_changed(opened(), replace(SPEC, backbone=BackboneSpec("resnet18")))
    state = after(job_started(state, "inspect"), "inspect", TABLE, Done())
    assert selectors.layers_now(state) == TABLE
    assert selectors.layers_now(spec_changed(state, replace(state.spec, backbone=BackboneSpec("alexnet")))) is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AppState(), "Open an image folder"),
        (
            after(opened(), "scan", DatasetScanned(replace(PHOTOS, problems=(Problem("Only one class.", "Add."),)))),
            "one class",
        ),
        (job_started(AppState(spec=SPEC), "scan"), "being scanned"),
        (
            after(job_started(AppState(spec=SPEC), "scan"), "scan", Failed("It cannot be read.", "Try.")),
            "cannot be read",
        ),
        (started_training(opened()), "in progress"),
        (opened(), ""),
    ],
)
def test_why_training_cannot_start(state, words):
    assert words in obstacle(state)
    assert bool(words) == bool(obstacle(state))


def test_a_folder_that_could_not_be_read_is_named():
    failed = after(job_started(AppState(spec=SPEC), "scan"), "scan", Failed("It cannot be read.", "Try."))
    assert selectors.unreadable_folder(failed) == SPEC.dataset.folder
    assert selectors.unreadable_folder(job_started(failed, "scan")) == "", "it is read again"
    assert selectors.unreadable_folder(opened()) == selectors.unreadable_folder(AppState(spec=SPEC)) == ""


def test_a_resumed_run_is_said_to_use_its_own_settings() -> None:
    now = SPEC
    assert "which are those chosen now" in selectors.own_settings_words(now, now)
    run = replace(now, backbone=replace(now.backbone, name="resnet18"), train=replace(now.train, epochs=99))
    words = selectors.own_settings_words(run, now)
    assert "another backbone and other head settings than chosen now" in words
    assert "Back to my settings" in words


@pytest.mark.parametrize(("then", "now", "same"), [(True, True, True), (False, True, False), (True, False, False)])
def test_settings_of_the_split_do_not_matter_where_the_folder_has_its_own(then: bool, now: bool, same: bool) -> None:
    shown = states.run(states.spec(), replace(states.dataset(), split_found=then))
    old = replace(states.spec().dataset, split_by="photo", split_near=False, seed=8)  # as in a record of version 0.1
    start = replace(shown.started, spec=replace(shown.started.spec, dataset=old))
    state = replace(states.state(), dataset=replace(states.dataset(), split_found=now)).showing(
        replace(shown, started=start)
    )
    assert ("other photos" not in selectors.difference(state)) == same
    labels = replace(old, labels="/table.csv")
    start = replace(start, spec=replace(start.spec, dataset=labels))
    assert "other photos" in selectors.difference(state.showing(replace(shown, started=start)))


def test_the_result_of_a_run_is_named_from_its_first_epoch_on():
    run = states.run()
    best = selectors.result_epoch(run).epoch
    assert selectors.result_words(run).startswith(f"epoch {best} of {len(run.epochs)}")
    assert selectors.result_words(replace(run, epochs=())) == ""


def test_other_value_ranges_discard_the_preview():
    state = replace(states.state(), preview="a preview")
    assert without_old_ranges(state, state).preview == "a preview"
    other = replace(state.spec, dataset=replace(state.spec.dataset, value_range=ValueRange(0, 4095)))
    assert without_old_ranges(state, replace(state, spec=other)).preview is None


def test_another_backbone_resets_plan_and_rates_unless_they_are_chosen_with_it():
    rates, plan = (LayerRate("stem", 0.1),), FreezePlan(thaw=("layer2",), batch_norm="update")
    state = states.state(plan, layer_rates=rates)
    other = replace(state.spec.backbone, name="resnet50")
    changed = spec_changed(state, replace(state.spec, backbone=other)).spec
    assert (changed.freeze, changed.train.layer_rates) == (FreezePlan(batch_norm="update"), ())
    own, thawed = (LayerRate("layer1", 0.2),), FreezePlan(thaw=("layer1",))
    both = replace(state.spec, backbone=other, freeze=thawed, train=replace(state.spec.train, layer_rates=own))
    changed = spec_changed(state, both).spec
    assert (changed.freeze, changed.train.layer_rates) == (thawed, own)
    same = spec_changed(state, replace(state.spec, backbone=replace(state.spec.backbone, image_size=64))).spec
    assert (same.freeze, same.train.layer_rates) == (plan, rates)


def test_the_photos_of_a_run_are_read_with_its_ranges():
    run = states.run()
    ranges = selectors.ValueRanges(ValueRange(0, 4095))
    deep = replace(run, started=replace(run.started, ranges=ranges))
    assert selectors.ranges_of_run(states.state().showing(deep)) == ranges
    assert selectors.ranges_of_run(states.state()) == selectors.ValueRanges()
