"""Ways to settle a finding of the data check, each with one click; free of Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studio.data.journal.accepted import is_accepted
from studio.events import Dataset, Finding
from studio.formatting.language import counted, tr
from studio.session.photos import photo_choices
from studio.spec.journal import JournalRequest

PAIRS = frozenset({"exact_duplicate", "near_duplicate", "two_labels", "across_split"})
"""Findings on pairs of photos."""


@dataclass(frozen=True)
class Fix:
    """One way to settle a finding.

    Attributes:
        title: For a button.
        tip: What it does.
        request: The change of the journal.
    """

    title: str
    tip: str
    request: JournalRequest


def fixes(finding: Finding, dataset: Dataset) -> list[Fix]:
    """The ways to settle a finding, the best first; for an accepted one, the way to reopen it."""
    accepted = dataset.choices.accepted
    if is_accepted(finding, accepted):
        tip = tr("List this finding among the open ones again")
        return [Fix(tr("No longer accept"), tip, photo_choices.reopen(finding, accepted))]
    all_of = "" if finding.count == 1 else tr(" all")
    accept = Fix(
        tr("Accept{all_of}").format(all_of=all_of),
        tr("Leave everything as it is; the finding is listed as accepted"),
        _accept(finding),
    )
    return [*_changes(finding, dataset), accept]


def _accept(finding: Finding) -> JournalRequest:
    return photo_choices.accept(finding)


def _changes(finding: Finding, dataset: Dataset) -> Iterable[Fix]:
    if finding.classes:
        return
    pairs = [one for one in finding.photos if not isinstance(one, str)]
    if not pairs:
        paths = tuple(dict.fromkeys(one for one in finding.photos if isinstance(one, str)))
        tip = tr("Leave {photos} out; the files stay").format(photos=counted(len(paths), "photo"))
        yield Fix(tr("Exclude") if len(paths) == 1 else tr("Exclude all"), tip, photo_choices.exclude(paths))
    elif finding.kind == "two_labels":
        paths = tuple(dict.fromkeys(path for pair in pairs for path in pair))
        tip = tr("Leave {photos} out: which label is right is unknown").format(photos=counted(len(paths), "photo"))
        yield Fix(tr("Exclude both"), tip, photo_choices.exclude(paths))
    else:
        if finding.kind == "across_split" and (moved := _to_training(pairs, dataset)):
            tip = tr("Move {photos} to training, so that no copy of a training photo is judged").format(
                photos=counted(len(moved), "photo")
            )
            yield Fix(tr("Move to training"), tip, photo_choices.move(moved, "train"))
        extra = one_of_each(pairs, dataset)
        tip = tr("Leave {photos} out, so that one of each pair stays; the files stay, too").format(
            photos=counted(len(extra), "photo")
        )
        yield Fix(
            tr("Exclude one") if len(pairs) == 1 else tr("Exclude one of each"), tip, photo_choices.exclude(extra)
        )


def one_of_each(pairs: Iterable[tuple[str, str]], dataset: Dataset) -> tuple[str, ...]:
    """Photos to exclude so that no pair is left: the training photo of a pair across the split, else the second one."""
    splits = {photo.path: photo.split for photo in dataset.photos}
    out: dict[str, None] = {}
    for first, second in pairs:
        if first not in out and second not in out:
            is_first = splits.get(first) == "train" and splits.get(second) not in ("train", None)
            out[first if is_first else second] = None
    return tuple(out)


def _to_training(pairs: Iterable[tuple[str, str]], dataset: Dataset) -> tuple[str, ...]:
    """Photos of these pairs that are not for training."""
    splits = {photo.path: photo.split for photo in dataset.photos}
    return tuple(dict.fromkeys(path for pair in pairs for path in pair if splits.get(path, "train") != "train"))
