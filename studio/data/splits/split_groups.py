"""Division of photos into training, validation and test photos, by photo or by groups that stay together.

Photos of one patient, site or series are alike; where some of them are for training and others for validation, the
metrics are too good. The split of a group depends only on its key and the seed, so that new photos never move others.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path

from studio.data.content_hashes import ContentHashes, sizes_of
from studio.data.splits import split_coverage, split_table, validation_split
from studio.data.splits.picture_groups import PictureGroups, joined
from studio.events import Progress, Split
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places

ByClass = Mapping[str, Mapping[str, str]]
"""Photos of each class: path relative to the folder, and path relative to the class folder."""


def needs_contents(spec: DatasetSpec) -> bool:
    """True where the content of every photo has to be known to divide them."""
    return spec.split_by == "content" or needs_pictures(spec)


def needs_pictures(spec: DatasetSpec) -> bool:
    """True where every photo has to be opened to divide them."""
    return spec.split_near or spec.split_by in ("date", "camera")


def divide(
    spec: DatasetSpec,
    root: str,
    by_class: ByClass,
    contents: Mapping[str, str],
    groups: PictureGroups,
    has_test: bool = False,
) -> Generator[Progress, None, dict[str, Split]]:
    """Assign the split of each photo of a folder without a split of its own.

    Args:
        spec: How to divide.
        root: Absolute path of the folder.
        by_class: Photos of each class: path relative to the folder, and path relative to the class folder.
        contents: Hash of each photo's content by path; empty where `needs_contents` is false.
        groups: What belongs together; empty where `needs_pictures` is false.
        has_test: True where the folder has test photos of its own: no others are selected.

    Raises:
        UserError: The settings do not fit the photos.
    """
    test_fraction = 0.0 if has_test else spec.test_fraction
    # The content that stands for each photo: copies and near duplicates share it.
    pictures = {path: groups.near.get(content, content) for path, content in contents.items()}
    pictures |= split_coverage.too_large(pictures, contents, by_class)
    if spec.split_by == "photo":
        parts = by_photo(spec, by_class, has_test)
        return _with_pictures_together(parts, pictures, contents) if spec.split_near else parts
    keys = _keys(spec, root, by_class, contents, groups)
    if spec.split_by != "content":
        keys = {path: key if _is_named(key) else pictures.get(path, key) for path, key in keys.items()}
        keys = merge_copies(keys, pictures) if contents else (yield from _with_copies_together(root, keys))
    elif spec.split_near:
        keys = {path: pictures.get(path, path) for path in keys}
    parts = assign(keys, spec.val_fraction, test_fraction, spec.seed)
    if spec.split_near:

        def order(key: str) -> tuple[float, str]:
            return _place(key, spec.seed), key

        split_coverage.cover(parts, keys, by_class, order, test_fraction > 0)
    return parts


def assign(keys: Mapping[str, str], val_fraction: float, test_fraction: float, seed: int) -> dict[str, Split]:
    """Assign a split to each group by a hash of its key, so that it does not depend on other groups.

    A split that would be empty gets one group from the split that has most.

    Args:
        keys: Key of the group of each photo, by path.
        val_fraction: Share for validation.
        test_fraction: Share for testing.
        seed: Seed of the selection.
    """
    places = {key: _place(key, seed) for key in set(keys.values())}
    held_out = test_fraction + val_fraction
    parts: dict[str, Split] = {
        key: "test" if place < test_fraction else "val" if place < held_out else "train"
        for key, place in places.items()
    }
    names: list[Split] = ["train", "val", "test"] if test_fraction else ["train", "val"]
    for split in names:
        counts = Counter(parts.values())
        donor, count = max(counts.items(), key=lambda item: item[1], default=(split, 0))
        if split not in counts and count > 1:
            own = [(place, key) for key, place in places.items() if parts[key] == donor]
            parts[(max(own) if split == "train" else min(own))[1]] = split
    return {path: parts[key] for path, key in keys.items()}


def _place(key: str, seed: int) -> float:
    """Position of a group from 0 to 1."""
    digest = hashlib.blake2b(f"{seed}\0{key}".encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest) / 2.0**64


def by_photo(spec: DatasetSpec, by_class: ByClass, has_test: bool) -> dict[str, Split]:
    """The same share of each class, by a hash of the paths."""
    test_fraction = 0.0 if has_test else spec.test_fraction
    parts: dict[str, Split] = {}
    for photos in by_class.values():
        tests = (
            validation_split.held_out(list(photos), test_fraction, spec.seed, "test") if test_fraction else frozenset()
        )
        others = [path for path in photos if path not in tests]
        share = spec.val_fraction / (1 - test_fraction)
        held = validation_split.held_out(others, share, spec.seed)
        parts |= {path: "test" if path in tests else "val" if path in held else "train" for path in photos}
    return parts


def keys_of_names(spec: DatasetSpec, root: str, by_class: ByClass) -> dict[str, str]:
    """Key of the group of each photo by folder, name or table; a photo without a group is one by itself.

    Raises:
        UserError: The settings do not fit the photos.
    """
    inner = {path: inside for photos in by_class.values() for path, inside in photos.items()}
    if spec.split_by == "table":
        groups = split_table.read(places.expanded(spec.split_table).absolute(), root, inner, spec.split_column)
        return {path: groups.get(path, path) for path in inner}
    if spec.split_by not in ("folder", "name"):
        return {path: path for path in inner}
    keys: dict[str, str] = {}
    find = _folder if spec.split_by == "folder" else _pattern(spec.split_pattern)
    for path, inside in inner.items():
        group = find(inside)
        keys[path] = path if group is None else f"{spec.split_by}\0{group}"
    if all(key == path for path, key in keys.items()):
        first = min(inner, default="")
        if spec.split_by == "folder":
            raise UserError(
                f"The photos in “{root}” cannot be divided by folder: no class folder has folders in it.",
                "Put the photos of each group into a folder of its own in the class folder, or divide by their names.",
                root,
            )
        raise UserError(
            f"No name of a photo in “{root}” matches the pattern “{spec.split_pattern}”.",
            f"Write a regular expression that finds the group in “{first.rpartition('/')[2]}”, for example.",
            root,
        )
    return keys


def count_folders(by_class: ByClass) -> int:
    """Number of groups by folder; 0 where no class folder has folders in it."""
    folders = {_folder(inside) for photos in by_class.values() for inside in photos.values()}
    return len(folders) if folders - {None} else 0


def _keys(
    spec: DatasetSpec, root: str, by_class: ByClass, contents: Mapping[str, str], groups: PictureGroups
) -> dict[str, str]:
    """Key of the group of each photo; a photo without a group is one by itself."""
    keys = keys_of_names(spec, root, by_class)
    if spec.split_by == "content":
        return {path: contents.get(path, path) for path in keys}
    if spec.split_by in ("date", "camera"):
        values = groups.days if spec.split_by == "date" else groups.cameras
        if keys and not values:
            says = "when it was taken" if spec.split_by == "date" else "which camera took it"
            raise UserError(
                f"No photo in “{root}” says {says} (EXIF).",
                "Divide by content, folder, name or table instead; programs that edit photos often remove these facts.",
                root,
            )
        for path in keys:
            content = contents.get(path, path)
            keys[path] = f"{spec.split_by}\0{values[content]}" if content in values else content
    return keys


def _with_pictures_together(
    parts: Mapping[str, Split], pictures: Mapping[str, str], contents: Mapping[str, str]
) -> dict[str, Split]:
    """The parts, with each group of near duplicates in that of its deciding photo, or of the first copy of that."""
    leaders: dict[str, str] = {}
    for path in sorted(parts):
        if (picture := pictures.get(path)) is not None and contents[path] == picture:
            leaders.setdefault(picture, path)
    return {path: parts[leaders.get(pictures.get(path, ""), path)] for path in parts}


def _folder(inside: str) -> str | None:
    """The folder of a photo in its class folder; the same folder in two classes is one group."""
    return inside.rpartition("/")[0] or None


def _pattern(pattern: str) -> Callable[[str], str | None]:
    expression = re.compile(pattern)

    def find(inside: str) -> str | None:
        match = expression.search(Path(inside).name)
        if match is None:
            return None
        return next((group for group in match.groups() if group is not None), match.group())

    return find


def _with_copies_together(root: str, keys: Mapping[str, str]) -> Generator[Progress, None, dict[str, str]]:
    """The keys with groups merged that have copies of the same photo. Only files of the same size are hashed."""
    sizes = sizes_of(root, keys)
    counts = Counter(sizes.values())
    several = [path for path, size in sizes.items() if counts[size] > 1]
    contents = yield from ContentHashes(root).of(several, None)
    return merge_copies(keys, contents)


def merge_copies(keys: Mapping[str, str], contents: Mapping[str, str]) -> dict[str, str]:
    """The keys, where groups that share a content or a picture get the same key: the lowest of theirs.

    A photo without a group never decides, so that its copy or near duplicate in a group moves no photo of that.
    """
    first: dict[str, str] = {}
    pairs = ((keys[path], first.setdefault(content, keys[path])) for path, content in contents.items())
    groups = joined(pairs, lambda key: (not _is_named(key), key))
    return {path: groups.get(key, key) for path, key in keys.items()}


def _is_named(key: str) -> bool:
    """True for the key of a folder, name, table row, day or camera, and not of a single photo."""
    return "\0" in key


def paths_by_class(rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """Photos by class for `divide`.

    Args:
        rows: Class, path and folder of the class of each photo; the folder may be "".
    """
    by_class: dict[str, dict[str, str]] = {}
    for name, path, folder in rows:
        by_class.setdefault(name, {})[path] = path[len(folder) + 1 :] if folder else path
    return by_class
