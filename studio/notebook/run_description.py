"""Description, trash, choices about photos, and thresholds of a run, as a part of `Run`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from studio.commands import runs as commands
from studio.events import PhotoChoice, RunDescription, RunsListed, RunSummary
from studio.notebook.job_runner import run_job
from studio.notebook.predicting.thresholds import Thresholds, threshold
from studio.runs import folder


class DescribedRun:
    """Base of `Run`: what the user wrote about it and chose for it.

    Attributes:
        summary: State and main metrics.
    """

    summary: RunSummary

    @property
    def description(self) -> RunDescription:
        """The user's description of the run: `title`, `note`, `starred`, `tags`."""
        return self.summary.description

    @property
    def choices(self) -> tuple[PhotoChoice, ...]:
        """The choices about photos with which it was trained: `path`, `excluded`, `label`, `split`."""
        return folder.read(Path(self.summary.path)).choices

    def describe(
        self,
        *,
        title: str | None = None,
        note: str | None = None,
        starred: bool | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Change the description of the run; arguments that are not given stay as they are.

        Args:
            title: Title shown in lists; "" for the name of the folder.
            note: A note of any length.
            starred: True for a favorite.
            tags: All tags.

        Raises:
            UserError: A title or tag is too long, or the file cannot be written.
        """

        def change(before: RunDescription) -> RunDescription:
            return RunDescription(
                before.title if title is None else title,
                before.note if note is None else note,
                before.starred if starred is None else starred,
                before.tags if tags is None else tuple(tags),
            )

        events = run_job(commands.describe(Path(self.summary.path), change), False)
        self.summary = next(event for event in events if isinstance(event, RunsListed)).runs[0]

    def threshold(self, classes: str | Sequence[str] = (), **choices: Any) -> Thresholds:
        """Choose, show or remove the thresholds of the run; see `help(studio.threshold)`."""
        return threshold(self.summary.path, classes, **choices)

    def discard(self) -> None:
        """Move the run to the trash, the folder `.trash` beside it; `restore` puts it back.

        Raises:
            UserError: A program is writing to it, or it cannot be moved.
        """
        run_job(commands.discard(Path(self.summary.path)), False)

    def restore(self) -> None:
        """Put the run back from the trash.

        Raises:
            UserError: It is not in the trash, or something else has its path now.
        """
        run_job(commands.restore(self.summary.path), False)
