"""Jobs on the journal of a folder of photos: show, change, undo, export, import, copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.data.journal.actions import ROWS
from studio.data.journal.entries import Action
from studio.events import Events, Saved, Stage
from studio.formatting.numbers import many
from studio.jobs.protocol import Stop, Work
from studio.spec import DatasetSpec, UserError
from studio.spec.journal import LABEL_ERROR, ActionKind
from studio.spec.structs import replace
from studio.system import paths

PAIRS = frozenset({"exact_duplicate", "near_duplicate", "two_labels", "across_split"})
"""Findings whose photos are accepted together, as one group; those of other findings are accepted one by one."""


def show(folder: str, folders: Sequence[str] = ()) -> Work:
    """Read the journal of a folder; `folders` are the data set's folders in it, if it has several."""

    def work(_stop: Stop) -> Events:
        from studio.data.journal.opening import open_journal

        journal = yield from open_journal(folder, None, folders)
        yield (yield from journal.read())

    return work


def choose(
    folder: str, kind: ActionKind, photos: Sequence[str], value: str = "", spec: DatasetSpec | None = None
) -> Work:
    """Add an entry: one action on photos.

    Args:
        folder: The folder of photos.
        kind: Kind of the action.
        photos: Paths of photos or folders; may be empty for an action on a finding.
        value: Class, split or finding.
        spec: Names the classes where the folders do not: by a pattern or a table of labels.

    Raises:
        UserError: There is no such photo, class, split or finding, or the journal cannot be written.
    """

    def work(_stop: Stop) -> Events:
        from studio.data.journal import values
        from studio.data.journal.opening import open_journal
        from studio.data.scan import listing

        row, valid = ROWS[kind], ""
        if value or row.names != "split":  # an empty split revokes an earlier choice
            valid = values.require_valid(kind, value, lambda: listing(_for_classes(folder, spec)).classes)
        journal = yield from open_journal(folder, None, _listed(folder, spec).folders)
        keys = yield from journal.keys_of(photos)
        if kind == "accept" and valid == LABEL_ERROR and not keys:
            raise UserError(
                "No photo was named.",
                f"Name those whose label is right: “accept {LABEL_ERROR} PHOTO…”. "
                "Accepting all at once would hide errors that you have not seen yet.",
                folder,
            )
        if row.about == "finding":
            groups = [keys] if not keys or valid.partition(":")[0] in PAIRS else [(key,) for key in keys]
            actions = [Action(kind, valid, group) for group in groups]
            change = f"{valid} {row.done}"
            change += f" for {many(len(keys), 'photo')}" if keys else ""
        else:
            actions = [Action(kind, valid, keys)]
            change = f"{many(len(keys), 'photo')} {row.done}"
        journal.add(actions)
        yield (yield from journal.read(change))

    return work


def _listed(folder: str, spec: DatasetSpec | None) -> DatasetSpec:
    """The data set of a folder with the source of its labels, without the other settings of `spec`."""
    if spec is None:
        return DatasetSpec(folder)
    return DatasetSpec(
        folder, label_pattern=spec.label_pattern, labels=spec.labels, folders=spec.folders, background=spec.background
    )


def _for_classes(folder: str, spec: DatasetSpec | None) -> DatasetSpec:
    """As `_listed`, with a split for which no photo has to be read."""
    return replace(_listed(folder, spec), split_by="photo", split_near=False)


def undo(folder: str, count: int = 1, folders: Sequence[str] = ()) -> Work:
    """Undo the last entries.

    Raises:
        UserError: There is nothing to undo.
    """
    return _step(folder, count, folders, back=True)


def redo(folder: str, count: int = 1, folders: Sequence[str] = ()) -> Work:
    """Redo the entries that were undone last.

    Raises:
        UserError: There is nothing to redo.
    """
    return _step(folder, count, folders, back=False)


def _step(folder: str, count: int, folders: Sequence[str], back: bool) -> Work:
    def work(_stop: Stop) -> Events:
        from studio.data.journal.opening import open_journal

        journal = yield from open_journal(folder, None, folders)
        number = journal.undo(count) if back else journal.redo(count)
        yield (yield from journal.read(f"{many(number, 'entry', 'entries')} {'undone' if back else 'redone'}"))

    return work


def export_csv(folder: str, out: Path, folders: Sequence[str] = ()) -> Work:
    """Write the choices to a CSV file."""

    def work(_stop: Stop) -> Events:
        from studio.data.journal.exports import transfer
        from studio.data.journal.opening import open_journal

        journal = yield from open_journal(folder, None, folders)
        number = yield from transfer.export(journal, out)
        yield (yield from journal.read(f"{many(number, 'choice')} written to {out}"))
        yield Saved(str(out), "journal")

    return work


def import_csv(folder: str, file: Path, spec: DatasetSpec | None = None) -> Work:
    """Add the choices of a CSV file as one entry; see `choose`.

    Raises:
        UserError: A row is not valid, or the file cannot be read; nothing was imported.
    """

    def work(_stop: Stop) -> Events:
        from studio.data.journal.exports import transfer
        from studio.data.journal.opening import open_journal
        from studio.data.scan import listing

        try:
            classes = listing(_for_classes(folder, spec)).classes
        except UserError:  # a folder without classes, for a regression
            classes = None
        journal = yield from open_journal(folder, None, _listed(folder, spec).folders)
        number, left_out = yield from transfer.import_csv(journal, file, classes)
        yield (yield from journal.read(f"{many(number, 'choice')} imported from {file}", left_out))

    return work


def copy(folder: str, out: Path, links: bool = False, spec: DatasetSpec | None = None) -> Work:
    """Write a copy of the photos in use, with the choices applied; see `choose`.

    Raises:
        UserError: The folder exists, or a photo cannot be copied.
    """

    def work(stop: Stop) -> Events:
        from studio.data.journal.exports import cleaned_copy
        from studio.data.journal.opening import open_journal
        from studio.data.scan import list_photos

        yield Stage("scan", "Listing photos")
        whole = replace(spec or DatasetSpec(folder), targets="")  # with the split that is used
        dataset = yield from list_photos(whole)
        where = paths.expanded(out).absolute()
        yield Stage("copy", "Linking photos" if links else "Copying photos")
        number = yield from cleaned_copy.write(dataset, where, links, stop, whole)
        journal = yield from open_journal(folder, None, whole.folders)
        yield (yield from journal.read(f"{many(number, 'photo')} {'linked' if links else 'copied'} to {where}"))
        yield Saved(str(where), "copy")

    return work
