"""The user's choices applied to a listed data set, from its journal or from the record of a run."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from studio.data.content_hashes import ContentHashes
from studio.data.journal.apply import apply_choices
from studio.data.journal.choices import choices_of_run
from studio.data.journal.matching import match_photos
from studio.data.journal.storage import folders
from studio.data.journal.storage.journal_file import JournalFile
from studio.events import Dataset, PhotoChoice, Progress


def with_choices(
    dataset: Dataset, run_choices: Iterable[PhotoChoice] | None = None
) -> Generator[Progress, None, Dataset]:
    """Apply choices to a listed data set. Files are hashed only if the folder has a journal.

    Args:
        dataset: The data set as listed, without choices.
        run_choices: The choices that a run recorded; None for those in the folder's journal.

    Raises:
        UserError: The journal cannot be read.
    """
    paths = [photo.path for photo in dataset.photos]
    if run_choices is None:
        folder = folders.find(dataset.folder, paths)
        choices, moved_from = JournalFile(folder.file).history().choices, folder.moved_from
    else:
        choices, moved_from = choices_of_run(run_choices), ""
    if not choices.photos and not choices.accepted:
        return dataset
    keys = choices.keys()
    contents = yield from ContentHashes(dataset.folder).of(paths, {key.size for key in keys})
    return apply_choices(dataset, choices, match_photos(keys, contents), moved_from)
