"""Values derived from the state and not stored in it."""

from __future__ import annotations

from pathlib import PurePath

from studio.catalog import catalog, readouts
from studio.evaluate import metrics
from studio.evaluate.epochs import best_epoch as epochs
from studio.events import (
    AugmentedViews,
    Epoch,
    LayerTable,
    ValueRanges,
)
from studio.formatting.language import tr, translated
from studio.planning import presets
from studio.session.jobs import failures
from studio.session.state import AppState, JobState, RunState, Station
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec
from studio.spec.structs import replace

SPLIT_SETTINGS = (
    "val_fraction", "seed", "test_fraction", "split_by", "split_pattern", "split_table", "split_column", "split_near",
)  # fmt: skip
"""Settings of a data set that have no effect where its folder has a split of its own."""


def layers_now(state: AppState) -> LayerTable | None:
    """The layer table if it belongs to the network chosen now, else None."""
    owner = state.layers_for
    return state.layers if owner is not None and owner.network == state.spec.backbone.network else None


def ranges_now(state: AppState) -> ValueRanges:
    """Value ranges of photos of more than 8 bits under the chosen settings."""
    deep = state.dataset.deep if state.dataset is not None else None
    return ValueRanges(state.spec.dataset.value_range, deep.estimated if deep is not None else ())


def ranges_of_run(state: AppState) -> ValueRanges:
    """Value ranges with which the run shown reads its photos."""
    return state.run.started.ranges if state.run is not None else ValueRanges()


def augmented_now(state: AppState) -> AugmentedViews | None:
    """The augmented photo if it is of the photo shown now; its augmentation may be the previous choice."""
    augmented, shown = state.augmented, state.preview
    current = augmented and shown and augmented.path == shown.path and state.spec.augment.steps
    return augmented if current else None


def training(state: AppState) -> JobState | None:
    """The run in progress; None where none runs."""
    return state.jobs.get("train")


def run_of_job(state: AppState, job: str) -> RunState | None:
    """The run that the events of a job belong to; None before it has begun, and for a job without a run."""
    run = state.jobs[job].run if job in state.jobs else None
    return state.runs.get(run) if run is not None else None


def running_run(state: AppState) -> RunState | None:
    """The run that is training now, shown or not."""
    return run_of_job(state, "train")


def run_of_weights(state: AppState) -> str:
    """Id of the run with whose weights layer outputs are computed; "" for the pretrained weights of the backbone.

    It is the run shown if it has the backbone chosen now and its weights differ from the pretrained ones: some layers
    train, or the weights are random.
    """
    run = state.run
    if run is None or run.started.spec.backbone.network != state.spec.backbone.network:
        return ""
    spec = run.started.spec
    unchanged = spec.freeze == FreezePlan("all", batch_norm=spec.freeze.batch_norm)
    if unchanged and spec.freeze.batch_norm != "update" and spec.backbone.weights != "none":
        return ""
    return run.id


def compared_run(state: AppState) -> RunState | None:
    """The run that the one shown is compared with."""
    return state.runs.get(state.compared) if state.compared is not None else None


def counterpart(state: AppState) -> float | None:
    """Validation accuracy of the run that the one shown is compared with; None where there is no such run."""
    run = compared_run(state)
    return best_accuracy(run) if run is not None else None


def obstacle(state: AppState) -> str:
    """The reason why no training can start now; "" where it can."""
    return tr("Training is in progress.") if "train" in state.jobs else data_obstacle(state)


def unreadable_folder(state: AppState) -> str:
    """The chosen folder if its scan failed; "" where the scan succeeded or is still running."""
    failed = state.dataset is None and failures.of_station(state, "images") and "scan" not in state.jobs
    return state.spec.dataset.folder if failed else ""


