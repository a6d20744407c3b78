"""The state of the journal: after a scan that took choices over, and why it cannot change."""

from __future__ import annotations

from dataclasses import replace

from studio.events import AppliedChoices, Dataset, DatasetScanned, JournalRead, Photo
from studio.session.photos import journal
from studio.session.reducer import reduce
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec

WORDS = "Took over 2 choices from “one”: 2 photos excluded"


def test_choices_taken_over_are_reported_once_and_can_be_undone() -> None:
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


def test_a_change_that_also_takes_over_choices_reports_both() -> None:
    state = replace(AppState(), dataset=Dataset("/disk", (), ()))
    state = reduce(state, "journal", JournalRead("/disk", "", change="Excluded 1 photo", taken_over=WORDS))
    assert state.journal is not None
    assert (state.journal.change, state.journal.reverse) == (f"{WORDS}. Excluded 1 photo", "undo")


def test_the_reasons_why_choices_cannot_be_made_or_undone() -> None:
    closed, folder = AppState(), Dataset("/disk", ("ants",), (Photo("1.jpg", 0, "train"),))
    opened = replace(closed, dataset=folder)
    checks = (journal.cannot_choose, journal.cannot_undo, journal.cannot_redo)
    assert {check(closed) for check in checks} == {journal.NO_FOLDER}
    assert journal.cannot_choose(opened) == journal.cannot_choose(opened, "/disk") == ""
    assert journal.cannot_choose(opened, "/other/run") == (
        "These photos are in another folder. Open run to change them."
    )
    assert journal.cannot_undo(opened) == journal.cannot_export(opened) == "No choice about photos is in effect."
    assert journal.cannot_redo(opened) == "Nothing was undone since the last choice."
    assert (journal.undo_title(opened), journal.redo_title(opened)) == ("Undo", "Redo")
    some = replace(opened, journal=JournalRead("/disk", "", undo="exclude 3 photos", redo="relabel 1 photo", missing=1))
    assert journal.cannot_undo(some) == journal.cannot_redo(some) == journal.cannot_export(some) == ""
    assert journal.undo_title(some) == "Undo: exclude 3 photos"
    assert journal.redo_title(some) == "Redo: relabel 1 photo"


def test_a_copy_needs_photos_in_classes() -> None:
    folder = Dataset("/disk", ("ants",), (Photo("1.jpg", 0, "train"),))
    state = AppState(spec=RunSpec(DatasetSpec("/disk")))
    assert journal.cannot_copy(state) == journal.cannot_copy(replace(state, dataset=replace(folder, photos=())))
    assert journal.cannot_copy(replace(state, dataset=folder)) == ""
    numbers = RunSpec(DatasetSpec("/disk", targets="/ages.csv"))
    assert journal.cannot_copy(replace(state, dataset=folder, spec=numbers)).endswith("these photos have numbers.")


def test_choices_of_another_folder_change_nothing() -> None:
    folder = Dataset("/disk", ("ants",), ())
    state = replace(AppState(), dataset=folder)
    assert journal.chosen_again(state, replace(folder, folder="/other")) is state
    assert journal.chosen_again(state, replace(folder, target="age")) is state
    again = replace(folder, photos=(Photo("1.jpg", 0, "train"),))
    assert journal.chosen_again(state, again).dataset is again
    assert journal.after(state, JournalRead("/other", "")) is state
    assert journal.change_dismissed(state) is state
