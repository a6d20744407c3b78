"""Checks of a data set: problems that make training or evaluation impossible, each with a hint on what to do.

They run before training, so that it does not fail after an hour, for instance because a class is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from studio.events import Dataset, Photo, Problem

Check = Callable[[Dataset, Sequence[Photo]], Iterator[Problem]]
"""A check of a data set, which yields its problems.

Its arguments are the data set and its photos for training and validation, at least one. It uses only classes, photos
and the split.
"""


def find(dataset: Dataset) -> tuple[Problem, ...]:
    """All problems that must be solved before training, the most basic first."""
    photos = [photo for photo in dataset.photos if photo.split != "test"]
    if not photos:
        return (
            Problem(f"“{dataset.folder}” contains no photo that can be read.", "Put photos into its class folders."),
        )
    return tuple(problem for check in CHECKS for problem in check(dataset, photos))


def two_classes(dataset: Dataset, photos: Sequence[Photo]) -> Iterator[Problem]:
    """A classifier needs photos of at least two classes."""
    if not dataset.target and len({photo.label for photo in photos}) < 2:
        yield _only_one(dataset, photos)


def photos_of_each_class(dataset: Dataset, photos: Sequence[Photo]) -> Iterator[Problem]:
    """Each class needs a photo for training, and one for validation if the folder has no split of its own."""
    if dataset.target:
        return
    by_label: dict[int, list[Photo]] = {label: [] for label in range(len(dataset.classes))}
    for photo in photos:
        by_label[photo.label].append(photo)
    for label, name in enumerate(dataset.classes):
        if problem := _of_class(dataset, name, by_label[label]):
            yield problem


def targets_for_training(dataset: Dataset, photos: Sequence[Photo]) -> Iterator[Problem]:
    """A regression needs at least two training photos, and targets that differ."""
    if not dataset.target:
        return
    training = [photo.target for photo in photos if photo.split == "train"]
    if len(training) < 2:
        yield Problem(
            f"There {'is only 1 photo' if training else 'is no photo'} with a number for training.",
            "Give numbers to more photos: at least two are needed for training and one for validation.",
        )
    elif min(training) == max(training):
        yield Problem(
            f"Every training photo has the same {dataset.target}, {training[0]:g}: there is nothing to learn.",
            "Choose a file, or a column, with numbers that differ.",
        )


def photos_for_validation(dataset: Dataset, photos: Sequence[Photo]) -> Iterator[Problem]:
    """At least one photo is needed for validation."""
    if dataset.target and all(photo.split == "train" for photo in photos):
        yield Problem(
            "No photo with a number is left for validation.",
            "Mark some photos “val” in the file." if dataset.split_found else "Give numbers to more photos.",
        )
    elif not dataset.target and not any(photo.split == "val" for photo in photos):
        yield _no_validation(dataset)


CHECKS: tuple[Check, ...] = (two_classes, photos_of_each_class, targets_for_training, photos_for_validation)
"""All checks, in the order in which their problems are shown. A new check is a function and a line here."""


def _only_one(dataset: Dataset, photos: Sequence[Photo]) -> Problem:
    name = dataset.classes[photos[0].label]
    hint = "Add a folder with photos of another class beside it."
    if not any("/" in photo.path for photo in photos):  # the classes are from a table or the names of files
        hint = "Name another class for some photos: in the table, or by another pattern for the file names."
    below = {photo.path.split("/")[1] for photo in photos if photo.path.count("/") > 1}
    if not dataset.split_found and len(below) > 1 and photos[0].path.startswith(f"{name}/"):
        hint = f"If the folders inside “{name}” are the classes, open “{name}” itself."
    return Problem(f"There are photos of only one class, “{name}”.", hint)


def _of_class(dataset: Dataset, name: str, photos: Sequence[Photo]) -> Problem | None:
    training = [photo for photo in photos if photo.split == "train"]
    if not photos:
        return Problem(
            f"The class “{name}” has no readable photo for training.", "Replace its photos, or remove its folder."
        )
    if dataset.split_found and not training:
        folder = photos[0].path.rsplit("/", 1)[0]
        return Problem(
            f"The class “{name}” has photos for validation (“{folder}”) but none for training.",
            f"Put photos of “{name}” into a folder of that name in train, or remove “{folder}”.",
        )
    if not dataset.split_found and len(photos) == 1:
        return Problem(
            f"The class “{name}” has only one photo, “{photos[0].path}”.",
            "Add at least one more: one is needed for training and one for validation.",
        )
    if not training:
        return Problem(
            f"No photo of the class “{name}” is left for training.",
            "Copies of one file stay together: add other photos to its folder, or replace files that are damaged.",
        )
    return None


def _no_validation(dataset: Dataset) -> Problem:
    if dataset.split_found:
        return Problem(
            "There are no photos for validation.", "Put photos into the class folders in val, or remove the folder val."
        )
    return Problem("No photo is left for validation.", "Add photos, so that each class has at least two.")
