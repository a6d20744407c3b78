"""Judged photos whose label the user settled in the journal: excluded, relabeled, or accepted as right."""

from __future__ import annotations

from collections.abc import Generator

from studio.data.content_hashes import ContentHashes
from studio.data.journal.choices import Choices
from studio.data.journal.matching import match_photos
from studio.data.journal.storage import folders
from studio.data.journal.storage.journal_file import JournalFile
from studio.events import Event, JudgedPart, Progress, Warned
from studio.jobs.workers import run_in_thread
from studio.spec import UserError
from studio.spec.journal import LABEL_ERROR
from studio.system import paths


def settled(judged: JudgedPart) -> Generator[Event, None, frozenset[str]]:
    """Paths of the judged photos whose label is settled; none, with a warning, where the journal cannot be read.

    Photos are recognized by their content. Files are read only if the run did not record it.
    """
    root = str(paths.expanded(judged.folder).absolute())
    try:
        return (yield from run_in_thread(_settled(root, judged), root))
    except UserError as error:
        yield Warned(f"Your choices about labels are not considered: {error.title}", error.hint)
        return frozenset()


def _settled(root: str, judged: JudgedPart) -> Generator[Progress, None, frozenset[str]]:
    choices = JournalFile(folders.find(root, judged.paths).file).history().choices
    keys = _keys(choices)
    if not keys:
        return frozenset()
    contents = {path: content for path, content in zip(judged.paths, judged.contents, strict=True) if content}
    unknown = [path for path in judged.paths if path not in contents]
    photos = choices.keys()
    if unknown:
        contents |= yield from ContentHashes(root).of(unknown, {key.size for key in photos})
    by_path = match_photos(photos, contents)
    return frozenset(path for path, key in by_path.items() if key in keys)


def _keys(choices: Choices) -> set[object]:
    labeled = {key for key, one in choices.photos.items() if one.excluded or one.label}
    return labeled.union(*(photos for kind, photos in choices.accepted if kind == LABEL_ERROR))
