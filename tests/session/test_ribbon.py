"""The summaries of the stations in the ribbon."""

from __future__ import annotations

import number_states
import states

from studio.events import Failed, GivenPhoto, Problem
from studio.session.given_photos import GivenPhotos
from studio.session.photo_rows import PhotoRows
from studio.session.ribbon import framing, summaries
from studio.session.state import AppState, RunState
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, PreprocessSpec
from studio.spec.structs import replace


def head_line(state: AppState) -> str:
    return next(summary.line for summary in summaries(state) if "Head" in summary.title)


def test_the_head_is_named_by_its_kind() -> None:
    state = states.state()
    assert head_line(state).startswith("linear · ")
    state = replace(state, spec=replace(state.spec, head=HeadSpec(kind="mlp", hidden=64)))
    assert head_line(state).startswith("MLP 64 · ")


def test_a_resumed_run_shows_its_last_epoch_in_the_ribbon() -> None:
    state = states.with_job(states.state(), "train")
    started = replace(states.run().started, spec=state.spec, resumed=2)
    total = state.spec.train.all_epochs
    assert head_line(state.showing(RunState(started))) == f"linear · epoch 2 / {total}"


def test_a_folder_that_could_not_be_listed_is_not_called_missing() -> None:
    assert summaries(AppState())[0].line == "no folder yet"
    spec = replace(AppState().spec, dataset=DatasetSpec("/photos"))
    assert summaries(AppState(spec=spec))[0].line == "not scanned"


def line(state: AppState, title: str) -> tuple[str, str]:
    summary = next(summary for summary in summaries(state) if summary.title == title)
    return summary.shape.replace("\u202f", " "), summary.line.replace("\u202f", " ")


def test_the_folder_in_the_ribbon() -> None:
    assert line(states.state(), "Images") == ("3 × H × W", "20 photos · 2 classes")
    assert line(number_states.state(number_states.dataset()), "Images")[1] == "40 photos · age"
    assert line(states.with_job(AppState(), "scan"), "Images")[1] == "scanning…"


def test_preprocessing_in_the_ribbon() -> None:
    steps = PreprocessSpec(size=(224, 224), resize=(256, 256))
    assert framing(steps) == "resize 256 · crop 224"
    assert framing(replace(steps, size=(224, 160))) == "resize 256 · crop 224 × 160"
    assert framing(replace(steps, crop="squash")) == "squash to 224"
    assert framing(replace(steps, crop="border")) == "fit into 224"
    state = states.state()
    shape, plain = line(state, "Preprocess")
    assert shape == "3 × 224 × 224"
    assert plain.startswith("resize ")
    changed = replace(state, spec=replace(state.spec, augment=AugmentSpec((AugmentStep("flip"),))))
    assert line(changed, "Preprocess")[1] == "crop 224 · 1 augmentation"
    unknown = replace(state, spec=replace(state.spec, backbone=BackboneSpec("none such")))
    assert line(unknown, "Preprocess") == line(unknown, "Features") == ("–", "unknown backbone")


def test_the_ribbon_says_which_layers_train() -> None:
    assert line(states.state(), "Features") == ("8", "resnet18 · all frozen")
    assert line(states.state(FreezePlan("none")), "Features")[1] == "resnet18 · all train"
    assert line(states.state(FreezePlan(thaw=("layer2.1.conv",))), "Features")[1] == "resnet18 · 1 layer trains"
    for paths, words in (
        (("layer2.1",), "2 layers train"), (("layer2.1", "stem"), "3 layers train"),
        (("layer2.0", "layer2.1.bn"), "3 layers train"),
    ):  # fmt: skip
        assert line(states.state(FreezePlan(thaw=paths)), "Features")[1] == f"resnet18 · {words}"
    for plan, words in ((FreezePlan(lora_rank=8), "LoRA 8"), (FreezePlan("none", lora_rank=4), "all train, LoRA 4")):
        assert line(states.state(plan), "Features")[1] == f"resnet18 · {words}"
    assert line(states.state(FreezePlan(thaw=("layer2",))), "Features")[1] == "resnet18 · 4 layers train"
    assert line(states.state(FreezePlan(thaw=("pool",))), "Features")[1] == "resnet18 · all frozen"
    every = FreezePlan(thaw=("stem", "layer1", "layer2"))
    assert line(states.state(every), "Features")[1] == "resnet18 · all train"
    assert line(states.state(FreezePlan(thaw=("none",))), "Features")[1] == "resnet18 · partly frozen"
    unknown = replace(states.state(FreezePlan("none")), layers_for=None)
    assert line(unknown, "Features") == ("512", "resnet18 · all train")
    assert line(replace(unknown, spec=states.spec(freeze=every)), "Features")[1] == "resnet18 · partly frozen"
    random = replace(unknown, spec=replace(unknown.spec, backbone=BackboneSpec("resnet18", "none")))
    assert line(random, "Features")[1] == "resnet18 · from scratch"


