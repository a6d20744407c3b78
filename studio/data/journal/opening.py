"""Opening of the journal of a folder of photos."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence

from studio.data.folder import layout, walk
from studio.data.journal import takeover
from studio.data.journal.journal import Journal
from studio.data.journal.storage import folders
from studio.data.journal.storage.journal_file import JournalFile
from studio.data.journal.words import takeover_words
from studio.events import Progress, Skipped
from studio.jobs.progress import Pace
from studio.spec import UserError


def open_journal(
    folder: str, listed: Sequence[str] | None = None, inside: Sequence[str] = ()
) -> Generator[Progress, None, Journal]:
    """Open the journal of a folder; one without entries where there is none yet.

    Newer choices that were made while a nested folder was open are taken over.

    Args:
        folder: The folder of photos.
        listed: Relative paths of its photos, sorted, where they are known; None lists the folder.
        inside: Paths in it of the only folders to list; empty for all.

    Raises:
        UserError: The folder or its journal cannot be read.
    """
    root, _ = layout.root_of(folder)
    if listed is not None:
        return (yield from _opened(root, listed, inside))
    pace = Pace("scan")
    photos: list[str] = []
    for item in itertools.chain.from_iterable(walk.photos(root, part) for part in inside or ("",)):
        if not isinstance(item, Skipped):
            photos.extend(item)
        if (progress := pace.at(len(photos))) is not None:
            yield progress
    photos.sort()
    return (yield from _opened(root, photos, inside))


def _opened(root: str, photos: Sequence[str], inside: Sequence[str]) -> Generator[Progress, None, Journal]:
    where = folders.find(root, photos)
    journal = Journal(root, tuple(photos), where, JournalFile(where.file))
    try:
        journal.taken_over = yield from takeover.take_over(journal, inside)
    except UserError as error:
        if (entry := (yield from takeover.newer_choices(journal, inside))) is not None:  # read, but not written
            journal.taken_over = f"{takeover_words(entry)}. They apply, but are not stored: {error.title}"
    return journal
