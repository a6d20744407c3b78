"""Jobs on a folder of photos: scan, sample, preview."""

from __future__ import annotations

import functools
from pathlib import Path

from studio.catalogue import catalogue
from studio.events import Events, ValueRanges
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.system import paths


def scan(spec: DatasetSpec) -> Work:
    """List and check a folder."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec)

    return work


def relist(spec: DatasetSpec) -> Work:
    """List a folder without opening its photos."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec, check=False)

    return work


def sample(folder: Path | None = None) -> Work:
    """Write the sample photos where they do not exist yet."""

    def work(_stop: Stop) -> Events:
        from studio.data.sample import sample

        yield from sample(folder or paths.sample_folder())

    return work


def preview(photo: str, spec: BackboneSpec, ranges: ValueRanges | None = None) -> Work:
    """One photo with its preprocessing; `ranges` are those of its data set, where they are known."""

    def work(_stop: Stop) -> Events:
        from studio.data.images.preprocess import preview

        yield from preview(photo, catalogue.preprocess_for(spec), ranges)

    return work


def require_folder(spec: DatasetSpec) -> Events:
    """Fail on a mistyped path before ten seconds of imports; yields `Waiting` while a server does not answer."""
    from studio.jobs.workers import run_one

    yield from run_one(functools.partial(_require_files, spec), spec.folder)


def _require_files(spec: DatasetSpec, path: str) -> bool:
    folder = paths.expanded(path)
    if not folder.is_dir():
        raise UserError(
            f"There is no folder {folder}." if not folder.exists() else f"{folder} is a file, not a folder.",
            "Check the path.",
            folder,
        )
    if spec.targets and not paths.expanded(spec.targets).is_file():
        raise UserError(
            f"There is no file {spec.targets}.", "Check the path of the file with the numbers.", spec.targets
        )
    return True
