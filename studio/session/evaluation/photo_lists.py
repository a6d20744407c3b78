"""The lists of photos from an evaluation: mistakes, hardest, likely label errors, doubtful, unlike, disputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.evaluate.documents.evaluation import MOST_PHOTOS
from studio.events import Dataset, Split
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.evaluation import label_review
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults

NOT_JUDGED = (tr("not judged yet"), tr("The photos are not judged yet."))
"""Short and full reason until there is an evaluation."""

OTHER_PLACES: Mapping[Split, str] = {
    "val": tr("The training photos have a list of their own, and the map on the Images page has one of all photos."),
    "test": tr("The other parts have lists of their own, and the map on the Images page has one of all photos."),
    "train": tr(
        "The validation photos have a list of their own, and the map on the Images page has one of all photos."
    ),
}
"""Where label errors of other photos are listed, by the part."""


@dataclass(frozen=True)
class PhotoList:
    """A list to go through.

    Attributes:
        text: Its name with the number of its photos, or with the reason why there are none.
        tip: Its content.
        selection: Its photos.
        why: The reason why it cannot be shown; "" where it can.
    """

    text: str
    tip: str
    selection: PhotoSelection
    why: str = ""


def lists(results: PartResults, dataset: Dataset | None = None) -> tuple[PhotoList, ...]:
    """All lists; that of the likely label errors is without those that the user settled.

    Args:
        results: The results.
        dataset: The open data set.
    """
    own = label_review.dataset_of(results, dataset)
    settled = own.choices.settled_labels if own is not None else frozenset()
    mistakes = PhotoList(tr("All mistakes"), tr("Every wrong photo, the most confident first"), PhotoSelection())
    tips = {
        "hardest": (tr("Hardest photos"), tr("Photos with the highest losses, right or wrong, the worst first")),
        "label_errors": (
            tr("Likely label errors"),
            tr("Another class is far more probable than the label, likeliest first"),
        ),
    }
    lists = (
        _list(results, key, title, tip, settled if key == "label_errors" else frozenset())
        for key, (title, tip) in tips.items()
    )
    return (mistakes, *lists, _doubtful(results), _unlike(results), _disputed(results))


def _doubtful(results: PartResults) -> PhotoList:
    """The photos whose two most probable classes are closest."""
    title, tip = (
        tr("Most doubtful photos"),
        tr("The two most probable classes are closest, right or wrong, the closest first"),
    )
    shares = results.judged.predicted
    if not len(shares) or shares.shape[1] < 2:
        return _empty(title, tip, tr("no photos"), tr("There are no photos."))
    best = np.partition(np.nan_to_num(shares), -2, axis=1)[:, -2:]
    order = np.argsort(best[:, 1] - best[:, 0], kind="stable")[:MOST_PHOTOS]
    paths = tuple(results.judged.paths[row] for row in order)
    return PhotoList(f"{title} ({len(paths)})", tip, PhotoSelection(None, paths, title))


def _unlike(results: PartResults) -> PhotoList:
    """The photos that are unlike the training photos."""
    title, found = tr("Unlike the training photos"), results.document.get("unlike")
    tip = tr("Far from all training photos by their features, right or wrong, the farthest first")
    if not results.document:
        return _empty(title, tip, *NOT_JUDGED)
    if found is None and results.judged.split == "train":
        return _empty(
            title, tip, tr("not searched"), tr("Training photos are those that the others are compared with.")
        )
    if found is None:
        why = tr("The run has no features of its training photos, or these are too many photos to compare again.")
        return _empty(
            title, tip, "unknown", tr("{why} “thaw threshold RUN --known 0.95” stores the features.").format(why=why)
        )
    tip = tr("{tip}; {found:.0%} of the validation photos are nearer").format(tip=tip, found=found["known_kept"])
    paths = tuple(row["path"] for row in found["photos"])
    if not paths:
        return _empty(title, tip, "none", tr("No photo is unlike them."))
    return PhotoList(f"{title} ({len(paths)})", tip, PhotoSelection(None, paths, title))


def _disputed(results: PartResults) -> PhotoList:
    """The photos about which this run and others disagree."""
    title, disagreement = tr("Photos that runs disagree about"), results.document.get("disagreement")
    tip = tr("Other runs of this folder predict other classes, or are far more or less sure; right or wrong")
    paths = tuple(row["path"] for row in disagreement["photos"]) if disagreement else ()
    if not results.document:
        return _empty(title, tip, *NOT_JUDGED)
    if disagreement is None:
        return _empty(title, tip, tr("no other run"), tr("No other run of this folder judged these photos."))
    if not paths:
        return _empty(title, tip, "none", tr("The runs agree."))
    return PhotoList(f"{title} ({len(paths)})", tip, PhotoSelection(None, paths, title))


def _list(results: PartResults, key: str, title: str, tip: str, without: frozenset[str]) -> PhotoList:
    rows = label_review.likely_errors(results) if key == "label_errors" else results.document.get(key, ())
    paths = tuple(row["path"] for row in rows if row["path"] not in without)
    if paths:
        return PhotoList(f"{title} ({len(paths)})", tip, PhotoSelection(None, paths, title))
    if not results.document:
        return _empty(title, tip, *NOT_JUDGED)
    if key != "label_errors" or results.target:
        return _empty(title, tip, "none", tr("There are no photos."))
    if rows:
        return _empty(title, tip, tr("all settled"), tr("You settled all of them."))
    if results.judged.split == "train" and not results.document.get("probe"):
        why = tr("Training photos are searched by the quick probe, which was left out.")
        return _empty(title, tip, tr("no quick probe"), why)
    where = tr("None of the {paths} {photos_words} is likely one.").format(
        paths=numbers.exact(len(results.judged.paths)), photos_words=results.photos_words
    )
    return _empty(title, tip, tr("none here"), f"{where} {OTHER_PLACES[results.judged.split]}")


def _empty(title: str, tip: str, short: str, why: str) -> PhotoList:
    """A list without photos. Its text has the reason, too: the keyboard skips it, so its tooltip is out of reach."""
    return PhotoList(f"{title}: {short}", tip, PhotoSelection(None, (), title), why)
