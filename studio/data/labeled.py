"""Data sets of classes whose folders do not say them: the labels are in file names, or in a table.

The folder may have any structure. Photos without a label are left out, each with the reason, and lines of a table that
cannot be used with their number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from studio.data import regression
from studio.data.checks import trainable
from studio.data.folder import ignored_files, label_pattern, layout
from studio.data.splits import split_groups
from studio.data.splits.division import Divider
from studio.data.tables import label_table
from studio.data.tables.label_table import Line
from studio.events import Dataset, Event, Photo, Progress, Skipped, Split
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places


def list_photos(spec: DatasetSpec, divider: Divider) -> Generator[Event, None, Dataset]:
    """List the data set of a folder and a table or a pattern of labels, without opening photos.

    Raises:
        UserError: The folder, the table or the pattern cannot be used, or no photo has a label.
    """
    root, _ = layout.root_of(spec.folder)
    if spec.labels:
        labels, parts, reasons = yield from _by_table(root, spec, places.expanded(spec.labels).absolute())
    else:
        labels, reasons = yield from _by_pattern(root, spec)
        parts = regression.splits_by_folder(sorted(labels))
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
    paths, reasons = yield from regression.walk_photos(root, spec.folders)
    labels = label_pattern.labels_of(paths, pattern)
    if not labels:
        first, near = min(paths).rpartition("/")[2], label_pattern.propose(paths)
        hint = f"“{near}” fits more of them." if near else f"Write one that finds the label in “{first}”, for example."
        raise UserError(f"No name of a photo in “{root}” has the pattern “{pattern}”.", hint, root)
    return labels, reasons | {path: label_pattern.UNMATCHED for path in paths if path not in labels}


def _by_table(
    root: str, spec: DatasetSpec, file: Path
) -> Generator[Progress, None, tuple[dict[str, str], dict[str, Split], dict[str, str]]]:
    """Labels and splits by path, and the reasons of what is left out."""
    table = label_table.read(file)
    paths, reasons = yield from regression.walk_photos(root, spec.folders)
    reasons.pop(regression.path_inside(str(file), root), None)  # the table itself need not be reported as left out
    matches, wrong = _match(table.lines, regression.Finder(root, file.parent, paths), file.name)
    if not matches:
        raise _nothing_matched(table.lines, file, root)
    reasons |= wrong
    for path in paths:
        if path not in matches:
            reasons.setdefault(path, f"has no line in {file.name}")
    labels = {path: line.label for path, line in matches.items()}
    by_file = {path: line.split for path, line in matches.items() if line.split is not None}
    parts = by_file if table.has_split else regression.splits_by_folder(sorted(labels))
    return labels, parts, reasons


def _match(lines: Sequence[Line], finder: regression.Finder, name: str) -> tuple[Mapping[str, Line], dict[str, str]]:
    """Photos with their lines, and left-out paths with their reasons."""
    matches: dict[str, Line] = {}
    wrong: dict[str, str] = {}
    for line in lines:
        path, where = finder.find(line.path), f"{name}, line {line.line}"
        if line.wrong:
            wrong[path or line.path or where] = f"{line.wrong} ({where})"
        elif not path:
            wrong[line.path or where] = f"no such photo in the folder ({where})" if line.path else "names no photo"
        elif path in matches and (matches[path].label, matches[path].split) != (line.label, line.split):
            wrong[path] = f"two different lines: {_description(matches[path])} and {_description(line)} ({name})"
        else:
            matches.setdefault(path, line)
    return {path: line for path, line in matches.items() if path not in wrong}, wrong


def _description(line: Line) -> str:
    part = f", {line.split}" if line.split else ""
    return f"“{line.label}”{part} in line {line.line}"


def _nothing_matched(lines: Sequence[Line], file: Path, root: str) -> UserError:
    usable = next((line for line in lines if not line.wrong), None)
    if usable is None:
        first = lines[0]
        title = f"No line of “{file}” can be used; line {first.line}: {first.path or 'no path'}, {first.wrong}."
        return UserError(title, label_table.FORM, file)
    return UserError(
        f"No line of “{file}” names a photo in “{root}”; line {usable.line} names “{usable.path}”.",
        "Write the paths relative to the folder, or open the folder that they are relative to.",
        file,
    )
