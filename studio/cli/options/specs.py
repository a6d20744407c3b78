"""Conversion of command line options to specs."""

from __future__ import annotations

import argparse

from studio.catalog import network_files
from studio.cli.options import train_options
from studio.data.folder import folder_list
from studio.events import LayerTable
from studio.planning.recipes import steps_of
from studio.spec import AugmentSpec, BackboneSpec, DatasetSpec, RunSpec, ValueRange
from studio.spec.validation import check_value_range
from studio.system import paths


def folder_of(options: argparse.Namespace) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The folder of photos, the folders in it that make the data set, and those of them that are background.

    Of several folders, the first value is the folder that contains them all. The others are paths in it, with
    background folders last; they are empty for a single folder.
    """
    if options.also or options.background:
        root, folders = folder_list.common([options.folder, *options.also, *options.background])
        return root, folders, folders[len(folders) - len(options.background) :]
    return paths.absolute(options.folder), (), ()


def dataset_of(options: argparse.Namespace) -> DatasetSpec:
    """The data set that the options describe."""
    folder, folders, background = folder_of(options)
    targets = str(paths.expanded(options.targets).absolute()) if options.targets is not None else ""
    chosen = ValueRange(*options.value_range) if options.value_range is not None else None
    table = str(paths.expanded(options.split_table).absolute()) if options.split_table else ""
    labels = str(paths.expanded(options.labels).absolute()) if options.labels else ""
    spec = DatasetSpec(
        folder,
        options.val_fraction,
        options.seed if options.split_seed is None else options.split_seed,
        targets,
        chosen,
        options.split_by,
        options.split_pattern,
        table,
        options.split_column,
        options.test_fraction,
        options.label_pattern,
        labels,
        folders,
        options.split_near,
        background,
    )
    check_value_range(spec)
    return spec


def backbone_of(options: argparse.Namespace) -> BackboneSpec:
    """The backbone that the options describe."""
    weights = options.weights
    if weights not in ("default", "none"):  # absolute: a run must find the file from any folder
        weights = str(paths.expanded(weights).absolute())
    return network_files.pinned(
        BackboneSpec(
            options.backbone,
            weights,
            options.image_size,
            options.crop,
            options.border,
            options.readout,
            options.readout_blocks,
        )
    )


def run_of(options: argparse.Namespace, table: LayerTable | None = None) -> RunSpec:
    """The run that the options describe.

    Args:
        options: Options of `thaw train`.
        table: Layers of the backbone, where `options.fine_tune` needs to know the last block.
    """
    augment = AugmentSpec(steps_of(options.augment), options.views)
    return train_options.run_of(options, RunSpec(dataset_of(options), backbone_of(options), augment=augment), table)
