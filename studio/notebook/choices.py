"""Choices about the photos of a folder, as methods of `PhotoFolder`. No file among the photos is changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from studio.commands import journal as commands
from studio.events import JournalRead, PhotoChoice
from studio.jobs.protocol import Work
from studio.notebook.job_runner import run_job
from studio.spec import DatasetSpec
from studio.spec.journal import ActionKind
from studio.system import paths

PathLike = str | os.PathLike[str]
Names = PathLike | Iterable[PathLike]
"""One photo or several: paths relative to the folder, or absolute; a folder stands for all photos in it."""


class Choices:
    """Base of `PhotoFolder`: the choices about its photos, which are recorded in its journal.

    Attributes:
        spec: The folder.
    """

    spec: DatasetSpec

    def _refresh(self) -> None:
        """Apply the changed journal."""
        raise NotImplementedError

    @property
    def choices(self) -> tuple[PhotoChoice, ...]:
        """The choices in effect on photos in the folder: `path`, `excluded`, `label`, `split`."""
        return self._read(commands.show(self.spec.folder, self.spec.folders)).photos

    def exclude(self, photos: Names) -> None:
        """Leave photos out.

        Args:
            photos: One path or several, relative to the folder; a folder stands for all photos in it.

        Raises:
            UserError: There is no such photo.
        """
        self._choose("exclude", photos)

    def restore(self, photos: Names) -> None:
        """Use excluded photos again."""
        self._choose("restore", photos)

    def relabel(self, photos: Names, label: str) -> None:
        """Count photos as another class.

        Raises:
            UserError: There is no such photo or class.
        """
        self._choose("relabel", photos, label)

    def move(self, photos: Names, split: str) -> None:
        """Move photos to another split: "train", "val" or "test".

        Raises:
            UserError: There is no such photo or split.
        """
        self._choose("split", photos, split)

    def accept(self, kind: str, photos: Names = ()) -> None:
        """Accept a finding of the data check, on photos, or for a class as "kind:class".

        Raises:
            UserError: There is no such photo or kind of finding.
        """
        self._choose("accept", photos, kind)

    def undo(self, count: int = 1) -> None:
        """Undo the last changes of the journal, also of earlier sessions.

        Raises:
            UserError: There is nothing to undo.
        """
        self._change(commands.undo(self.spec.folder, count, self.spec.folders))

    def redo(self, count: int = 1) -> None:
        """Redo what was undone last.

        Raises:
            UserError: There is nothing to redo.
        """
        self._change(commands.redo(self.spec.folder, count, self.spec.folders))

    def export_choices(self, file: PathLike) -> None:
        """Write the choices in effect to a CSV file: path, hash, action, value, time."""
        self._read(commands.export_csv(self.spec.folder, paths.expanded(Path(file)), self.spec.folders))

    def import_choices(self, file: PathLike) -> tuple[str, ...]:
        """Add the choices of a CSV file, as one change; returns the rows about photos that are not in the folder.

        Raises:
            UserError: A row is not valid; nothing was imported.
        """
        read = self._change(commands.import_csv(self.spec.folder, paths.expanded(Path(file)), self.spec))
        return tuple(f"{row.path}: {row.reason}" for row in read.left_out)

    def copy(self, out: PathLike, *, links: bool = False) -> None:
        """Write a new folder with the photos in use, in the folders of their classes.

        Args:
            out: The folder; it must not exist.
            links: Write links to the photos, not copies.
        """
        self._read(commands.copy(self.spec.folder, paths.expanded(Path(out)), links, self.spec))

    def _choose(self, kind: ActionKind, photos: Names, value: str = "") -> None:
        names = [photos] if isinstance(photos, str | os.PathLike) else list(photos)
        chosen = [os.fspath(name) for name in names]
        self._change(commands.choose(self.spec.folder, kind, chosen, value, self.spec))

    def _change(self, work: Work) -> JournalRead:
        read = self._read(work)
        self._refresh()
        return read

    def _read(self, work: Work) -> JournalRead:
        return next(event for event in run_job(work, False) if isinstance(event, JournalRead))
