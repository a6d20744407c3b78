"""Data sets for regression: the photos of a folder, matched with a CSV file of targets.

The folder may have any structure, because classes are not needed. Photos and lines without a match are left out, each
with a reason and, where it has one, its line in the file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator

from studio.data.checks import trainable
from studio.data.folder import any_structure, ignored_files, layout
from studio.data.splits import split_groups
from studio.data.splits.division import Divider
from studio.data.tables import matching, targets
from studio.data.tables.photo_lines import Line
from studio.events import Dataset, Event, Photo, Skipped, Split
from studio.spec import DatasetSpec
from studio.system import paths as places


def list_photos(spec: DatasetSpec, divider: Divider) -> Generator[Event, None, Dataset]:
    """List the data set of a folder and a targets file; `divider` opens photos if the split needs it.

    Raises:
        UserError: The folder or the file cannot be used, or no line matches a photo.
    """
    root, _ = layout.root_of(spec.folder)
    file = places.expanded(spec.targets).absolute()
    table = targets.read(file)
    matches, reasons = yield from matching.match(table, file, root, spec.folders, targets.FORM)
    photos, split_found = yield from _with_splits(root, matches, table.has_split, divider)
    dataset = Dataset(
        folder=root,
        classes=(table.name,),
        photos=photos,
        skipped=ignored_files.merge_repeated(Skipped(path, reason) for path, reason in reasons.items()),
        split_found=split_found,
        target=table.name,
        split_pending=divider.is_provisional,
        groupings=divider.groupings,
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def _with_splits(
    root: str, matches: dict[str, Line[float]], by_file: bool, divider: Divider
) -> Generator[Event, None, tuple[tuple[Photo, ...], bool]]:
    """Assign the split of each photo: by the file, else by folders called train and val, else as the settings say.

    Returns:
        The photos sorted by path, and whether the split is that of the file or the folders.
    """
    paths = sorted(matches)
    parts: dict[str, Split] = {}
    if by_file:
        parts = {path: line.split for path, line in matches.items() if line.split is not None}
    else:
        parts = any_structure.splits_by_folder(paths)
    split_found = bool(parts)
    # Where only test photos are marked, the others still have to be split.
    if split_found and not any(part == "val" for part in parts.values()):
        split_found = False
    if not split_found:
        movable = [path for path in paths if parts.get(path) != "test"]
        by_class = split_groups.paths_by_class(("", path, "") for path in movable)
        tests = [path for path in paths if parts.get(path) == "test"]
        parts |= yield from divider.divide(root, by_class, tests)
    return tuple(Photo(path, 0, parts[path], matches[path].value) for path in paths), split_found
