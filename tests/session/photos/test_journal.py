"""The state of the journal after a scan that took choices over from a nested folder."""

from __future__ import annotations

from dataclasses import replace

from studio.events import AppliedChoices, Dataset, DatasetScanned, JournalRead
from studio.session.reducer import reduce
from studio.session.state import AppState

WORDS = "Took over 2 choices from “one”: 2 photos excluded"


def test_what_was_taken_over_is_said_once_and_can_be_undone() -> None:
    dataset = Dataset("/disk", ("ants", "bees"), (), choices=AppliedChoices(taken_over=WORDS))
    state = reduce(AppState(), "scan", DatasetScanned(dataset))
    assert state.journal is not None
    assert (state.journal.change, state.journal.reverse) == (WORDS, "undo")
    state = reduce(state, "journal", JournalRead("/disk", "journal.jsonl", undoable=1, undo="take over 2 choices"))
    assert state.journal is not None
    assert (state.journal.change, state.journal.reverse, state.journal.undoable) == (WORDS, "undo", 1)
    state = replace(state, journal=replace(state.journal, change=""))  # closed by the user
    state = reduce(state, "scan", DatasetScanned(replace(dataset, checked=True)))
    assert state.journal is not None
    assert state.journal.change == ""


def test_a_journal_that_takes_over_while_it_changes_says_both() -> None:
    state = replace(AppState(), dataset=Dataset("/disk", (), ()))
    state = reduce(state, "journal", JournalRead("/disk", "", change="Excluded 1 photo", taken_over=WORDS))
    assert state.journal is not None
    assert (state.journal.change, state.journal.reverse) == (f"{WORDS}. Excluded 1 photo", "undo")
