"""The split of a folder of photos, as a scan lists it."""

from __future__ import annotations

from pathlib import Path

from studio.data.scan import listing
from studio.events import Dataset
from studio.spec import DatasetSpec


def listed(folder: Path, **settings) -> Dataset:
    return listing(DatasetSpec(str(folder), **{"val_fraction": 0.3, **settings}))


def parts(folder: Path, **settings) -> dict[str, str]:
    return {photo.path: photo.split for photo in listed(folder, **settings).photos}
