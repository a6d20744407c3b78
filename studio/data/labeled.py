"""Data sets of classes whose folders do not say them: the labels are in file names.

The folder may have any structure. Photos without a label are left out, each with the reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator

from studio.data import ignored_files, label_pattern, layout, regression, split_groups
from studio.data.checks import trainable
from studio.events import Dataset, Photo, Progress, Skipped, Split
from studio.spec import DatasetSpec, UserError


def list_photos(spec: DatasetSpec) -> Generator[Progress, None, Dataset]:
    """List the data set of a folder and a pattern of labels, without opening photos.

    Raises:
        UserError: The folder or the pattern cannot be used, or no name has the pattern.
    """
    root, _ = layout.root_of(spec.folder)
    label_pattern.reader(spec.label_pattern)  # an error in it before a long listing
    paths, reasons = yield from regression.walk_photos(root)
    labels = label_pattern.labels_of(paths, spec.label_pattern)
    if not labels:
        raise _nothing_matched(root, paths, spec.label_pattern)
    reasons |= {path: label_pattern.UNMATCHED for path in paths if path not in labels}
    classes = tuple(sorted(set(labels.values())))
    numbers = {name: number for number, name in enumerate(classes)}
    parts, split_found = yield from _splits(spec, root, labels)
    dataset = Dataset(
        folder=root,
        classes=classes,
        photos=tuple(Photo(path, numbers[labels[path]], parts[path]) for path in sorted(labels)),
        skipped=ignored_files.merge_repeated(Skipped(path, reason) for path, reason in reasons.items()),
        split_found=split_found,
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def _splits(
    spec: DatasetSpec, root: str, labels: dict[str, str]
) -> Generator[Progress, None, tuple[dict[str, Split], bool]]:
    """The split of each photo: by folders called train and val, else as the settings say."""
    parts = regression.splits_by_folder(sorted(labels))
    if parts:
        return parts, True
    by_class = split_groups.paths_by_class((label, path, "") for path, label in sorted(labels.items()))
    parts = yield from split_groups.divide(spec, root, by_class)
    return parts, False


def _nothing_matched(root: str, paths: list[str], pattern: str) -> UserError:
    first = min(paths).rpartition("/")[2]
    near = label_pattern.propose(paths)
    hint = f"“{near}” fits more of them." if near else f"Write one that finds the label in “{first}”, for example."
    return UserError(f"No name of a photo in “{root}” has the pattern “{pattern}”.", hint, root)
