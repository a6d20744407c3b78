"""What keeps a data set from being trained on, in words, with what to do about it.

Said before training and not by it: a run that stops after an hour because a class was empty is worse than a sentence
before it begins. Only what makes training or judging impossible is a problem; the rest is for the eyes.
"""

from __future__ import annotations

from collections.abc import Sequence

from studio.events import Dataset, Photo, Problem


def find(dataset: Dataset) -> tuple[Problem, ...]:
    """Everything that must be put right, the most basic first. Reads only classes, photos and the split."""
    photos = [photo for photo in dataset.photos if photo.split != "test"]
    if not photos:
        return (Problem(f"“{dataset.folder}” holds no photo that can be read.", "Put photos into its class folders."),)
    if dataset.target:
        return _of_numbers(dataset, photos)
    found = []
    by_label: dict[int, list[Photo]] = {label: [] for label in range(len(dataset.classes))}
    for photo in photos:
        by_label[photo.label].append(photo)
    if sum(map(bool, by_label.values())) < 2:
        found.append(_only_one(dataset, photos))
    for label, name in enumerate(dataset.classes):
        problem = _of_class(dataset, name, by_label[label])
        if problem:
            found.append(problem)
    if not any(photo.split == "val" for photo in photos):
        found.append(_no_validation(dataset))
    return tuple(found)


def _of_numbers(dataset: Dataset, photos: Sequence[Photo]) -> tuple[Problem, ...]:
    """What keeps numbers from being learned: too few photos, or nothing that differs between them."""
    training = [photo.target for photo in photos if photo.split == "train"]
    found = []
    if len(training) < 2:
        found.append(
            Problem(
                f"There {'is only 1 photo' if training else 'is no photo'} with a number for training.",
                "Give numbers to more photos: at least two are needed for training and one for validation.",
            )
        )
    elif min(training) == max(training):
        found.append(
            Problem(
                f"Every training photo has the same {dataset.target}, {training[0]:g}: there is nothing to learn.",
                "Choose a file, or a column, with numbers that differ.",
            )
        )
    if len(training) == len(photos):
        found.append(
            Problem(
                "No photo with a number is left for validation.",
                "Mark some photos “val” in the file." if dataset.split_found else "Give numbers to more photos.",
            )
        )
    return tuple(found)


def _only_one(dataset: Dataset, photos: Sequence[Photo]) -> Problem:
    name = dataset.classes[photos[0].label]
    hint = "Add a folder with photos of another class beside it."
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
        return Problem(f"No photo of the class “{name}” is left for training.", "Add photos to its folder.")
    return None


def _no_validation(dataset: Dataset) -> Problem:
    if dataset.split_found:
        return Problem(
            "There are no photos for validation.", "Put photos into the class folders in val, or remove the folder val."
        )
    return Problem("No photo is left for validation.", "Add photos, so that each class has at least two.")
