"""The notice about changes in the open folder since the last scan, and the photos shown then."""

from __future__ import annotations

import pytest

from studio.events import (
    AppliedChoices,
    Dataset,
    DatasetScanned,
    Failed,
    Photo,
    PhotoChoice,
    PhotoNote,
    RunStarted,
    Skipped,
)
from studio.session import user_choices
from studio.session.photos.folder_changes import words
from studio.session.reducer import reduce
from studio.session.state import AppState, FolderChanges
from studio.session.user_choices import spec_changed
from studio.spec import DatasetSpec, RunSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/photos"))


def dataset(*paths: str, folder: str = "/photos") -> Dataset:
    return Dataset(folder, ("a", "b"), tuple(Photo(path, 0, "train") for path in paths))


SHOWN, MORE = dataset("a/1.jpg", "a/2.jpg"), dataset("a/0.jpg", "a/1.jpg", "b/5.jpg")


def opened() -> AppState:
    return reduce(AppState(spec=SPEC), "scan", DatasetScanned(SHOWN))


def trains(state: AppState, data: Dataset, spec: RunSpec = SPEC) -> AppState:
    begun = reduce(state, "train", RunStarted("/runs/1", spec, "cpu", "features", (512,), 10, 20, ()))
    return reduce(begun, "train", DatasetScanned(data))


def test_a_change_is_announced_and_the_shown_photos_stay_until_a_rescan():
    state = reduce(opened(), "watch", DatasetScanned(MORE))
    assert state.folder_changes == FolderChanges(2, 1, 3)
    assert state.dataset is SHOWN
    assert reduce(state, "watch", DatasetScanned(MORE)) is state
    assert reduce(state, "watch", DatasetScanned(SHOWN)).folder_changes is None, "put back as it was"
    again = reduce(state, "scan", DatasetScanned(MORE))
    assert (again.dataset, again.folder_changes) == (MORE, None)


def test_a_run_shows_the_photos_it_uses_with_a_notice():
    last = replace(MORE, photos=MORE.photos[::-1])
    state = trains(opened(), last)
    assert [photo.path for photo in state.dataset.photos] == ["a/0.jpg", "a/1.jpg", "b/5.jpg"], "in their order"
    assert state.run.dataset == last
    assert state.folder_changes == FolderChanges(2, 1, 3, used=True)
    assert reduce(state, "watch", DatasetScanned(MORE)).folder_changes == state.folder_changes, (
        "it is read before it goes"
    )


def test_classes_and_skipped_files_are_those_of_the_run_too():
    left_out = (Skipped("c/2.jpg", "cut off: the file ends early"),)
    state = trains(opened(), replace(MORE, classes=("a", "b", "c"), skipped=left_out, checked=True))
    assert state.dataset.classes == ("a", "b", "c")
    assert (state.dataset.skipped, state.dataset.checked) == (left_out, True)


def test_unreadable_photos_are_not_counted_again_when_a_run_starts():
    broken = Skipped("a/2.jpg", "cut off: the file ends early")
    checked = replace(dataset("a/1.jpg"), skipped=(broken,), checked=True)
    state = reduce(opened(), "scan", DatasetScanned(checked))
    begun = trains(state, SHOWN)
    assert (begun.dataset, begun.folder_changes) == (checked, None)
    opened_all = reduce(begun, "train", DatasetScanned(checked))
    assert (opened_all.dataset, opened_all.folder_changes) == (checked, None)
    repaired = reduce(begun, "train", DatasetScanned(SHOWN))
    assert [photo.path for photo in repaired.dataset.photos] == ["a/1.jpg", "a/2.jpg"], "it was read after all"
    more = trains(state, MORE)
    assert [photo.path for photo in more.dataset.photos] == ["a/0.jpg", "a/1.jpg", "b/5.jpg"]


