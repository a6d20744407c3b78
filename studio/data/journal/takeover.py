"""Choices made while a nested folder was open, taken over into the journal of the open one.

The folder of a data set changes with the folders that belong to it, and a user may open a folder, one in it, or one
around it. Each has a journal, but the photos are the same files. So the newer choice about a photo applies in all of
them: it is added to the journal of the open folder as one entry, which is undone like any other.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.data.journal.entries import Entry, PhotoKey, now
from studio.data.journal.history import History
from studio.data.journal.journal import Journal
from studio.data.journal.last_changes import Change, Subject, action_of, last_changes
from studio.data.journal.matching import match_photos
from studio.data.journal.storage import folders, nested
from studio.data.journal.storage.journal_file import JournalFile
from studio.data.journal.storage.nested import Base, NestedJournal
from studio.data.journal.words import takeover_words
from studio.events import Progress
from studio.spec.journal import ActionKind

_ByPath = tuple[ActionKind, str, frozenset[str]]
"""Kind, finding and paths of the photos of a choice."""


@dataclass(frozen=True)
class _Newer:
    """A choice in a nested journal."""

    change: Change
    folder: str


def take_over(journal: Journal, parts: Sequence[str] = ()) -> Generator[Progress, None, str]:
    """Add the newer choices of nested folders to a journal; returns in words what was taken over, "" for nothing.

    Args:
        journal: The journal of the open folder.
        parts: Paths in it of the only folders that belong to the data set; empty for all.

    Raises:
        UserError: A journal cannot be read, or this one not written.
    """
    for part in parts:  # one that was moved since finds its journal by content
        prefix = f"{part}/"
        inside = [path.removeprefix(prefix) for path in journal.photos if path.startswith(prefix)]
        folders.find(os.path.join(journal.root, part), inside)  # noqa: PTH118
    before = journal.history
    entry = yield from newer_choices(journal, parts)
    if entry is None or not journal.add_to(before, entry):
        return ""
    return takeover_words(entry)


def history_with_newer(journal: Journal, parts: Sequence[str] = ()) -> Generator[Progress, None, History]:
    """The history of a journal as if the newer choices of nested folders had been taken over; nothing is written.

    Args:
        journal: The journal of the open folder.
        parts: See `take_over`.

    Raises:
        UserError: A journal cannot be read.
    """
    entry = yield from newer_choices(journal, parts)
    return journal.history if entry is None else journal.history.after([entry])


def newer_choices(journal: Journal, parts: Sequence[str] = ()) -> Generator[Progress, None, Entry | None]:
    """The entry that takes over the newer choices of nested folders; None where there are none.

    Args:
        journal: The journal of the open folder.
        parts: See `take_over`.

    Raises:
        UserError: A journal cannot be read.
    """
    bases = nested.bases_of(journal.root, parts)
    others: list[tuple[NestedJournal, dict[Subject, Change], dict[PhotoKey, PhotoKey]]] = []
    photos = frozenset(journal.photos)
    for other in nested.find(journal.folder, bases):
        file = JournalFile(other.file)
        changes = last_changes(file.lines(), file.history().choices, own=True)
        keys = _keys_here(changes, other, bases, photos)
        if keys:
            others.append((other, changes, keys))
    if not others:
        return None
    sizes = {key.size for _, _, keys in others for key in keys} | {key.size for key in journal.all_keys()}
    contents = yield from journal.hashes().of(journal.photos, sizes)
    newest: dict[_ByPath, _Newer] = {}
    for other, changes, keys in others:
        path_of = {key: path for path, key in match_photos(keys.values(), contents).items()}
        for subject, change in _by_path(changes, {key: path_of.get(here) for key, here in keys.items()}).items():
            if subject not in newest or newest[subject].change.time < change.time:
                newest[subject] = _Newer(change, other.folder)
    path_of = {key: path for path, key in match_photos(journal.all_keys(), contents).items()}
    own = _by_path(last_changes(journal.file.lines(), journal.history.choices), path_of)
    return _entry(journal, contents, {subject: one for subject, one in newest.items() if _applies(one, own, subject)})


def _applies(newer: _Newer, own: Mapping[_ByPath, Change], subject: _ByPath) -> bool:
    """True where a choice of a nested folder is newer than that of the open folder and differs from it."""
    here = own.get(subject, Change("", ""))
    return newer.change.value != here.value and newer.change.time > here.time


def _entry(journal: Journal, contents: Mapping[str, str], newer: Mapping[_ByPath, _Newer]) -> Entry | None:
    if not newer:
        return None
    paths = sorted({path for _, _, photos in newer for path in photos})
    keys = dict(zip(paths, journal.keys_for(paths, contents), strict=True))
    groups: dict[tuple[ActionKind, str, str, frozenset[str]], list[PhotoKey]] = {}
    for (kind, finding, photos), one in sorted(newer.items(), key=lambda item: (item[0][:2], sorted(item[0][2]))):
        together = photos if kind == "accept" else frozenset[str]()  # a finding's photos are accepted together
        groups.setdefault((kind, one.change.value, finding, together), []).extend(keys[path] for path in sorted(photos))
    actions = [action_of(kind, value, finding, tuple(keys)) for (kind, value, finding, _), keys in groups.items()]
    return Entry(now(), tuple(actions), tuple(sorted({one.folder for one in newer.values()})))


def _keys_here(
    changes: Iterable[Subject], other: NestedJournal, bases: Sequence[Base], photos: frozenset[str]
) -> dict[PhotoKey, PhotoKey]:
    """Photos of a nested journal that may be among the open ones, as a journal of the open folder identifies them."""
    keys: dict[PhotoKey, PhotoKey] = {}
    for key in {key for subject in changes for key in subject.photos}:
        absolute = other.absolute(key.path)
        path = nested.path_in(bases, absolute)
        if path not in photos and os.path.lexists(absolute):
            continue  # its file exists outside the data set, so a copy in the data set is another photo
        others = (nested.path_in(bases, other.absolute(one)) for one in key.others)
        keys[key] = PhotoKey(key.content, path or absolute, key.size, tuple(one for one in others if one is not None))
    return keys


def _by_path(changes: Mapping[Subject, Change], path_of: Mapping[PhotoKey, str | None]) -> dict[_ByPath, Change]:
    """Changes by the present paths of their photos, without those of which a photo is not in the open folder.

    Findings on classes are left out: they concern a folder as a whole, and another folder has other classes.
    """
    result: dict[_ByPath, Change] = {}
    for subject, change in changes.items():
        paths = [path_of.get(key) for key in subject.photos]
        here = frozenset(path for path in paths if path is not None)
        if paths and len(here) == len(paths):
            result[subject.kind, subject.finding, here] = change
    return result
