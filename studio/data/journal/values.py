"""Checks of the values of actions: classes, splits and kinds of findings."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import get_args

from studio.data.folder import layout
from studio.data.journal.actions import ROWS
from studio.events import Split
from studio.events.photos.findings import FindingKind
from studio.spec import UserError
from studio.spec.journal import LABEL_ERROR, ActionKind

KINDS: tuple[str, ...] = (*get_args(FindingKind), LABEL_ERROR)
"""Findings of the data check, and the likely label errors of an evaluation."""
SPLITS: tuple[str, ...] = get_args(Split)


def require_valid(kind: ActionKind, value: str, classes: Callable[[], Sequence[str]]) -> str:
    """The valid value of an action; "" for one that has none.

    Args:
        kind: Kind of the action.
        value: Its value.
        classes: Returns the names of the classes, or raises where the data set has none.

    Raises:
        UserError: There is no such class, split or finding.
    """
    match ROWS[kind].names:
        case "class":
            return require_class(value, classes())
        case "split":
            return require_split(value)
        case "finding":
            return require_finding(value)
        case _:
            return ""


def require_class(name: str, classes: Sequence[str]) -> str:
    """The class of this name.

    Raises:
        UserError: There is none; the hint has similar names.
    """
    if name in classes:
        return name
    shown = ", ".join(f"“{one}”" for one in classes[:8]) + (", …" if len(classes) > 8 else "")
    raise UserError(f"There is no class “{name}”.", near(name, classes) or f"The classes are {shown}.")


def require_split(name: str) -> str:
    """The split of this name, “validation” for example.

    Raises:
        UserError: There is none.
    """
    if name.lower() in layout.ROLES:
        return layout.ROLES[name.lower()]
    raise UserError(f"There is no split “{name}”.", near(name, SPLITS) or "The splits are train, val and test.")


def require_finding(name: str) -> str:
    """The kind of finding, with the class after a colon if it concerns one.

    Raises:
        UserError: There is no such kind.
    """
    kind = name.partition(":")[0]
    if kind in KINDS:
        return name
    raise UserError(f"There is no finding “{kind}”.", near(kind, KINDS) or f"The findings are {', '.join(KINDS)}.")


def near(name: str, names: Sequence[str]) -> str:
    """A hint with the most similar of some names; "" where none is similar."""
    folded = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(f'“{folded[one]}”' for one in close)}?" if close else ""
