"""Jobs on a folder of photos: scan, sample, preview."""

from __future__ import annotations

import functools
from pathlib import Path

from studio.catalog import catalog
from studio.data.folder_memory import FolderMemory
from studio.events import Events, ValueRanges
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.system import paths, remote


def scan(spec: DatasetSpec, memory: FolderMemory | None = None) -> Work:
    """List a folder and check its photos; the result is stored in `memory`."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec, memory=memory)

    return work


def relist(spec: DatasetSpec, may_open: bool = False) -> Work:
    """List a folder without a data check; with `may_open`, photos are opened where the split needs them."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec, check=False, may_open=may_open, may_write=False)

    return work


def sample(folder: Path | None = None) -> Work:
    """Write the sample photos if they do not exist yet."""

    def work(_stop: Stop) -> Events:
        from studio.data.sample import sample

        yield from sample(folder or paths.sample_folder())

    return work


def preview(photo: str, spec: BackboneSpec, ranges: ValueRanges | None = None) -> Work:
    """Preview the preprocessing of one photo; `ranges` are the value ranges of its data set, if known."""

    def work(_stop: Stop) -> Events:
        from studio.data.images.preprocess import preview

        yield from preview(photo, catalog.preprocess_for(spec), ranges)

    return work


def require_folder(spec: DatasetSpec) -> Events:
    """Require that folder and targets file exist; yields `Waiting` while a server does not answer."""
    # before imports that take ten seconds
    from studio.jobs.workers import run_one

    yield from run_one(functools.partial(_require_files, spec), spec.folder)


def _require_files(spec: DatasetSpec, path: str) -> bool:
    folder = paths.expanded(path)
    if not remote.url_of(path) and not folder.is_dir():
        raise UserError(
            f"There is no folder {folder}." if not folder.exists() else f"{folder} is a file, not a folder.",
            "Check the path.",
            folder,
        )
    if spec.targets and not paths.expanded(spec.targets).is_file():
        raise UserError(f"There is no file {spec.targets}.", "Check the path of the CSV file.", spec.targets)
    if spec.labels and not paths.expanded(spec.labels).is_file():
        raise UserError(f"There is no file {spec.labels}.", "Check the path of the table of labels.", spec.labels)
    if spec.split_by == "table" and spec.split_table and not paths.expanded(spec.split_table).is_file():
        raise UserError(f"There is no file {spec.split_table}.", "Check the path of the CSV file.", spec.split_table)
    return True
