"""Jobs of the window on the journal of the open folder, each followed by the data set with the current choices."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio.data.folder_memory import FolderMemory
from studio.events import DatasetScanned, Events, Progress, Skipped, Stage
from studio.formatting.numbers import many
from studio.jobs.protocol import Stop, Work
from studio.spec import DatasetSpec, UserError
from studio.spec.journal import JournalAction, JournalRequest

if TYPE_CHECKING:
    from studio.data.journal.entries import Action
    from studio.data.journal.journal import Journal

Change = tuple[str, Sequence[Skipped], Literal["", "undo", "redo"]]
"""The change in words; rows of an imported file that were not used; the action that reverses it ("" for none)."""


def request(spec: DatasetSpec, journal_request: JournalRequest, memory: FolderMemory) -> Work:
    """Change the journal as requested, or only read it: `JournalRead`, then `DatasetScanned` after a change.

    Args:
        spec: The data set.
        journal_request: The change.
        memory: The folder as the window listed and checked it.
    """

    def work(_stop: Stop) -> Events:
        from studio.data.journal.opening import open_journal
        from studio.data.scan import chosen_again

        yield Stage("journal", "Reading the journal" if journal_request == JournalRequest() else "Changing the journal")
        memorized = memory.of(spec)
        listed = None if memorized is None else [photo.path for photo in memorized.listed.photos]
        named = {path for action in journal_request.actions for path in action.photos}
        if listed is not None and not named.issubset(listed):  # a run listed newer photos, which the window shows
            memory.forget()
            listed = None
        journal = yield from open_journal(spec.folder, listed, spec.folders)
        change, left_out, reverse = yield from _change(journal, spec, journal_request, memory)
        yield (yield from journal.read(change, left_out, reverse))
        if journal_request != JournalRequest() and not journal_request.export_to:
            yield DatasetScanned((yield from chosen_again(spec, memory)))

    return work


def _change(
    journal: Journal, spec: DatasetSpec, request: JournalRequest, memory: FolderMemory
) -> Generator[Progress, None, Change]:
    from studio.data.journal.exports import transfer
    from studio.data.journal.words import change_words, entry_words

    history = journal.history
    if request.actions:
        actions = yield from _actions(journal, spec, request.actions, memory)
        journal.add(actions)
        return change_words(actions), (), "undo"
    if request.step == "undo":
        journal.undo()
        return f"Undone: {entry_words(history.entries[history.position - 1])}", (), "redo"
    if request.step == "redo":
        journal.redo()
        return f"Redone: {entry_words(history.entries[history.position])}", (), "undo"
    if request.import_from:
        classes = None if spec.targets else _classes(spec, memory)
        number, left_out = yield from transfer.import_csv(journal, Path(request.import_from), classes)
        return f"{many(number, 'choice')} imported from {Path(request.import_from).name}", left_out, "undo"
    if request.export_to:
        number = yield from transfer.export(journal, Path(request.export_to))
        return f"{many(number, 'choice')} written to {request.export_to}", (), ""
    return "", (), ""


def _actions(
    journal: Journal, spec: DatasetSpec, requested: Sequence[JournalAction], memory: FolderMemory
) -> Generator[Progress, None, list[Action]]:
    from studio.data.journal.entries import Action

    paths = list(dict.fromkeys(path for action in requested for path in action.photos))
    keys = dict(zip(paths, (yield from journal.keys_at(paths)), strict=True)) if paths else {}
    return [
        Action(action.kind, _valid(spec, action, memory), tuple(keys[path] for path in action.photos))
        for action in requested
    ]


def _valid(spec: DatasetSpec, action: JournalAction, memory: FolderMemory) -> str:
    """The valid value of an action.

    Raises:
        UserError: There is no such class, split or finding.
    """
    from studio.data.journal import values
    from studio.data.journal.actions import ROWS

    if not action.value and ROWS[action.kind].about == "photo":  # an empty value revokes an earlier choice
        return ""
    return values.require_valid(action.kind, action.value, lambda: _classes(spec, memory))


def _classes(spec: DatasetSpec, memory: FolderMemory) -> Sequence[str]:
    if spec.targets:
        raise UserError("This data set has numbers, not classes.", "First set the target to classes.")
    from studio.data.scan import listing

    memorized = memory.of(spec)
    return (memorized.listed if memorized is not None else listing(spec)).classes
