"""Which of two choices about the same photo applies."""

from __future__ import annotations

import pytest

from studio.data.journal.last_changes import Change
from studio.data.journal.takeover import _applies, _Newer

PHOTO = ("relabel", "", frozenset({"a.jpg"}))


@pytest.mark.parametrize(
    ("theirs", "own", "applies"),
    [
        (Change("2", "ants"), Change("1", "bees"), True), (Change("1", "ants"), Change("2", "bees"), False),
        (Change("1", "ants"), Change("1", "bees"), False), (Change("2", "ants"), Change("1", "ants"), False),
        (Change("1", "ants"), None, True), (Change("1", ""), None, False), (Change("2", ""), Change("1", "bees"), True),
    ],
)  # fmt: skip
def test_a_choice_applies_where_it_is_newer_and_differs(theirs: Change, own: Change | None, applies: bool) -> None:
    known = {} if own is None else {PHOTO: own}
    assert _applies(_Newer(theirs, "/photos/in"), known, PHOTO) is applies  # type: ignore[arg-type]
