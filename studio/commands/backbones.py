"""Checks of a backbone before a job uses it."""

from __future__ import annotations

from pathlib import Path

from studio.catalog import catalog, network_files, readouts
from studio.runs import folder as runs
from studio.runs import head_card
from studio.spec import BackboneSpec, UserError
from studio.spec.network_file import NetworkFile, parse


def available(spec: BackboneSpec) -> BackboneSpec:
    """Check a backbone; returns it with its readout normalized and, for an own network, path and hash of its file.

    Raises:
        UserError: There is no such backbone, or it does not have the readout; or the user's file is missing, has
            changed, or may not be run.
    """
    spec = network_files.require(spec)
    readouts.chosen(catalog.find(spec.name), spec)
    return readouts.normalized(spec)


def available_for(source: Path) -> None:
    """Check the backbone of a run or of an exported head; a run that cannot be read is reported by the job itself.

    Raises:
        UserError: As `available`.
    """
    spec = _backbone_of(source)
    if spec is not None:
        available(spec)


def network_file_of(source: Path) -> NetworkFile | None:
    """The file of the own network that a run or an exported head uses; None for a network of the catalog."""
    spec = _backbone_of(source)
    return parse(spec.name) if spec is not None else None


def trust(file: NetworkFile) -> NetworkFile:
    """Remember that the user agrees to run a file as it is now; returns it with the hash of its content.

    Raises:
        UserError: The file is missing, or the agreement cannot be remembered.
    """
    from studio.catalog import agreements

    file = network_files.pinned_file(file)
    agreements.agree(file)
    return file


def _backbone_of(source: Path) -> BackboneSpec | None:
    folder = source if source.is_dir() else source.parent
    try:
        is_run = source.is_dir() or source.name == runs.RUN
        spec = runs.read(folder).spec if is_run else head_card.read(source).spec
        return network_files.located(spec.backbone, folder)
    except UserError:
        return None
