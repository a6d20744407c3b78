"""Photos added to the open folder, or removed from it, since the last scan.

The photos shown are the photos used: the window offers a rescan after a change, and a run that finds one shows the
photos that it uses, with a notice. So do photos that the change moved to another part of the split.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from studio.data.folder import changes
from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.jobs import failures
from studio.session.state import AppState, FolderChanges, RunState
from studio.spec import DatasetSpec, structs

LOST = tr("The folder cannot be read now. These are its photos at the last scan.")
BACK = tr("The folder can be read again")


def folder_relisted(state: AppState, now: Dataset) -> AppState:
    """The state after the open folder was listed again in the background; the photos shown stay."""
    shown = state.dataset
    if shown is None or shown.folder != now.folder:
        return state
    difference = _difference(shown, now)
    if state.folder_changes is not None and state.folder_changes.access:
        difference = replace(difference or FolderChanges(0, 0, len(now.photos)), access="back")
        # The folder is back: failures that name it, or a file in it, no longer apply.
        named = [page for page, fault in state.faults.items() if now.folder in fault.title]
        state = failures.without(state, "images", *named)
    if difference is None:
        outdated = state.folder_changes is not None and not state.folder_changes.used
        return replace(state, folder_changes=None) if outdated else state
    return state if difference == state.folder_changes else replace(state, folder_changes=difference)


def scanned(state: AppState, now: Dataset) -> FolderChanges | None:
    """The notice after a scan of the open folder: photos that are in another part of the split than before."""
    if moved := _moved(state, now):
        return FolderChanges(0, 0, len(now.photos), moved=moved, used=True)
    notice, shown = state.folder_changes, state.dataset
    continues = now.checked and shown is not None and not shown.checked  # the same scan, after the data check
    return notice if continues and notice is not None and notice.moved else None


def with_division(state: AppState) -> AppState:
    """The state with the photos shown as the ones that the next scan is compared with, if their split is final."""
    if state.dataset is None or state.dataset.split_pending:
        return state
    return replace(state, divided=(_split_settings(state), state.dataset))


def _moved(state: AppState, now: Dataset) -> int:
    """Number of photos that are in another part than before, by the same settings."""
    if state.divided is None or now.split_pending or state.divided[0] != _split_settings(state):
        return 0
    return changes.count_moved(state.divided[1], now)


def _split_settings(state: AppState) -> DatasetSpec:
    return structs.replace(state.spec.dataset, value_range=None)


def listing_failed(state: AppState, job: str) -> AppState:
    """The state after a job failed: if it could not list the open folder, its photos are those of the last scan."""
    if job not in ("scan", "watch") or state.dataset is None:
        return state
    lost = FolderChanges(0, 0, len(state.dataset.photos), access="lost")
    return replace(state, folder_changes=lost)


def training_listed(state: AppState, run: RunState, now: Dataset) -> AppState:
    """The state after a run of the open folder listed its photos; these are shown from now on if they differ."""
    shown = state.dataset
    if shown is None or run.started.spec.dataset != state.spec.dataset:
        return state
    now = _without_unreadable(shown, now, only_listed=run.dataset is None)
    same = shown.files_hash == now.files_hash and shown.choices == now.choices
    if same and not changes.count_changed_targets(shown, now):
        return state
    if run.started.resumed:  # a resumed run uses its own photos, or fails
        return folder_relisted(state, now)
    photos = tuple(sorted(now.photos, key=attrgetter("path")))  # a run lists test photos last
    difference = _difference(shown, now)
    moved = _moved(state, now)
    if moved and difference is None:
        difference = FolderChanges(0, 0, len(now.photos))
    difference = replace(difference, used=True, moved=moved) if difference is not None else state.folder_changes
    deep = now.deep or shown.deep  # a run measures value ranges itself, and records them in the run
    notes = (*now.notes, *(note for note in shown.notes if note.path in now.files))  # a run collects no notes
    return replace(state, dataset=replace(now, photos=photos, deep=deep, notes=notes), folder_changes=difference)


def _without_unreadable(shown: Dataset, now: Dataset, only_listed: bool) -> Dataset:
    """The photos of a run without those that the data check could not read, so that the shown number stays.

    Args:
        shown: The photos shown.
        now: The photos as the training listed them.
        only_listed: True where the training has opened no photo yet. Afterwards it leaves out unreadable photos itself,
            except those of the test part, which it opens last.
    """
    own = {photo.path for photo in shown.excluded}
    unreadable = {item.path: item for item in shown.skipped if item.path not in own}
    if not shown.checked or not unreadable:
        return now
    left_out = {
        photo.path: unreadable[photo.path]
        for photo in now.photos
        if photo.path in unreadable and (only_listed or photo.split == "test")
    }
    if not left_out:
        return now
    skipped = {item.path: item for item in now.skipped} | left_out
    return replace(
        now,
        photos=tuple(photo for photo in now.photos if photo.path not in left_out),
        skipped=tuple(skipped[path] for path in sorted(skipped)),
    )


def _difference(shown: Dataset, now: Dataset) -> FolderChanges | None:
    added, removed = changes.count_changes(shown, now)
    changed = changes.count_changed_targets(shown, now)
    return FolderChanges(added, removed, len(now.photos), changed) if added or removed or changed else None


def words(diff: FolderChanges) -> str:
    """The changes in one line: “12 photos have been added to the folder and 1 removed since the last scan”."""
    if diff.access == "lost":
        return LOST
    if diff.moved and not (diff.added or diff.removed or diff.changed):
        return _moved_words(diff.moved)
    if diff.access == "back" and not (diff.added or diff.removed or diff.changed):
        return tr("{back}, with the same photos.").format(back=BACK)
    parts = []
    if diff.added:
        one = diff.added == 1
        text = tr("{photos} has been added to the folder") if one else tr("{photos} have been added to the folder")
        parts.append(text.format(photos=_photos(diff.added)))
    if diff.removed and parts:
        parts.append(tr("{removed:,} removed").format(removed=diff.removed))
    elif diff.removed:
        one = diff.removed == 1
        text = (
            tr("{photos} has been removed from the folder") if one else tr("{photos} have been removed from the folder")
        )
        parts.append(text.format(photos=_photos(diff.removed)))
    if diff.changed:
        one = diff.changed == 1
        text = tr("{changed:,} target value has changed") if one else tr("{changed:,} target values have changed")
        parts.append(text.format(changed=diff.changed))
    line = tr("{part} since the last scan").format(part=tr(" and ").join(parts))
    line = f"{BACK}: {line}" if diff.access == "back" else line
    if not diff.used:
        return f"{line}."
    line = tr("{line}: this run uses the {photos} that are there now.").format(line=line, photos=_photos(diff.photos))
    return f"{line} {_moved_words(diff.moved)}" if diff.moved else line


def _moved_words(moved: int) -> str:
    return tr(
        "{photos} moved to another part of the split: the added or removed ones change which photos stay "
        "together (as copies, near duplicates or a group), or the share of a class."
    ).format(photos=_photos(moved))


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _photos(number: int) -> str:
    return (tr("{number:,} photo") if number == 1 else tr("{number:,} photos")).format(number=number)
