"""The choices in a project file, added to the journal of a folder."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from studio.data.journal.entries import Action, Entry, Header, Line, PhotoKey, Redo, Undo
from studio.data.journal.exports import stored_lines
from studio.spec import UserError

ONE, TWO, THREE = (
    Entry(f"time {name}", (Action("exclude", "", (PhotoKey(name, f"{name}.jpg", 1),)),)) for name in ("1", "2", "3")
)
UNDO, REDO = Undo("later"), Redo("still later")


@pytest.mark.parametrize(
    ("own", "stored", "added", "result"),
    [
        ([], [], [], (0, False)),
        ([], [ONE, TWO, UNDO], [ONE, TWO, UNDO], (2, False)),
        ([ONE], [ONE, TWO, UNDO], [TWO, UNDO], (1, False)),
        ([ONE, TWO, UNDO], [ONE, TWO, UNDO], [], (0, False)),
        ([ONE, TWO, UNDO], [ONE, TWO], [], (0, False)),
        ([ONE, UNDO], [ONE], [], (0, False)),
        ([TWO], [ONE, TWO], [ONE], (1, True)),
        ([TWO], [ONE, THREE], [ONE, THREE], (2, True)),
        ([TWO], [ONE, THREE, UNDO], [ONE], (1, True)),
        ([TWO], [ONE, THREE, UNDO, REDO], [ONE, THREE], (2, True)),
        ([TWO], [ONE, UNDO], [], (0, False)),
        ([TWO, ONE], [ONE, TWO], [], (0, False)),
    ],
)
def test_stored_choices_complete_a_journal_or_become_one_entry(
    own: list[Line], stored: list[Line], added: list[Line], result: tuple[int, bool]
) -> None:
    appended: list[Line] = []
    journal: Any = SimpleNamespace(
        file=SimpleNamespace(lines=lambda: [Header(1), *own]), append_lines=lambda lines: appended.extend(lines)
    )
    assert stored_lines.restore(journal, [msgspec.to_builtins(line) for line in stored]) == result
    if result[1]:
        (entry,) = appended
        assert isinstance(entry, Entry)
        assert entry.actions == tuple(action for one in added if isinstance(one, Entry) for action in one.actions)
    else:
        assert appended == added
    assert stored_lines.restore(journal, stored_lines.lines_of(journal)) == (0, False)


@pytest.mark.parametrize("lines", [[{"type": "undo", "time": ""}], [{}], [{"type": "entry"}]])
def test_damaged_choices_are_refused(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(UserError, match="damaged"):
        stored_lines.restore(SimpleNamespace(), lines)  # type: ignore[arg-type]