def data_obstacle(state: AppState) -> str:
    """The reason why the open folder cannot be trained on; "" where it can."""
    if unreadable_folder(state):
        return translated(state.faults["images"].title)
    if state.dataset is None and "scan" in state.jobs:
        return tr("The folder is being scanned.")
    if state.dataset is None:
        return tr("Open an image folder first.")
    if state.dataset.problems:
        return translated(state.dataset.problems[0].title)
    return ""


def stale(state: AppState) -> dict[Station, str]:
    """Stations with results for other settings than those chosen now, and the reason in words."""
    words, run = difference(state), state.run
    if run is None or not words:
        return {}
    shown: dict[Station, bool] = {
        "head": bool(run.epochs) or run.status == "running",
        "evaluate": run.report is not None,
    }
    return {station: words for station, results in shown.items() if results}


def difference(state: AppState) -> str:
    """Differences between the settings of the run shown and the chosen ones, in words; "" where there are none."""
    if state.run is None:
        return ""
    then, now = state.run.started.spec, state.spec
    if is_baseline(state):
        return tr("Trained from scratch, as the baseline of the settings chosen now: random weights, nothing frozen.")
    changed = differing_settings(then, now, _choices_differ(state), _has_own_split(state))
    if not changed:
        return ""
    several = _listed(changed)
    if state.run.status == "running":
        words = tr("The current run uses {several}. The settings chosen now apply to the next run.")
        return words.format(several=several)
    return tr("Trained with {several}. Train again to update the results.").format(several=several)


def differing_settings(
    then: RunSpec, now: RunSpec, choices_differ: bool = False, has_own_split: bool = False
) -> list[str]:
    """The differences between two settings, for instance “another backbone”.

    Args:
        then: Settings of a run.
        now: Settings chosen now.
        choices_differ: True where the choices about photos differ, too.
        has_own_split: True where the folder has its own split, so that the settings of a split have no effect.
    """
    other = then.dataset.folder != now.dataset.folder
    folder = PurePath(then.dataset.folder).name or then.dataset.folder
    reasons = {
        tr("the photos of another folder ({folder})").format(folder=folder): other,
        tr("other photos"): _photos(then, has_own_split) != _photos(now, has_own_split) and not other,
        tr("other choices about photos"): not other and choices_differ,
        tr("another value range"): then.dataset.value_range != now.dataset.value_range,
        tr("another augmentation"): then.augment != now.augment,
        tr("another backbone"): then.backbone.name != now.backbone.name,
        tr("other weights"): then.backbone.weights != now.backbone.weights,
        tr("another image size"): then.backbone.image_size != now.backbone.image_size,
        tr("another readout"): _readout(then.backbone) != _readout(now.backbone),
        tr("another crop policy"): (then.backbone.crop, then.backbone.border)
        != (now.backbone.crop, now.backbone.border),
        tr("other frozen layers"): _without_adapters(then.freeze) != _without_adapters(now.freeze),
        tr("other adapters (LoRA)"): _adapters(then.freeze) != _adapters(now.freeze),
        tr("other head settings"): (then.head, _without_checkpoints(then)) != (now.head, _without_checkpoints(now)),
    }
    return [reason for reason, differs in reasons.items() if differs]


def own_settings_words(run: RunSpec, now: RunSpec) -> str:
    """The settings that a run is resumed or extended with, and how they differ from those chosen now, in sentences."""
    changed = differing_settings(run, now)
    if not changed:
        return tr("It trains with its own settings, which are those chosen now.")
    words = tr(
        "It trains with its own settings: {several} than chosen now. They replace yours; “Back to my settings” "
        "(Ctrl+B) restores yours for the next run."
    )
    return words.format(several=_listed(changed))


def _listed(parts: list[str]) -> str:
    *others, last = parts
    return tr("{others} and {last}").format(others=", ".join(others), last=last) if others else last


def _choices_differ(state: AppState) -> bool:
    """True where the run shown used other choices about photos than those in the journal now."""
    then = state.run.dataset if state.run is not None else None
    if then is None or state.dataset is None or then.folder != state.dataset.folder:
        return False
    return then.choices.fingerprint != state.dataset.choices.fingerprint


