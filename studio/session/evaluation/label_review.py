"""The user's choices about judged photos: another class, excluded, or “the label is right”. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.part_results import PartResults
from studio.session.photos import label_choices, photo_choices
from studio.spec.journal import JournalRequest

ACCEPTED_BADGE, ACCEPTED = "check", tr("You marked the label as right")


def dataset_of(results: PartResults, dataset: Dataset | None) -> Dataset | None:
    """The open data set where the judged photos are its own; None where they are of another folder."""
    return dataset if dataset is not None and dataset.folder == results.judged.folder else None


def accepted(dataset: Dataset | None) -> frozenset[str]:
    """Relative paths of the photos whose label the user marked as right."""
    return dataset.choices.right_labels if dataset is not None else frozenset()


def likely_errors(results: PartResults) -> list[Mapping[str, Any]]:
    """The likely label errors that the evaluation found, likeliest first; also those that were settled already."""
    rows = [row for key in ("label_errors", "label_errors_settled") for row in results.document.get(key, ())]
    return sorted(rows, key=itemgetter("margin"))


def suggestions(results: PartResults) -> dict[str, str]:
    """The class that the evaluation suggests for each likely label error, by path."""
    return {row["path"]: row["suggested"] for row in likely_errors(results)}


def suggested(results: PartResults, paths: Iterable[str]) -> str:
    """The class suggested for all of these photos, or else predicted; "" where they differ, or for their own label."""
    named = suggestions(results)
    names = set()
    for path in paths:
        row = results.row_of.get(path)
        if row is None:
            return ""
        guess = named.get(path) or results.classes[int(results.predicted[row])]
        names.add(guess if guess != results.classes[int(results.judged.truth[row])] else "")
    return names.pop() if len(names) == 1 else ""


def toggled(paths: tuple[str, ...], right: frozenset[str]) -> JournalRequest:
    """The request to mark the labels of photos as right; where all are marked, to remove the marks."""
    if paths and right.issuperset(paths):
        return label_choices.reopen(paths)
    return label_choices.accept([path for path in paths if path not in right])


def badges(dataset: Dataset | None, path: str, right: frozenset[str]) -> tuple[str, ...]:
    """Icons of what was chosen for a photo, and of its findings."""
    if dataset is None:
        return ()
    return (*((ACCEPTED_BADGE,) if path in right else ()), *photo_choices.badges(dataset, path))


def remarks(dataset: Dataset | None, path: str, right: frozenset[str]) -> tuple[str, ...]:
    """The choices about a photo in words, and its findings, one line each."""
    if dataset is None:
        return ()
    return (*((ACCEPTED,) if path in right else ()), *photo_choices.remarks(dataset, path))


def is_excluded(dataset: Dataset | None, path: str) -> bool:
    """True for a photo that the user excluded."""
    choice = dataset.choices.by_path.get(path) if dataset is not None else None
    return choice is not None and choice.excluded
