"""The photos of the Use page: given by the user, predicted by the run shown, and taken off the list again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from studio.events import GivenPhoto, PhotosPredicted
from studio.events.runs import WeightsChoice
from studio.session.photo_rows import PhotoRows
from studio.spec.decision import DecisionRule

MOST_AGAIN = 200
"""Largest number of photos that are predicted again without a request when another run or epoch is chosen."""


MOST_REMOVALS = 50
"""Number of removals that can be undone."""


@dataclass(frozen=True)
class GivenPhotos:
    """The list of the Use page.

    Attributes:
        rows: The photos with their answers.
        run: Folder of the run that gave the answers; "" before the first.
        weights: Its weights: of the best or of the last epoch.
        rule: The decision rule that the run had at that time; None for none.
        waiting: Photos and folders that were given and are not being predicted yet.
        again: Photos that were on the list before it was emptied for another run, epoch or rule.
        chosen: Path of the photo that is shown; "" for none.
        removed: Removals from the list, the latest last: the run, and the index and answer of each photo.
        asked: Photos and folders that are being predicted.
        left: Photos and folders that were not, or not completely, predicted: stopped, or failed.
        continues: True where those that wait are to be continued: answered and removed photos are left out.
    """

    rows: PhotoRows = field(default_factory=PhotoRows)
    run: str = ""
    weights: WeightsChoice = "best"
    rule: DecisionRule | None = None
    waiting: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    chosen: str = ""
    removed: tuple[tuple[str, tuple[tuple[int, GivenPhoto], ...]], ...] = ()
    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    continues: bool = False


def given(now: GivenPhotos, paths: Iterable[str]) -> GivenPhotos:
    """The list after the user gave photos and folders; the first of them that is on it already is shown."""
    paths = list(dict.fromkeys(paths))
    here = [path for path in paths if now.rows.place(path) >= 0]
    kept = frozenset(path for path in here if not now.rows[now.rows.place(path)].why)
    new = [path for path in paths if path not in kept and path not in now.waiting]
    left = tuple(path for path in now.left if path not in new)
    return replace(now, waiting=(*now.waiting, *new), left=left, chosen=here[0] if here else now.chosen)


def begun(now: GivenPhotos, run: str, weights: WeightsChoice, rule: DecisionRule | None) -> GivenPhotos:
    """The list when the prediction of its waiting photos begins; emptied for another run, epoch or rule than before."""
    if (now.run, now.weights, now.rule) == (run, weights, rule):
        return replace(now, waiting=(), again=(), asked=now.waiting, continues=False)
    again = tuple(photo.path for photo in now.rows)
    begin = replace(now, run=run, weights=weights, rule=rule, waiting=(), asked=now.waiting, continues=False)
    return replace(begin, rows=PhotoRows(), again=again)


def broken_off(now: GivenPhotos, why: str) -> GivenPhotos:
    """The list after a job that failed or was stopped: photos that were on it before stay, without an answer.

    Args:
        now: The list.
        why: The reason, shown in place of the answers.
    """
    lacking = [GivenPhoto(path, why=why) for path in now.again if now.rows.place(path) < 0]
    left = tuple(dict.fromkeys(path for path in (*now.left, *now.asked, *now.waiting) if now.rows.place(path) < 0))
    return replace(now, rows=now.rows.with_more(lacking), waiting=(), again=(), asked=(), left=left)


def completed(now: GivenPhotos) -> GivenPhotos:
    """The list when the prediction has ended by itself."""
    return replace(now, asked=()) if now.asked else now


def continued(now: GivenPhotos) -> GivenPhotos:
    """The list with what was left waiting to be predicted."""
    return replace(now, waiting=tuple(dict.fromkeys((*now.waiting, *now.left))), left=(), continues=True)


def known(now: GivenPhotos) -> frozenset[str]:
    """The photos to leave out of a continued prediction: those answered, and those that the user took off the list."""
    if not now.continues:
        return frozenset()
    gone = (photo.path for _, taken in now.removed for _, photo in taken)
    return frozenset((*(photo.path for photo in now.rows if not photo.why), *gone)) - frozenset(now.waiting)


def predicted(now: GivenPhotos, event: PhotosPredicted) -> GivenPhotos:
    """The list with more answers; where no photo is shown yet, the first of them is."""
    if event.run != now.run:
        return now
    rows = now.rows.with_more(event.photos)
    return replace(now, rows=rows, chosen=now.chosen or next((photo.path for photo in event.photos), ""))


def without(now: GivenPhotos, paths: Iterable[str]) -> GivenPhotos:
    """The list without some photos; where the one shown is among them, the next one is shown."""
    gone = frozenset(paths)
    rows = now.rows.without(gone)
    chosen = now.chosen
    if chosen in gone:
        place = now.rows.place(chosen)
        after = [photo.path for photo in now.rows[place:] if photo.path not in gone] if place >= 0 else []
        chosen = after[0] if after else rows[-1].path if rows else ""
    left = {
        name: tuple(path for path in getattr(now, name) if path not in gone) for name in ("waiting", "again", "left")
    }
    taken = tuple((place, photo) for place, photo in enumerate(now.rows) if photo.path in gone)
    removed = (*now.removed, (now.run, taken))[-MOST_REMOVALS:] if taken else now.removed
    now = replace(now, waiting=left["waiting"], again=left["again"], left=left["left"])
    return replace(now, rows=rows, chosen=chosen, removed=removed)


def restored(now: GivenPhotos) -> GivenPhotos:
    """The list with the last removed photos at their positions; if the run has changed, they wait for its answers."""
    if not now.removed:
        return now
    run, taken = now.removed[-1]
    now = replace(now, removed=now.removed[:-1])
    back = [(place, photo) for place, photo in taken if now.rows.place(photo.path) < 0]
    if not back:
        return now
    if run != now.run:
        return replace(now, waiting=tuple(dict.fromkeys((*now.waiting, *(photo.path for _, photo in back)))))
    rows = list(now.rows)
    for place, photo in back:  # in rising order, so that each index is right when its photo is inserted
        rows.insert(place, photo)
    return replace(now, rows=PhotoRows(rows), chosen=back[0][1].path)


def chosen(now: GivenPhotos, path: str) -> GivenPhotos:
    """The list with another photo shown."""
    return now if path == now.chosen else replace(now, chosen=path)


def asked_again(now: GivenPhotos) -> GivenPhotos:
    """The list with all its photos waiting to be predicted again; their former answers stay until then."""
    paths = dict.fromkeys((*(photo.path for photo in now.rows), *now.asked, *now.waiting))
    return replace(now, waiting=tuple(paths), run="")
