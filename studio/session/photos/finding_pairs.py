"""The pairs of a finding one by one: which photos, in which class and part, and what can be done. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

from studio.events import AcceptedFinding, Dataset, Finding, Photo
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.photos import photo_choices
from studio.session.photos.finding_fixes import PAIRS, Fix
from studio.session.photos.photo_choices import SPLIT_TITLES

SPOKEN_SIDES = (tr("Left"), tr("Right"))


@dataclass(frozen=True)
class PairSide:
    """One photo of a pair.

    Attributes:
        path: Relative path.
        name: Name of the file.
        words: Its class, or its number in regression, and its part of the split.
        exclude: Leaves it out.
    """

    path: str
    name: str
    words: str
    exclude: Fix


@dataclass(frozen=True)
class PairView:
    """A pair to look at.

    Attributes:
        number: Its index among the pairs of the finding.
        count: Number of pairs.
        words: Its number, and how the photos differ.
        sides: The two photos.
        fixes: What settles it, the best first.
    """

    number: int
    count: int
    words: str
    sides: tuple[PairSide, PairSide]
    fixes: tuple[Fix, ...]


def view(finding: Finding | None, dataset: Dataset | None, number: int) -> PairView | None:
    """One pair of a finding; None for findings on single photos or classes.

    Open pairs come first; accepted ones are shown where there is no other.

    Args:
        finding: The finding.
        dataset: Its data set.
        number: Index among the pairs; the last one is shown where it is too large.
    """
    if finding is None or dataset is None or finding.kind not in PAIRS:
        return None
    done = {one.photos for one in dataset.choices.accepted if one.kind == finding.kind}
    rows = [(one, detail) for one, detail in zip(finding.photos, finding.details, strict=True) if len(one) == 2]
    pairs = [((one[0], one[1]), detail) for one, detail in rows if not isinstance(one, str)]
    waiting = [row for row in pairs if tuple(sorted(row[0])) not in done]
    shown = waiting or pairs
    if not shown:
        return None
    number = min(max(number, 0), len(shown) - 1)
    paths, detail = shown[number]
    photos = [dataset.photos[place] for path in paths if (place := dataset.index_of(path)) >= 0]
    if len(photos) != 2:
        return None
    words = [
        tr("Pair {number} of {shown}").format(number=numbers.exact(number + 1), shown=numbers.exact(len(shown))),
        _difference(dataset, paths) or detail,
    ]
    words += [] if waiting else [tr("accepted")]
    sides = tuple(_side(dataset, photo, side) for photo, side in zip(photos, SPOKEN_SIDES, strict=True))
    fixes = _fixes(finding, dataset, photos, sides) if waiting else [_reopen(finding, paths)]
    return PairView(number, len(shown), " · ".join(filter(None, words)), (sides[0], sides[1]), tuple(fixes))


def _difference(dataset: Dataset, paths: tuple[str, str]) -> str:
    """How two photos differ, from the finding that compared them."""
    for finding in dataset.findings:
        if finding.kind in ("exact_duplicate", "near_duplicate") and paths in finding.photos:
            return finding.details[finding.photos.index(paths)] or tr("the same file")
    return ""


def _side(dataset: Dataset, photo: Photo, side: str) -> PairSide:
    kind = numbers.figures(photo.target, 4) if dataset.target else dataset.classes[photo.label]
    name = photo.path.rpartition("/")[2]
    fix = Fix(
        tr("Exclude {side}").format(side=side.lower()),
        tr("Leave {name} out; the file stays").format(name=name),
        photo_choices.exclude((photo.path,)),
    )
    return PairSide(photo.path, name, f"{kind} · {SPLIT_TITLES[photo.split].lower()}", fix)


def _fixes(finding: Finding, dataset: Dataset, photos: list[Photo], sides: tuple[PairSide, ...]) -> list[Fix]:
    paths = tuple(photo.path for photo in photos)
    accept = Fix(tr("Accept"), tr("Leave this pair as it is"), photo_choices.accept(finding, [tuple(sorted(paths))]))
    excluding = [side.exclude for side in sides]
    if finding.kind == "two_labels":
        both = Fix(
            tr("Exclude both"), tr("Leave both out: which label is right is unknown"), photo_choices.exclude(paths)
        )
        if dataset.target:
            return [*excluding, both, accept]
        remaining = [
            Fix(
                tr("Keep as {classes}").format(classes=dataset.classes[photo.label]),
                tr("Leave the other one out, which is in {classes}").format(classes=dataset.classes[other.label]),
                photo_choices.exclude((other.path,)),
            )
            for photo, other in (photos, photos[::-1])
        ]
        return [*remaining, both, accept]
    moves = []
    if finding.kind == "across_split":
        for split in dict.fromkeys(sorted((photo.split for photo in photos), key=list(SPLIT_TITLES).index)):
            moved = tuple(photo.path for photo in photos if photo.split != split)
            tip = tr("Move {rpartition} to {split_titles}").format(
                rpartition=moved[0].rpartition("/")[2], split_titles=SPLIT_TITLES[split].lower()
            )
            moves.append(
                Fix(
                    tr("Both to {split_titles}").format(split_titles=SPLIT_TITLES[split].lower()),
                    tip,
                    photo_choices.move(moved, split),
                )
            )
    return [*moves, *excluding, accept]


def _reopen(finding: Finding, paths: tuple[str, str]) -> Fix:
    own = tuple(sorted(paths))
    request = photo_choices.reopen(finding, [AcceptedFinding(finding.kind, own)])
    return Fix(tr("No longer accept"), tr("List this pair among the open ones again"), request)
