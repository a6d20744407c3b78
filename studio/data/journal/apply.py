"""Application of choices to a listed data set: the photos, classes and splits that are used."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from studio.data.checks import trainable
from studio.data.folder.background import class_of
from studio.data.journal.actions import NO_CHOICE
from studio.data.journal.choices import Choices
from studio.data.journal.entries import PhotoKey
from studio.events import AcceptedFinding, AppliedChoices, Dataset, Photo, PhotoChoice, PhotoNote, Problem, Skipped
from studio.jobs.worker_pauses import unhurried

EXCLUDED = "excluded by your choice"
"""Reason for leaving out a photo that the user excluded."""


def apply_choices(
    dataset: Dataset, choices: Choices, keys_by_path: Mapping[str, PhotoKey], moved_from: str = ""
) -> Dataset:
    """The data set with the choices applied: without excluded photos, with other classes and splits.

    Classes stay, even where no photo of one is left, and so do the classes and splits of all other photos.

    Args:
        dataset: The listed data set, without choices.
        choices: The choices.
        keys_by_path: Photos in the journal by their paths in the data set; see `matching.match_photos`.
        moved_from: See `AppliedChoices`.
    """
    labels = {} if dataset.target else {name: label for label, name in enumerate(dataset.classes)}
    photos: list[Photo] = []
    left_out: list[Photo] = []
    effects: list[PhotoChoice] = []
    notes: list[PhotoNote] = []
    for photo in unhurried(dataset.photos):
        key = keys_by_path.get(photo.path)
        choice = NO_CHOICE if key is None else choices.photos.get(key, NO_CHOICE)
        if key is None or choice == NO_CHOICE:
            photos.append(photo)
            continue
        label = labels.get(class_of(choice.label, labels), photo.label)
        split = choice.split or photo.split
        if choice.label and class_of(choice.label, labels) not in labels:
            notes.append(PhotoNote(photo.path, _without_class(dataset, choice.label)))
        (left_out if choice.excluded else photos).append(dataclasses.replace(photo, label=label, split=split))
        effect = PhotoChoice(
            photo.path,
            key.content,
            key.size,
            choice.excluded,
            choice.label if label != photo.label else "",
            split if split != photo.split else None,
            key.others,
        )
        if effect.excluded or effect.label or effect.split:
            effects.append(effect)
    excluded = [Skipped(one.path, EXCLUDED) for one in effects if one.excluded]
    path_of = {key: path for path, key in keys_by_path.items()}
    result = dataclasses.replace(
        dataset,
        photos=tuple(photos),
        skipped=tuple(sorted((*dataset.skipped, *excluded), key=lambda item: item.path)),
        notes=(*dataset.notes, *notes),
        excluded=tuple(left_out),
        choices=AppliedChoices(
            tuple(effects),
            _accepted(choices, path_of),
            sum(key not in path_of for key in choices.photos),
            moved_from,
        ),
    )
    if photos == list(dataset.photos):
        return result
    problems = trainable.find(result)
    return dataclasses.replace(result, problems=tuple(_with_hint(one, one in dataset.problems) for one in problems))


def _with_hint(problem: Problem, was_there: bool) -> Problem:
    """The problem; if the choices caused it, with the hint to take them back."""
    if was_there:
        return problem
    return Problem(problem.title, f"{problem.hint} Or take back your choices about its photos.")


def _accepted(choices: Choices, path_of: Mapping[PhotoKey, str]) -> tuple[AcceptedFinding, ...]:
    """The accepted findings whose photos are all in the folder."""
    here = [
        AcceptedFinding(kind, tuple(sorted(path_of[key] for key in keys)))
        for kind, keys in choices.accepted
        if all(key in path_of for key in keys)
    ]
    return tuple(sorted(here, key=lambda finding: (finding.kind, finding.photos)))


def _without_class(dataset: Dataset, label: str) -> str:
    if dataset.target:
        return f"your choice of the class “{label}” has no effect on a regression"
    return f"you chose the class “{label}”, which no longer exists; it counts as the class of its folder"