def test_notes_on_photos_stay_where_a_run_adds_photos():
    several, gone, alike = (PhotoNote(path, "worth knowing") for path in ("a/1.jpg", "a/2.jpg", "a"))
    state = reduce(opened(), "scan", DatasetScanned(replace(SHOWN, notes=(alike, several, gone))))
    assert trains(state, replace(MORE, notes=(alike,))).dataset.notes == (alike, several)


def test_changed_targets_are_announced_and_shown_when_a_run_uses_them():
    shown = replace(SHOWN, target="age", photos=tuple(replace(photo, target=3.0) for photo in SHOWN.photos))
    edited = replace(shown, photos=(replace(shown.photos[0], target=4.0), shown.photos[1]))
    state = reduce(AppState(spec=SPEC), "scan", DatasetScanned(shown))
    assert reduce(state, "watch", DatasetScanned(edited)).folder_changes == FolderChanges(0, 0, 2, 1)
    learned = trains(state, edited)
    assert (learned.folder_changes, learned.dataset.photos[0].target) == (FolderChanges(0, 0, 2, 1, used=True), 4.0)


def test_a_resumed_run_does_not_change_the_shown_photos():
    begins = RunStarted("/runs/1", SPEC, "cpu", "features", (512,), 10, 20, (), resumed=4)
    state = reduce(reduce(opened(), "train", begins), "train", DatasetScanned(MORE))
    assert (state.dataset, state.folder_changes) == (SHOWN, FolderChanges(2, 1, 3))


def test_a_run_with_other_choices_about_the_same_photos_shows_what_it_uses():
    choices = AppliedChoices((PhotoChoice("a/1.jpg", "00", 5, label="b"),))
    used = replace(SHOWN, choices=choices)
    assert trains(opened(), used).dataset == used


def test_a_run_that_uses_the_shown_photos_changes_nothing():
    state = trains(opened(), replace(SHOWN, photos=SHOWN.photos[::-1]))
    assert (state.dataset, state.folder_changes) == (SHOWN, None)


@pytest.mark.parametrize("dataset_spec", [DatasetSpec("/others"), DatasetSpec("/photos", val_fraction=0.4)])
def test_a_run_on_another_folder_does_not_change_the_shown_photos(dataset_spec):
    state = trains(opened(), MORE, replace(SPEC, dataset=dataset_spec))
    assert (state.dataset, state.folder_changes) == (SHOWN, None)


@pytest.mark.parametrize("job", ["watch", "scan"])
def test_a_rescan_is_offered_once_a_folder_is_back(job):
    lost = reduce(opened(), job, Failed("There is no folder “/photos”.", "", False))
    assert words(lost.folder_changes) == "The folder cannot be read now. These are its photos at the last scan."
    assert (lost.dataset, "images" in lost.faults) == (SHOWN, True)
    back = reduce(lost, "watch", DatasetScanned(SHOWN))
    assert words(back.folder_changes) == "The folder can be read again, with the same photos."
    assert "images" not in back.faults
    assert reduce(back, "watch", DatasetScanned(SHOWN)).folder_changes == back.folder_changes
    more = reduce(lost, "watch", DatasetScanned(MORE))
    line = "2 photos have been added to the folder and 1 removed since the last scan."
    assert words(more.folder_changes) == f"The folder can be read again: {line}"
    assert reduce(back, "scan", DatasetScanned(SHOWN)).folder_changes is None


def test_failures_to_read_the_folder_end_once_it_is_back():
    lost = reduce(opened(), "watch", Failed("There is no folder “/photos”.", ""))
    lost = reduce(lost, "preview", Failed("“/photos/a/1.jpg” cannot be read: file not found.", ""))
    lost = reduce(lost, "train", Failed("There is not enough memory.", ""))
    assert sorted(lost.faults) == ["head", "images", "preprocess"]
    assert sorted(reduce(lost, "watch", DatasetScanned(SHOWN)).faults) == ["head"]


