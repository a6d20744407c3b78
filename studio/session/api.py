"""The commands of the window: each is a function that returns the work of a job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

from studio.events import RunDescription, Split, ValueRanges
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Work
from studio.session.model_exports import ModelOffer
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.decision import DecisionRule
from studio.spec.journal import JournalRequest
from studio.system.failures import is_out_of_memory as is_out_of_memory

Pairs = tuple[tuple[str, str], ...]
"""Pairs of photos that show the same picture, by their paths in the folder."""


@dataclass(frozen=True)
class Commands:
    """All commands. `studio.commands.window` provides the real ones, tests use small generators.

    Attributes:
        warm_up: Imports the engine, so that the first real job does not wait for it.
        scan: Lists and checks a folder: `DatasetScanned` twice.
        relist: Lists a folder again without replacing the photos shown: `DatasetScanned` once.
        photo_map: Maps the photos of a folder by the features of a backbone: `PhotosMapped` several times; or shows
            the stored map alone (third argument), if there is one.
        sample: Writes the sample photos and reports their folder: `Saved(path, "sample")`.
        preview: Preprocesses a photo (absolute path), with the value ranges of its data set: `Preview`.
        augmented: Augments a photo (absolute path) as training would, with the same arguments: `AugmentedViews`.
        inspect: Loads a network: `LayerTable`.
        shapes: Derives the layers of a network at an image size without weights and photos: `NetworkShapes`.
        layer_times: Measures the time of each layer for a batch of this many photos: `LayerTimes`.
        advise_cut: Probes the network of a run after each block, on its training photos: `CutAdvice`.
        advise_backbone: Compares the backbones on this computer, on the training photos: `BackboneAdvice`.
        advise_rates: Tests learning rates for a run: `RatesSuggested`.
        forecast: Forecasts memory and time of a run, with real steps beside it (second argument): `Forecast`.
        outputs: Computes the output of a layer (second argument) for a photo (third, absolute path), with the newest
            weights of a run (fifth, its folder; "" for those of the backbone), or those it began with, or both
            (sixth: "run", "start", "both"); seventh: True for the weights read before instead of the newest ones;
            eighth: which of the layer's calls: `LayerOutput`.
        heatmap: Computes the heatmap of a photo (second argument) for a class (third; "" for the predicted one) of a
            run (folder) at a layer (fourth; "" for the last one with a spatial output), with the weights of its last or
            best epoch (fifth; "" for its result); sixth, optional: as the seventh of `outputs`: `ClassHeatmap`.
        output_drift: Compares the output of each layer for a photo (third argument) before and after a run (second,
            its folder): `OutputDrift`.
        train: Trains a run: `RunStarted`, `DatasetScanned`, `FeaturesComputed`, `Epoch` …, `TrainingFinished`.
        train_queued: Trains or resumes a run of the terminal's queue (its number, and its settings): as `train`.
        export: Writes the head of a run (folder) from its last or best epoch (third) to a file (second): `Saved`.
        export_models: Writes a run (folder) into a folder (second argument), in several formats (third: name and
            precision of each), with its best or last epoch (fourth): `ExportStep` and `ModelExported`.
        find_exports: Finds the exported files of a run (folder), in a folder (second) and where files of it were
            exported to before, with their certificates: `CertificatesFound`.
        model_offers: The formats of `export_models`.
        export_formats: Title and suffix of each export format, the suggested one first.
        compare: Compares two runs (folders) on the photos of a split that both judged: `RunsCompared`.
        predict_given: Predicts photos and folders (second argument) with a run (folder) and the weights of its best or
            last epoch (third), except for some photos (fourth): `PhotosPredicted` several times.
        trace_given: Computes the steps from a photo (second argument) to its prediction, with the same arguments:
            `PhotoTraced`.
        write_given: Writes the answers for photos, with the first three of these arguments, to a table (fourth, "" for
            none), or sorts the photos into a folder (fifth, "" for none) as links (sixth) or copies: `Saved`.
        unsort: Removes the links and copies that were sorted into a folder: `SortingUndone`, `Saved`.
        label_given: Chooses which of the photos (second argument) to label next, at most a number (third), with a run
            (folder) and the weights of its best or last epoch (fourth): `PhotosToLabel`.
        watch_camera: Predicts what a camera (second argument: its number) sees, with a run (folder) and the weights of
            its best or last epoch (third), until it is stopped: `CameraSeen` for each picture.
        report: Writes the report of a run (folder), or of its comparison with another one (second; "" for none) on a
            split, with the weights of an epoch (fourth; None for the result), to an HTML file (fifth), with or without
            photos and paths: `Saved`.
        runs: Lists the user's runs: `RunsListed`.
        describe: Writes a description of a run (folder).
        discard: Moves a run (folder) to the trash: `RunTrashed`.
        restore: Restores a run (its folder in the trash): `RunRestored`.
        trash: Lists the trash of the user's runs: `TrashListed`.
        empty_trash: Deletes the runs in that trash for good: `TrashListed`.
        open_run: Reads a run (folder) from disk: the events of `train` that are recorded, then `RunOpened`.
        follow_run: Reads a run (folder) that another program writes: `RunFollowed`.
        resume: Resumes a run (folder) up to a total of epochs (second; None for the planned total): the events of
            `train`.
        replay: Trains a run (folder) again from its record, and compares the results: `RunReplayed`.
        open_project: Reads a project file, with its photos in another folder (second; "" for the one that it names),
            and adds its choices to the folder's journal: `ProjectOpened`. From then on `runs` lists its runs, too.
        save_project: Writes a project file (path) with settings, folders of runs and the run shown ("" for none):
            `Saved`.
        decide: Stores the decision rule of a run (folder), or removes it (None): `DecisionStored`.
        evaluate: Evaluates a run (folder) on a part with the weights of its best or last epoch (third); the fourth are
            pairs of photos across the split, from the data check, the fifth is a CSV file to slice the photos by (""
            for none): `PartPredicted`, `RunEvaluated`.
        journal: Changes the journal of the folder, or reads it: `JournalRead`, after a change `DatasetScanned`.
        cleaned_copy: Writes the photos in use of a data set to a new folder (second), as links (third) or copies:
            `JournalRead`, `Saved`.
        cache: Sets the limit of the cache in gigabytes (None keeps it), empties it (second argument), and reports its
            content: `CacheContents`.
    """

    warm_up: Callable[[], Work]
    scan: Callable[[DatasetSpec], Work]
    relist: Callable[[DatasetSpec], Work]
    photo_map: Callable[[DatasetSpec, BackboneSpec, bool], Work]
    sample: Callable[[], Work]
    preview: Callable[[str, BackboneSpec, ValueRanges], Work]
    augmented: Callable[[str, RunSpec, ValueRanges], Work]
    inspect: Callable[[BackboneSpec], Work]
    outputs: Callable[[BackboneSpec, str, str, ValueRanges, str, str, bool, int], Work]
    heatmap: Callable[..., Work]
    output_drift: Callable[[BackboneSpec, str, str, ValueRanges], Work]
    shapes: Callable[[BackboneSpec], Work]
    layer_times: Callable[[BackboneSpec, int], Work]
    advise_cut: Callable[[RunSpec], Work]
    advise_backbone: Callable[[RunSpec], Work]
    advise_rates: Callable[[RunSpec], Work]
    forecast: Callable[[RunSpec, bool], Work]
    train: Callable[[RunSpec], Work]
    train_queued: Callable[[int, RunSpec], Work]
    export: Callable[[str, str, WeightsChoice], Work]
    export_models: Callable[[str, str, Sequence[tuple[str, str]], WeightsChoice], Work]
    find_exports: Callable[[str, str], Work]
    write_given: Callable[[str, Sequence[str], WeightsChoice, str, str, bool], Work]
    unsort: Callable[[str], Work]
    trace_given: Callable[[str, str, WeightsChoice], Work]
    label_given: Callable[[str, Sequence[str], int, WeightsChoice], Work]
    watch_camera: Callable[[str, int, WeightsChoice], Work]
    predict_given: Callable[[str, Sequence[str], WeightsChoice, Set[str]], Work]
    compare: Callable[[str, str, Split], Work]
    report: Callable[[str, str, Split, WeightsChoice | None, str, bool], Work]
    runs: Callable[[], Work]
    describe: Callable[[str, RunDescription], Work]
    discard: Callable[[str], Work]
    restore: Callable[[str], Work]
    trash: Callable[[], Work]
    empty_trash: Callable[[], Work]
    open_run: Callable[[str], Work]
    follow_run: Callable[[str], Work]
    resume: Callable[[str, int | None], Work]
    replay: Callable[[str], Work]
    open_project: Callable[[str, str], Work]
    save_project: Callable[[str, RunSpec, tuple[str, ...], str], Work]
    decide: Callable[[str, DecisionRule | None], Work]
    evaluate: Callable[[str, Split, WeightsChoice, Pairs | None, str], Work]
    cache: Callable[[float | None, bool], Work]
    journal: Callable[[DatasetSpec, JournalRequest], Work]
    cleaned_copy: Callable[[DatasetSpec, str, bool], Work]
    model_offers: Callable[[], tuple[ModelOffer, ...]] = tuple
    export_formats: tuple[tuple[str, str], ...] = (("Safetensors", ".safetensors"),)


def deferred(make: Callable[[], Commands]) -> Commands:
    """Commands that are created when one is first used, in any thread: importing them takes a tenth of a second."""
    return cast(Commands, _Deferred(make))


class _Deferred:
    def __init__(self, make: Callable[[], Commands]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: Commands | None = None

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            self._made = self._made or self._make()
        return getattr(self._made, name)