def is_baseline(state: AppState) -> bool:
    """True where the run shown is the baseline from scratch of the settings chosen now, and does not equal them."""
    if state.run is None or state.run.started.spec == state.spec:
        return False
    return state.run.started.spec == presets.from_scratch(state.spec)


def cannot_export(state: AppState) -> str:
    """The reason why no head can be exported now; "" where one can."""
    if state.run is not None and state.run.status == "running":
        return tr("Training is in progress.")
    if "export" in state.jobs:
        return tr("A head is being exported.")
    return (
        "" if state.run is not None and state.run.epochs else tr("Open a run with at least one finished epoch first.")
    )


def cannot_report(state: AppState) -> str:
    """The reason why no report can be written now; "" where one can."""
    if "report" in state.jobs:
        return tr("A report is being written.")
    if state.pair is not None:
        return "" if state.pair.result is not None else tr("The runs are being compared.")
    if state.run is not None and state.run.status == "running":
        return tr("Training is in progress.")
    return (
        "" if state.run is not None and state.run.epochs else tr("Open a run with at least one finished epoch first.")
    )


def best_accuracy(run: RunState) -> float | None:
    """Validation accuracy of the result so far; None before the first epoch, and for regression."""
    result = result_epoch(run)
    return result.val("accuracy") if result is not None else None


def best_epoch(run: RunState) -> Epoch | None:
    """The best epoch so far by the criterion of the run; None before the first."""
    return epochs.best_epoch(run.epochs, run.started.spec.train.result)


def result_epoch(run: RunState) -> Epoch | None:
    """The epoch that is the result of the run so far; None before the first."""
    return epochs.result_epoch(run.epochs, run.started.spec.train.result)


def result_words(run: RunState) -> str:
    """The epoch of the results: “epoch 5 of 10, lowest validation loss”; "" before the first."""
    result, spec = result_epoch(run), run.started.spec
    if result is None:
        return ""
    task = metrics.task_of(spec.dataset.targets)
    return translated(epochs.result_words(result.epoch, len(run.epochs), spec.train.result, task))


def _photos(spec: RunSpec, has_own_split: bool) -> DatasetSpec:
    """The settings on which the photos and their split depend; without the value range, a difference of its own."""
    ignored = ("value_range", *(SPLIT_SETTINGS if has_own_split else ()))
    plain = DatasetSpec("")
    return replace(spec.dataset, **{name: getattr(plain, name) for name in ignored})


def _has_own_split(state: AppState) -> bool:
    """True where the folder had its own split when the run shown was trained, and has it now."""
    run = state.run.dataset if state.run is not None else None
    return run is not None and run.split_found and state.dataset is not None and state.dataset.split_found


def _without_checkpoints(spec: RunSpec) -> TrainSpec:
    """The training settings that affect results: all but the time between checkpoints."""
    return replace(spec.train, checkpoint_minutes=1.0)


def backbone_info(state: AppState) -> catalog.BackboneInfo:
    """The catalog's entry of the chosen backbone, with the width of the features of the chosen readout."""
    return readouts.chosen(catalog.find(state.spec.backbone.name), state.spec.backbone)


def _without_adapters(plan: FreezePlan) -> FreezePlan:
    """A plan with its frozen layers and BatchNorm policy only."""
    return plan.with_policies_of(FreezePlan(batch_norm=plan.batch_norm))


def _adapters(plan: FreezePlan) -> FreezePlan | None:
    """A plan with its settings of adapters (LoRA) only; None without adapters."""
    return FreezePlan().with_policies_of(replace(plan, batch_norm="keep")) if plan.lora_rank else None


def _readout(spec: BackboneSpec) -> tuple[str, int]:
    """The readout, and the number of its blocks where that has an effect."""
    return spec.network.readout, spec.network.readout_blocks