def test_changes_of_another_folder_are_ignored():
    state = reduce(opened(), "watch", DatasetScanned(MORE))
    assert spec_changed(state, RunSpec(DatasetSpec("/others"))).folder_changes is None
    other = reduce(AppState(spec=SPEC, dataset=dataset("x/1.jpg", folder="/others")), "watch", DatasetScanned(MORE))
    assert other.folder_changes is None


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (FolderChanges(1, 0, 9), "1 photo has been added to the folder since the last scan."),
        (FolderChanges(0, 1, 9), "1 photo has been removed from the folder since the last scan."),
        (FolderChanges(0, 2300, 9), "2,300 photos have been removed from the folder since the last scan."),
        (FolderChanges(12, 1, 9), "12 photos have been added to the folder and 1 removed since the last scan."),
        (FolderChanges(0, 0, 9, 1), "1 target value has changed since the last scan."),
        (
            FolderChanges(1, 0, 9, 12),
            "1 photo has been added to the folder and 12 target values have changed since the last scan.",
        ),
        (
            FolderChanges(121, 0, 519, used=True),
            "121 photos have been added to the folder since the last scan: "
            "this run uses the 519 photos that are there now.",
        ),
    ],
)
def test_changes_of_the_folder_in_one_line(changes, line):
    assert words(changes) == line


def test_settings_taken_from_a_run_can_be_undone_until_another_folder_is_chosen():
    state = spec_changed(opened(), replace(SPEC, dataset=DatasetSpec("/photos", val_fraction=0.4)))
    swapped = user_choices.settings_swapped(state, SPEC)
    assert swapped.swap.before == SPEC
    assert spec_changed(swapped, replace(SPEC, dataset=DatasetSpec("/others"))).swap is None
    assert user_choices.settings_swapped(state, state.spec).swap is None, "nothing was replaced"


def parts(*paths: str, held: str = "", **changes: object) -> Dataset:
    photos = tuple(Photo(path, 0, "val" if path in held.split() else "train") for path in paths)
    return Dataset("/photos", ("a",), photos, **changes)


def test_photos_that_new_ones_moved_are_announced_until_the_next_scan():
    first = reduce(AppState(spec=SPEC), "scan", DatasetScanned(parts("a/1", "a/2", "a/3", held="a/1", checked=True)))
    listed = reduce(first, "scan", DatasetScanned(parts("a/1", "a/2", "a/3", "a/4", held="a/4", split_pending=True)))
    assert listed.folder_changes is None, "not yet divided"
    now = parts("a/1", "a/2", "a/3", "a/4", held="a/2 a/3")
    for events in ([replace(now, checked=True)], [now, replace(now, checked=True)]):
        state = listed
        for one in events:
            state = reduce(state, "scan", DatasetScanned(one))
        assert state.folder_changes == FolderChanges(0, 0, 4, moved=3, used=True)
        assert words(state.folder_changes).startswith("3 photos moved to another part of the split: the added or")
        assert reduce(state, "watch", DatasetScanned(now)).folder_changes == state.folder_changes
        assert reduce(state, "scan", DatasetScanned(now)).folder_changes is None
    run = trains(first, now).folder_changes
    assert run == FolderChanges(1, 0, 4, moved=3, used=True)
    assert words(run).endswith("that are there now. " + words(state.folder_changes))


def test_photos_moved_by_the_user_or_by_a_setting_are_not_announced():
    before, now = parts("a/1", "a/2"), parts("a/1", "a/2", "a/3", held="a/1")
    state = reduce(AppState(spec=SPEC), "scan", DatasetScanned(before))
    own = replace(now, choices=AppliedChoices((PhotoChoice("a/1", "hash", 1, split="val"),)))
    assert reduce(state, "scan", DatasetScanned(own)).folder_changes is None
    other = spec_changed(state, replace(SPEC, dataset=replace(SPEC.dataset, seed=8)))
    assert reduce(other, "scan", DatasetScanned(now)).folder_changes is None
    assert reduce(state, "scan", DatasetScanned(now)).folder_changes.moved == 1
