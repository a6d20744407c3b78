"""Data sets whose classes are not their folders: the labels are in file names, or in a table.

The folder may have any structure. Photos without a label are left out, each with the reason, and lines of a table that
cannot be used with their number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from pathlib import Path

from studio.data.checks import trainable
from studio.data.folder import any_structure, ignored_files, label_pattern, layout
from studio.data.splits import split_groups
from studio.data.splits.division import Divider
from studio.data.tables import label_table, matching
from studio.events import Dataset, Event, Photo, Progress, Skipped, Split
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places


def list_photos(spec: DatasetSpec, divider: Divider) -> Generator[Event, None, Dataset]:
    """List the data set of a folder and a table or a pattern of labels; `divider` opens photos if the split needs it.

    Raises:
        UserError: The folder, the table or the pattern cannot be used, or no photo has a label.
    """
    root, _ = layout.root_of(spec.folder)
    if spec.labels:
        labels, parts, reasons = yield from _by_table(root, spec, places.expanded(spec.labels).absolute())
    else:
        labels, reasons = yield from _by_pattern(root, spec)
        parts = any_structure.splits_by_folder(sorted(labels))
    classes = tuple(sorted(set(labels.values())))
    numbers = {name: number for number, name in enumerate(classes)}
    split_found = "val" in parts.values()
    if not split_found:  # where only test photos are marked, the others still have to be split
        movable = [(label, path, "") for path, label in sorted(labels.items()) if parts.get(path) != "test"]
        tests = [path for path in labels if parts.get(path) == "test"]
        parts = {**parts, **(yield from divider.divide(root, split_groups.paths_by_class(movable), tests))}
    dataset = Dataset(
        folder=root,
        classes=classes,
        photos=tuple(Photo(path, numbers[labels[path]], parts[path]) for path in sorted(labels)),
        skipped=ignored_files.merge_repeated(Skipped(path, reason) for path, reason in reasons.items()),
        split_found=split_found,
        split_pending=divider.is_provisional,
        groupings=divider.groupings,
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def _by_pattern(root: str, spec: DatasetSpec) -> Generator[Progress, None, tuple[dict[str, str], dict[str, str]]]:
    """Labels by path, and the reasons of what is left out."""
    pattern = spec.label_pattern
    label_pattern.reader(pattern)  # an error in it before a long listing
    paths, reasons = yield from any_structure.walk_photos(root, spec.folders)
    labels = label_pattern.labels_of(paths, pattern)
    if not labels:
        first, near = min(paths).rpartition("/")[2], label_pattern.propose(paths)
        hint = f"“{near}” fits more of them." if near else f"Write one that finds the label in “{first}”, for example."
        raise UserError(f"No name of a photo in “{root}” matches the pattern “{pattern}”.", hint, root)
    return labels, reasons | {path: label_pattern.UNMATCHED for path in paths if path not in labels}


def _by_table(
    root: str, spec: DatasetSpec, file: Path
) -> Generator[Progress, None, tuple[dict[str, str], dict[str, Split], dict[str, str]]]:
    """Labels and splits by path, and the reasons of what is left out."""
    table = label_table.read(file)
    matches, reasons = yield from matching.match(table, file, root, spec.folders, label_table.FORM)
    labels = {path: line.value for path, line in matches.items()}
    by_file = {path: line.split for path, line in matches.items() if line.split is not None}
    parts = by_file if table.has_split else any_structure.splits_by_folder(sorted(labels))
    return labels, parts, reasons
