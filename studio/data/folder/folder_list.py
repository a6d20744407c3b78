"""A list of folders as one data set: each has a folder per class, or is a class itself.

The data set's folder is the one that contains them all, so that every photo has a path relative to one folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from studio.data.folder import layout, walk
from studio.data.folder.background import CLASS
from studio.data.folder.layout import ClassFolder, Layout
from studio.events import Skipped
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places


def common(folders: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The folder that contains all of these, and their paths in it, with forward slashes.

    Raises:
        UserError: There is no such folder, or one of them contains another.
    """
    whole = [os.path.abspath(places.expanded(folder)) for folder in folders]  # noqa: PTH100  (keeps links as they are)
    try:
        root = os.path.commonpath(whole)
    except ValueError as error:
        raise UserError(
            "The folders are on different drives.", "Copy or link them into one folder, and open that one."
        ) from error
    inside = tuple(Path(folder).relative_to(root).as_posix() for folder in whole)
    for one in inside:
        outer = next((other for other in inside if other != one and Path(one).is_relative_to(other)), None)
        if outer is not None or inside.count(one) > 1:
            name = Path(root, one)
            raise UserError(
                f"“{name}” is in the list twice, by itself or within “{Path(root, outer or one)}”.",
                "Name each folder once.",
                name,
            )
    return root, inside


def structure_of(spec: DatasetSpec) -> tuple[str, Layout]:
    """Absolute path and layout of the folder, or of the folders, of a data set.

    Raises:
        UserError: See `find` and `layout.find`.
    """
    return find(spec.folder, spec.folders, spec.background) if spec.folders else layout.find(spec.folder)


def find(folder: str, folders: Sequence[str], backgrounds: Collection[str] = ()) -> tuple[str, Layout]:
    """Examine a list of folders and find their classes.

    Args:
        folder: The folder that contains them.
        folders: Their paths in it.
        backgrounds: Those of them whose photos show none of the classes.

    Returns:
        Absolute path of the folder, and the layout of all.

    Raises:
        UserError: One of them is missing or has no photos, or some have a split and others do not.
    """
    root, _ = layout.root_of(folder)
    parts = [_background(root, inside) if inside in backgrounds else _one(root, inside) for inside in folders]
    have_split = [one.split_found for one in parts]
    if any(have_split) and not all(have_split):
        with_split, without = (Path(root, folders[have_split.index(has)]) for has in (True, False))
        raise UserError(
            f"“{with_split}” has its own split into train and val, and “{without}” has none.",
            "Give all of them the same structure, or choose only those of one kind.",
            without,
        )
    class_folders = sorted((item for one in parts for item in one.folders), key=lambda item: item.path)
    return root, Layout(class_folders, all(have_split), [item for one in parts for item in one.skipped])


def _one(root: str, inside: str) -> Layout:
    """Layout of one folder, with paths relative to the root."""
    entries = layout.root_of(str(Path(root, inside)))[1]
    if entries.photos and not entries.folders:
        return Layout([ClassFolder(inside, Path(inside).name, "train")], False, _moved(entries.skipped, inside))
    own = layout.find(str(Path(root, inside)))[1]
    folders = [dataclasses.replace(item, path=walk.join(inside, item.path)) for item in own.folders]
    return Layout(folders, own.split_found, _moved(own.skipped, inside))


def _background(root: str, inside: str) -> Layout:
    """Layout of a folder of background: its photos, and those in its folders, unless they are a split."""
    layout.root_of(str(Path(root, inside)))
    with contextlib.suppress(UserError):  # it has no folder per class, and needs none
        own = _one(root, inside)
        if own.split_found:
            return dataclasses.replace(own, folders=[dataclasses.replace(one, name=CLASS) for one in own.folders])
    return Layout([ClassFolder(inside, CLASS, "train")], False, [])


def _moved(skipped: Sequence[Skipped], inside: str) -> list[Skipped]:
    return [dataclasses.replace(item, path=walk.join(inside, item.path)) for item in skipped]
