"""Entries of a journal: actions on photos and findings, in the form in which they are stored.

A photo is identified by the content of its file, so that an entry remains valid after the photo or its folder was
renamed. The path distinguishes copies of the same photo, of which one may be excluded and the other not.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass

import msgspec

from studio.spec.journal import ActionKind

VERSION = 1
"""Version of the file format; files of newer versions are refused."""


@dataclass(frozen=True, slots=True)
class PhotoKey:
    """A photo as a journal identifies it.

    Attributes:
        content: Hash of its file.
        path: Path when the choice was made, relative to the data set's folder.
        size: Size of its file in bytes; only files of this size have to be hashed to find it.
        others: Paths of copies that the folder had when the choice was made.
    """

    content: str
    path: str
    size: int = dataclasses.field(compare=False)
    others: tuple[str, ...] = dataclasses.field(default=(), compare=False)


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """One action.

    Attributes:
        kind: Kind of the action.
        value: Name of a class for `relabel`, of a split for `split`, of a finding for `accept` and `reopen`.
        photos: Photos that it concerns; for `accept` and `reopen` those of one finding.
    """

    kind: ActionKind
    value: str = ""
    photos: tuple[PhotoKey, ...] = ()


class Header(msgspec.Struct, frozen=True, tag="journal"):
    """First line of a file."""

    version: int


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag="entry"):
    """Actions that are done and undone together.

    Attributes:
        time: Time in ISO 8601, UTC.
        actions: In the order in which they are done.
        origins: Absolute paths of the nested folders from whose journals the actions were taken over; empty for actions
            of the user.
    """

    time: str
    actions: tuple[Action, ...]
    origins: tuple[str, ...] = ()


class Undo(msgspec.Struct, frozen=True, tag="undo"):
    """Undoes the last entry that is in effect."""

    time: str


class Redo(msgspec.Struct, frozen=True, tag="redo"):
    """Redoes the entry that was undone last."""

    time: str


Line = Header | Entry | Undo | Redo
"""A line of the file."""


def now() -> str:
    """The present time for a line, with microseconds, so that two choices of a user differ; sorts as text."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
