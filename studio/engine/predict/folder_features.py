"""Features of the photos of a folder from a pretrained backbone, read from the cache or computed."""

from __future__ import annotations

from collections.abc import Generator

from studio.data.images.measuring import DataSetReading
from studio.engine.device import devices
from studio.engine.extraction import extract
from studio.engine.extraction.extract import Extraction
from studio.engine.training.run_inputs import load_backbone
from studio.engine.training.stage_timer import StageTimer
from studio.events import Dataset, Event, ValueRanges
from studio.jobs.protocol import Stop
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError


def of_folder(
    dataset: Dataset, backbone: BackboneSpec, ranges: ValueRanges, device: str, stop: Stop
) -> Generator[Event, None, Extraction]:
    """Features of the photos of a data set, the same rows that a run with a frozen backbone uses.

    Raises:
        UserError: The weights cannot be loaded, or no photo can be read.
    """
    where = devices.find(device)
    # The spec of a run with the whole backbone frozen: if all features are cached, no network is built.
    base = yield from load_backbone(RunSpec(DatasetSpec(dataset.folder), backbone), stop, None, StageTimer(None))
    devices.move_network(base.network, where)
    judged = tuple(photo for photo in dataset.photos if photo.split != "test")
    reading = DataSetReading(dataset.folder, judged, ranges)
    extraction = yield from extract.extract(base, dataset, "features", where, stop, reading=reading)
    if not extraction.dataset.photos:
        raise UserError(
            f"None of the photos in {dataset.folder} can be read.", "“thaw scan” says why for each.", dataset.folder
        )
    return extraction
