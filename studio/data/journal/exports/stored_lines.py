"""The lines of a journal as plain data, for a project file, and their way back into the journal of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from studio.data.journal.entries import Entry, Header, Line, now
from studio.data.journal.history import History
from studio.data.journal.journal import Journal
from studio.spec import UserError
from studio.spec.encoding import conversion


def lines_of(journal: Journal) -> tuple[dict[str, Any], ...]:
    """The lines of a journal, without the header of its file.

    Raises:
        UserError: The journal cannot be read.
    """
    return tuple(msgspec.to_builtins(line) for line in journal.file.lines() if not isinstance(line, Header))


def restore(journal: Journal, stored: Sequence[dict[str, Any]]) -> tuple[int, bool]:
    """Add stored lines to a journal that lacks them.

    A journal that is the beginning of the stored one is completed. To any other one, the choices in effect that it does
    not have are added as one entry, which can be undone.

    Returns:
        Number of entries that were added, and True where they were added as one.

    Raises:
        UserError: The lines are damaged, or the journal cannot be written; nothing was changed.
    """
    try:
        lines = conversion.convert(list(stored), list[Line])
        history = History().after(lines)
    except (msgspec.ValidationError, ValueError) as error:
        raise UserError(
            f"The choices about photos in the project are damaged ({error}).", "Restore a copy of the project."
        ) from error
    own = [line for line in journal.file.lines() if not isinstance(line, Header)]
    if own[: len(lines)] == lines:
        return 0, False
    if lines[: len(own)] == own:
        rest = lines[len(own) :]
        journal.append_lines(rest)
        return sum(isinstance(line, Entry) for line in rest), False
    new = [entry for entry in history.entries[: history.position] if entry not in own]
    if new:
        journal.append_lines([Entry(now(), tuple(action for entry in new for action in entry.actions))])
    return len(new), bool(new)
