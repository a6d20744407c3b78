"""Features of a run's photos from its pretrained backbone, read from the cache or computed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.data.images.measuring import DataSetReading
from studio.engine.device import devices
from studio.engine.extraction import extract
from studio.engine.training.run_inputs import load_backbone
from studio.engine.training.stage_timer import StageTimer
from studio.events import Dataset, Event
from studio.jobs.protocol import Stop
from studio.runs.files.record import RunRecord
from studio.spec import AugmentSpec, FreezePlan, UserError
from studio.spec.network_file import title_of
from studio.spec.structs import replace


@dataclass(frozen=True)
class RunFeatures:
    """Features of photos.

    Attributes:
        dataset: The readable photos.
        rows: (N, D) float32, in the order of its photos.
        contents: Hash of each photo's content, as text.
    """

    dataset: Dataset
    rows: NDArray[np.float32]
    contents: tuple[str, ...]


def of_photos(record: RunRecord, dataset: Dataset, device: str, stop: Stop) -> Generator[Event, None, RunFeatures]:
    """Features of photos by the backbone of a run as it was before the training; `dataset` lists the photos.

    Raises:
        UserError: The weights are not those of the run, or no photo can be read.
    """
    # With the whole backbone frozen and no augmentation: if all features are cached, no network is built.
    spec = replace(record.spec, freeze=FreezePlan(), augment=AugmentSpec())
    where = devices.find(device)
    base = yield from load_backbone(spec, stop, None, StageTimer(None))
    if record.weights_hash != base.fingerprint:
        raise UserError(
            f"The weights of “{title_of(spec.backbone.name)}” here are not those that the run began with.",
            "Use the same weights file, or train again.",
        )
    devices.move_network(base.network, where)
    train = tuple(photo for photo in dataset.photos if photo.split != "test")
    reading = DataSetReading(dataset.folder, train, record.value_range)
    settings = replace(spec.train, device=device)
    extraction = yield from extract.extract(base, dataset, "features", where, stop, None, settings, reading)
    if not extraction.dataset.photos:
        raise UserError(f"None of the photos in {dataset.folder} can be read.", "Check the folder.", dataset.folder)
    rows = np.asarray(extraction.rows.take(np.arange(len(extraction.rows))), np.float32)
    return RunFeatures(extraction.dataset, rows, tuple(digest.hex() for digest in extraction.digests))
