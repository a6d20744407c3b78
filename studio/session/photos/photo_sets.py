"""Sets of photos to show, with their sizes: with a finding, with a choice of the user, predicted right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import attrgetter

import numpy as np

from studio.data.journal.accepted import is_accepted
from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.photos.photo_choices import kind_words
from studio.session.state import AppState

ANY = ""
FINDING = "finding"
CHOICES = {"excluded": tr("Excluded"), "relabeled": tr("Relabeled"), "moved": tr("Moved to another split")}
"""Sets of photos by the user's choice."""

ANSWERS = {"": tr("Any answer"), "right": tr("Right"), "wrong": tr("Wrong")}


@dataclass(frozen=True)
class PhotoSet:
    """A set of photos to choose.

    Attributes:
        key: Its name in the program.
        title: Its name for the user.
        number: Number of its photos.
    """

    key: str
    title: str
    number: int


def photo_sets(dataset: Dataset) -> list[PhotoSet]:
    """The sets of a data set that hold photos: with any finding, with each kind of finding, with each choice."""
    sets = []
    kinds = open_kinds(dataset)
    for key, title in ((FINDING, tr("With a finding")), *((kind, kind_words(kind).capitalize()) for kind in kinds)):
        if number := len(paths_of(dataset, key)):
            sets.append(PhotoSet(key, title, number))
    for key, title in CHOICES.items():
        if number := len(paths_of(dataset, key)):
            sets.append(PhotoSet(key, title, number))
    return sets


def open_kinds(dataset: Dataset) -> list[str]:
    """Kinds of the findings on photos that are not accepted, the most harmful first."""
    accepted = dataset.choices.accepted
    return [one.kind for one in dataset.findings if not one.classes and not is_accepted(one, accepted)]


def paths_of(dataset: Dataset, key: str) -> frozenset[str]:
    """Relative paths of the photos of a set, without those that cannot be shown."""
    choices = dataset.choices.photos
    if key == "excluded":
        return frozenset(photo.path for photo in dataset.excluded)
    if key == "relabeled":
        return frozenset(one.path for one in choices if one.label and not one.excluded)
    if key == "moved":
        return frozenset(one.path for one in choices if one.split is not None and not one.excluded)
    kinds_shown = set(open_kinds(dataset)) if key == FINDING else {key}
    used = dataset.files
    return frozenset(
        path for path, kinds in dataset.kinds_by_path.items() if path in used and not kinds_shown.isdisjoint(kinds)
    )


def cannot_judge(state: AppState) -> str:
    """The reason why photos cannot be filtered by right and wrong predictions; "" where they can."""
    run, dataset = state.run, state.dataset
    if run is None or run.predictions is None or run.dataset is None:
        return tr("No run with predictions is shown. Train, or open a run in Head.")
    if dataset is None or run.dataset.folder != dataset.folder:
        return tr("The run shown was trained on another folder.")
    return ""


def answered(state: AppState, answer: str) -> frozenset[str]:
    """Relative paths of the photos that the run shown predicts right or wrong (`answer`)."""
    run = state.run
    if run is None or run.predictions is None or run.dataset is None or cannot_judge(state):
        return frozenset()
    photos = list(map(run.dataset.photos.__getitem__, run.predictions.photos.tolist()))
    truth = np.fromiter(map(attrgetter("label"), photos), np.int64, len(photos))
    guess = run.predictions.probabilities.argmax(axis=1) if len(photos) else truth
    chosen = guess == truth if answer == "right" else guess != truth
    return frozenset(map(attrgetter("path"), compress(photos, chosen.tolist())))
