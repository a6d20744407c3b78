"""The user's choices applied to a listed data set, from its journal or from the record of a run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Iterable, Sequence

from studio.data.content_hashes import ContentHashes
from studio.data.journal import takeover
from studio.data.journal.apply import apply_choices
from studio.data.journal.choices import choices_of_run
from studio.data.journal.journal import Journal
from studio.data.journal.matching import match_photos
from studio.data.journal.storage import folders
from studio.data.journal.storage.journal_file import JournalFile
from studio.events import Dataset, PhotoChoice, Progress
from studio.spec import UserError


def with_choices(
    dataset: Dataset,
    run_choices: Iterable[PhotoChoice] | None = None,
    parts: Sequence[str] = (),
    may_write: bool = False,
) -> Generator[Progress, None, Dataset]:
    """Apply choices to a listed data set. Files are hashed only if the folder, or a nested one, has a journal.

    Args:
        dataset: The data set as listed, without choices.
        run_choices: The choices that a run recorded; None for those in the folder's journal and for newer ones that
            were made while a nested folder was open.
        parts: Paths in the folder of the only folders that belong to the data set; empty for all.
        may_write: Add the choices of nested folders to the folder's journal; otherwise they only apply.

    Raises:
        UserError: A journal cannot be read.
    """
    paths = [photo.path for photo in dataset.photos]
    taken_over = moved_from = ""
    if run_choices is None:
        folder = folders.find(dataset.folder, paths)
        journal = Journal(dataset.folder, tuple(paths), folder, JournalFile(folder.file))
        if may_write:
            with contextlib.suppress(UserError):  # nothing can be written: they apply nevertheless
                taken_over = yield from takeover.take_over(journal, parts)
        choices, moved_from = (yield from takeover.history_with_newer(journal, parts)).choices, folder.moved_from
    else:
        choices = choices_of_run(run_choices)
    if not choices.photos and not choices.accepted and not taken_over:
        return dataset
    keys = choices.keys()
    contents = yield from ContentHashes(dataset.folder).of(paths, {key.size for key in keys})
    applied = apply_choices(dataset, choices, match_photos(keys, contents), moved_from)
    return dataclasses.replace(applied, choices=dataclasses.replace(applied.choices, taken_over=taken_over))
