"""All kinds of actions, one row each: the effect on the choice about a photo, what the value names, and the words.

A new kind is a row here, its name in `studio.spec.journal.ActionKind`, and an option of `thaw journal`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from studio.events.split import PART_WORDS, Split
from studio.spec.journal import ActionKind

YES = "yes"
"""Value of an exclusion and of an accepted finding; "" is the value of every choice that was taken back."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice about one photo.

    Attributes:
        excluded: True where it is left out.
        label: Name of its class; "" for that of its folder.
        split: Name of its split; None for the one that it has anyway.
    """

    excluded: bool = False
    label: str = ""
    split: Split | None = None


NO_CHOICE = Choice()


@dataclass(frozen=True)
class ActionRow:
    """A kind of action.

    Attributes:
        about: What it is done to.
        names: What its value is the name of; "" where it has none.
        done: Its result, after a number of photos or findings: “3 photos excluded”.
        words: The action as a command, from “3 photos” and its value: “exclude 3 photos”.
        past: Each verb that `words` may begin with, and its past tense.
        choose: Returns the choice about a photo after the action with a value; None for actions on findings.
        value_of: Returns the value that a choice has now, "" for none; None for actions on findings, and for those that
            take another one back.
        takes_back: The kind of action that it reverses; None for most.
    """

    about: Literal["photo", "finding"]
    names: Literal["", "class", "split", "finding"]
    done: str
    words: Callable[[str, str], str]
    past: dict[str, str]
    choose: Callable[[Choice, str], Choice] | None = None
    value_of: Callable[[Choice], str] | None = None
    takes_back: ActionKind | None = None


def _relabel(photos: str, name: str) -> str:
    return f"relabel {photos} as “{name}”" if name else f"give {photos} the class of the folder"


def _move(photos: str, split: str) -> str:
    return f"move {photos} to {PART_WORDS.get(split, split)}" if split else f"move {photos} back"


ROWS: dict[ActionKind, ActionRow] = {
    "exclude": ActionRow(
        about="photo",
        names="",
        done="excluded",
        words=lambda photos, _: f"exclude {photos}",
        past={"exclude": "Excluded"},
        choose=lambda choice, _: dataclasses.replace(choice, excluded=True),
        value_of=lambda choice: YES if choice.excluded else "",
    ),
    "restore": ActionRow(
        about="photo",
        names="",
        done="used again",
        words=lambda photos, _: f"restore {photos}",
        past={"restore": "Restored"},
        choose=lambda choice, _: dataclasses.replace(choice, excluded=False),
        takes_back="exclude",
    ),
    "relabel": ActionRow(
        about="photo",
        names="class",
        done="relabeled",
        words=_relabel,
        past={"relabel": "Relabeled", "give": "Gave"},
        choose=lambda choice, name: dataclasses.replace(choice, label=name),
        value_of=lambda choice: choice.label,
    ),
    "split": ActionRow(
        about="photo",
        names="split",
        done="moved to another split",
        words=_move,
        past={"move": "Moved"},
        choose=lambda choice, split: dataclasses.replace(choice, split=cast("Split | None", split or None)),
        value_of=lambda choice: choice.split or "",
    ),
    "accept": ActionRow(
        about="finding",
        names="finding",
        done="accepted",
        words=lambda findings, _: f"accept {findings}",
        past={"accept": "Accepted"},
    ),
    "reopen": ActionRow(
        about="finding",
        names="finding",
        done="no longer accepted",
        words=lambda findings, _: f"no longer accept {findings}",
        past={"no longer accept": "No longer accepted:"},
        takes_back="accept",
    ),
}
"""All kinds of actions, in the order in which they are counted and written."""


def opposite(kind: ActionKind) -> ActionKind | None:
    """The kind of action that reverses this one; None where the same kind with a value of "" does."""
    return next((other for other, row in ROWS.items() if row.takes_back == kind), None)