def test_the_head_in_the_ribbon() -> None:
    assert line(states.state(), "Head") == ("8 → 2", "linear · 10 epochs")
    assert line(states.state(epochs=1), "Head")[1] == "linear · 1 epoch"
    assert line(states.state(epochs=1, head_epochs=1), "Head")[1] == "linear · 1 + 1 epochs"
    assert line(replace(states.state(), dataset=None), "Head")[0] == "8 → K"
    both = states.spec(epochs=10, head_epochs=3)
    assert line(replace(states.state(), spec=both).showing(states.run(both)), "Head")[1] == "linear · epoch 3 / 13"
    assert line(states.state().showing(states.run()), "Head")[1] == "linear · epoch 3 / 10"
    starting = states.with_job(states.state().showing(states.run()), "train")
    assert line(starting, "Head")[1] == "linear · 10 epochs", "the run before is another one"


def test_the_results_in_the_ribbon() -> None:
    assert line(states.state(), "Evaluate") == ("", "no results yet")
    run = states.run()
    low, high = run.report.interval("accuracy")
    shape = f"100.0 % ({low * 100:.0f}–{high * 100:.0f})"
    assert line(states.state().showing(run), "Evaluate") == (shape, "10 validation photos")
    assert line(states.state().showing(replace(run, predictions=None)), "Evaluate")[1] == "10 validation photos"
    shape, words = line(number_states.state(number_states.dataset()), "Evaluate")
    assert shape.startswith("MAE ")
    assert words == "20 validation photos"


def test_stations_are_marked_for_a_failure_a_problem_and_old_results() -> None:
    failed = states.with_fault(states.state(), "features", Failed("No weights.", "Choose others."))
    assert [(summary.mark, summary.reason) for summary in summaries(failed)][2] == (
        "problem",
        "No weights. Choose others.",
    )
    copied = states.with_fault(states.state(), "images", Failed("No space left.", "Free some."), "cleaned_copy")
    assert [summary.mark for summary in summaries(copied)] == [""] * 6, "the photos are as before"
    known = states.state()
    empty = replace(known, dataset=replace(known.dataset, problems=(Problem("One class.", "Add another."),)))
    assert (summaries(empty)[0].mark, summaries(empty)[0].reason) == ("problem", "One class. Add another.")
    old = states.state(FreezePlan("none")).showing(states.run())
    assert [summary.mark for summary in summaries(old)] == ["", "", "", "stale", "stale", ""]
    assert [summary.mark for summary in summaries(states.with_job(old, "train"))] == [""] * 6


def test_photos_that_were_not_read_are_not_counted_as_predicted() -> None:
    rows = PhotoRows([GivenPhoto("/a.png", "ants", (("ants", 0.9),)), GivenPhoto("/b.txt", why="not an image")])
    state = replace(states.state(), given=GivenPhotos(rows)).showing(states.run())
    assert line(state, "Use")[1] == "1 photo predicted"


def test_the_ribbon_counts_scores() -> None:
    assert line(states.state(), "Use")[0] == "2 scores"
    assert line(replace(states.state(), dataset=None), "Use")[0] == "K scores"
    assert line(number_states.state(number_states.dataset()), "Use")[0] == "1 number"
