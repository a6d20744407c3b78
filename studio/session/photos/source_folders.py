"""The folders that make one data set: which they are, what they hold, and how the list changes; free of Qt."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.data.folder import background, folder_list
from studio.events import Dataset
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.state import AppState
from studio.spec import DatasetSpec, UserError
from studio.spec.structs import replace

TRAINING = tr("Training is in progress.")
LABELED = tr("The classes are in the names of the photos or in a table.")
LAST = tr("A data set has at least one folder.")


@dataclass(frozen=True)
class SourceFolder:
    """One of the folders of a data set.

    Attributes:
        path: Absolute path.
        role: What its photos are: “12 classes”, “class “ants””, “none of these”; "" before they are listed.
        photos: Number of photos, those excluded included; None before they are listed.
        counts: Numbers of photos by split, in words.
        is_background: True where its photos show none of the classes.
        is_chosen: True where the user chose that; False where its name says it.
    """

    path: str
    role: str = ""
    photos: int | None = None
    counts: str = ""
    is_background: bool = False
    is_chosen: bool = False


def source_folders(state: AppState) -> tuple[SourceFolder, ...]:
    """The folders of the data set, in the order in which they were added; empty where none is open."""
    spec, dataset = state.spec.dataset, state.dataset
    if not spec.folder:
        return ()
    own = dataset if dataset is not None and Path(dataset.folder) == Path(spec.folder) else None
    return tuple(_described(spec, inside, own) for inside in spec.folders or ("",))


def _described(spec: DatasetSpec, inside: str, dataset: Dataset | None) -> SourceFolder:
    path = str(Path(spec.folder, inside))
    chosen = inside in spec.background
    if dataset is None:
        return SourceFolder(path, is_background=chosen, is_chosen=chosen)
    paths = dataset.shown_paths
    first, last = 0, len(paths)
    if inside:  # paths in the folder sort from “inside/” to “inside0”, because “0” follows “/”
        first, last = (bisect_left(paths, f"{inside}{end}") for end in "/0")
    labels = np.unique(dataset.columns.labels[first:last])
    names = [dataset.classes[label] for label in labels]
    sizes = np.bincount(dataset.columns.splits[first:last], minlength=3)
    parts = (f"{numbers.exact(int(size))} {name}" for name, size in zip(_PARTS, sizes, strict=True) if size)
    is_background = names == [background.CLASS]
    role = _role(names) if not dataset.target else "numbers"
    return SourceFolder(path, role, last - first, " · ".join(parts), chosen or is_background, chosen)


_PARTS = ("training", "validation", "test")


def _role(names: list[str]) -> str:
    if not names:
        return tr("no photos")
    if names == [background.CLASS]:
        return background.CLASS
    return tr("class “{names}”").format(names=names[0]) if len(names) == 1 else counted(len(names), "class", "classes")


# ------------------------------------------------------------------------------------------------ changes of the list


def added(dataset: DatasetSpec, path: str) -> DatasetSpec:
    """The data set with one more folder.

    Raises:
        UserError: It is in the list, within one of its folders, or on another drive.
    """
    if not dataset.folder:
        return replace(dataset, folder=path)
    return _of(dataset, [*paths_of(dataset), path], _backgrounds(dataset))


def removed(dataset: DatasetSpec, path: str) -> DatasetSpec:
    """The data set without one of its folders.

    Raises:
        UserError: It is the only one.
    """
    return _of(dataset, [one for one in paths_of(dataset) if one != path], _backgrounds(dataset) - {path})


def with_role(dataset: DatasetSpec, path: str, is_background: bool) -> DatasetSpec:
    """The data set in which a folder is background (its photos show none of the classes) or labeled."""
    backgrounds = _backgrounds(dataset)
    return _of(dataset, paths_of(dataset), backgrounds | {path} if is_background else backgrounds - {path})


def paths_of(dataset: DatasetSpec) -> list[str]:
    """Absolute paths of the folders."""
    return [str(Path(dataset.folder, inside)) for inside in dataset.folders or ("",)]


def _backgrounds(dataset: DatasetSpec) -> frozenset[str]:
    return frozenset(str(Path(dataset.folder, inside)) for inside in dataset.background)


def _of(dataset: DatasetSpec, paths: list[str], backgrounds: frozenset[str]) -> DatasetSpec:
    if not paths:
        raise UserError(LAST, "Add another one first.")
    if len(paths) == 1 and not backgrounds.intersection(paths):
        return replace(dataset, folder=paths[0], folders=(), background=())
    root, inside = folder_list.common(paths)
    if len(paths) == 1:
        root, inside = str(Path(paths[0]).parent), (Path(paths[0]).name,)
    chosen = tuple(one for one, path in zip(inside, paths, strict=True) if path in backgrounds)
    return replace(dataset, folder=root, folders=inside, background=chosen)


# ------------------------------------------------------------------------------------------------ obstacles


def cannot_change(state: AppState) -> str:
    """The reason why the list cannot be changed now; "" where it can."""
    if not state.spec.dataset.folder:
        return tr("Open a folder first.")
    return TRAINING if "train" in state.jobs else ""


def cannot_remove(state: AppState) -> str:
    """The reason why a folder cannot be removed from the list; "" where it can."""
    return cannot_change(state) or ("" if len(state.spec.dataset.folders) > 1 else LAST)


def cannot_set_role(state: AppState, folder: SourceFolder | None) -> str:
    """The reason why a folder cannot change between labeled and background; "" where it can."""
    if folder is None:
        return tr("No folder is selected.")
    if why := cannot_change(state):
        return why
    if any(state.spec.dataset.sources):
        return LABELED
    if folder.is_background and not folder.is_chosen:
        return tr("Its name says that its photos show none of the classes. Rename it to use it as a class.")
    others = [one for one in source_folders(state) if one.path != folder.path and not one.is_background]
    return "" if folder.is_background or others else tr("At least one folder must have classes.")


def change_words(verb: str, path: str) -> str:
    """The last change, for the line below the list: “Added two”."""
    return f"{verb} {Path(path).name or path}"
