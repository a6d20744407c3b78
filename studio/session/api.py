"""The commands of the window, each a function that makes a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.events import ValueRanges
from studio.events.runs import Which
from studio.jobs.protocol import Work
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.system.failures import is_out_of_memory as is_out_of_memory


@dataclass(frozen=True)
class Commands:
    """All commands. `app` fills them in; tests use small generators.

    Attributes:
        warm_up: Imports the engine, so that the first real job does not wait for it.
        scan: Lists and checks a folder: `DatasetScanned` twice.
        relist: Lists a folder again, beside the photos shown: `DatasetScanned` once.
        sample: Writes the sample photos and says where: `Saved(path, "sample")`.
        preview: A photo (absolute path) on its way into the network, with the ranges of its data set: `Preview`.
        augmented: A photo (absolute path) as a run would see it in training, likewise: `AugmentedViews`.
        inspect: Loads a network: `LayerTable`.
        outputs: What a layer (second) gives for a photo (third, absolute path), likewise, with the newest weights of a
            run (fifth, its folder; "" for those of the backbone): `LayerOutput`.
        train: A whole run: `RunStarted`, `DatasetScanned`, `FeaturesComputed`, `Epoch` …, `TrainingFinished`.
        export: Writes the head of a run (folder) of its last or best epoch (third) to a file (second): `Saved`.
        export_formats: Title and ending of each form of such a file, the suggested one first.
        runs: Lists the user's runs: `RunsListed`.
        open_run: What a run (folder) came to: the events of `train` as far as they are on disk, then `RunOpened`.
        resume: Goes on with a run (folder) up to so many epochs (second; None: as many as it was asked for): the events
            of `train`.
        cache: Sets the limit of the cache in gigabytes (None leaves it), empties it where that is asked for (second),
            and says what it holds: `CacheContents`.
    """

    warm_up: Callable[[], Work]
    scan: Callable[[DatasetSpec], Work]
    relist: Callable[[DatasetSpec], Work]
    sample: Callable[[], Work]
    preview: Callable[[str, BackboneSpec, ValueRanges], Work]
    augmented: Callable[[str, RunSpec, ValueRanges], Work]
    inspect: Callable[[BackboneSpec], Work]
    outputs: Callable[[BackboneSpec, str, str, ValueRanges, str], Work]
    train: Callable[[RunSpec], Work]
    export: Callable[[str, str, Which], Work]
    runs: Callable[[], Work]
    open_run: Callable[[str], Work]
    resume: Callable[[str, int | None], Work]
    cache: Callable[[float | None, bool], Work]
    export_formats: tuple[tuple[str, str], ...] = (("Safetensors", ".safetensors"),)
