"""The event about the journal of a folder of photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.events.photos.choices import AcceptedFinding, PhotoChoice
from studio.events.photos.dataset import Skipped


@dataclass(frozen=True)
class JournalRead:
    """The journal of a folder of photos, after a change if there was one.

    Attributes:
        folder: Absolute path of the photos' folder.
        file: The journal's file; it may not exist yet.
        photos: Choices about photos that are in the folder, sorted by path.
        missing: Choices about photos that are not in the folder, with their former paths.
        accepted: Accepted findings.
        undoable: Number of entries that can be undone.
        redoable: Number of entries that can be redone.
        change: What was done, one sentence; "" if nothing was changed.
        undo: The entry that is undone next, in words: “exclude 3 photos”; "" where there is none.
        redo: The entry that is redone next.
        reverse: The step that reverses the change: `undo`, or `redo` after an undo; "" where there is none.
        left_out: Rows of an imported file that could not be used, each with the reason.
        taken_over: Choices, made while a nested folder was open, that were just added, in words; "" for none.
    """

    folder: str
    file: str
    photos: tuple[PhotoChoice, ...] = ()
    missing: tuple[PhotoChoice, ...] = ()
    accepted: tuple[AcceptedFinding, ...] = ()
    undoable: int = 0
    redoable: int = 0
    change: str = ""
    left_out: tuple[Skipped, ...] = ()
    undo: str = ""
    redo: str = ""
    reverse: Literal["", "undo", "redo"] = ""
    taken_over: str = ""
