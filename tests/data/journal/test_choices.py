"""Choices as they apply to a folder of photos, from the journal of that folder."""

from __future__ import annotations

import os
import shutil
import unicodedata

import pytest
from photos_with_journal import PhotosWithJournal, result_of

from studio.data.journal.listing import with_choices
from studio.data.journal.photo_names import PhotoNames
from studio.data.scan import listing, scan
from studio.events import DatasetScanned, Skipped
from studio.spec import DatasetSpec, UserError
from studio.system import paths


def tree(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_each_choice_changes_its_photo_and_no_other(folder):
    before, files = folder.used(), tree(folder.root)
    folder.do("exclude", "ants/1.jpg", "bees/3.jpg")
    folder.do("relabel", "ants/2.jpg", value="bees")
    moved = next(path for path, (_, split) in before.items() if split == "train" and path not in folder.excluded())
    folder.do("split", moved, value="test")
    expected = {path: what for path, what in before.items() if path not in ("ants/1.jpg", "bees/3.jpg")}
    expected["ants/2.jpg"] = ("bees", expected["ants/2.jpg"][1])
    expected[moved] = (expected[moved][0], "test")
    assert folder.used() == expected
    assert folder.excluded() == ["ants/1.jpg", "bees/3.jpg"]
    assert Skipped("ants/1.jpg", "excluded by your choice") in folder.listing().skipped
    assert tree(folder.root) == files
    folder.do("restore", "ants/1.jpg", "bees/3.jpg")
    folder.do("relabel", "ants/2.jpg", value="ants")
    folder.do("split", moved, value="")
    assert folder.used() == before


def test_undo_and_redo_survive_a_restart(folder):
    before = folder.used()
    folder.do("exclude", "ants/0.jpg")
    folder.do("relabel", "ants/1.jpg", "bees/1.jpg", value="bees")
    both = folder.used()
    journal = folder.journal()
    assert journal.undo(5) == 2
    assert folder.used() == before
    with pytest.raises(UserError, match="nothing to undo"):
        folder.journal().undo()
    assert folder.journal().redo(9) == 2
    assert folder.used() == both
    with pytest.raises(UserError, match="nothing to redo"):
        journal.redo()
    folder.journal().undo()
    folder.do("exclude", "bees/0.jpg")
    with pytest.raises(UserError, match="nothing to redo"):
        folder.journal().redo()


def test_two_programs_share_a_journal(folder):
    first, second = folder.journal(), folder.journal()
    first.add(folder_actions(first, "ants/0.jpg"))
    second.add(folder_actions(second, "ants/1.jpg"))
    assert first.undo(2) == 2
    assert folder.excluded() == []


def folder_actions(journal, *photos):
    from studio.data.journal.entries import Action

    return [Action("exclude", "", result_of(journal.keys_of(photos)))]


def test_a_moved_folder_and_renamed_photos_keep_their_choices(folder):
    folder.do("exclude", "ants/0.jpg", "bees/1.jpg")
    (folder.root / "ants" / "0.jpg").rename(folder.root / "ants" / "first.jpg")
    assert folder.excluded() == ["ants/first.jpg", "bees/1.jpg"]
    old = folder.root
    folder.root = old.rename(old.with_name("other"))
    assert folder.excluded() == ["ants/first.jpg", "bees/1.jpg"]
    assert folder.listing().choices.moved_from == ""  # the journal is now that of the new place
    folder.do("exclude", "bees/2.jpg")
    folder.root = folder.root.rename(old)
    assert folder.listing().choices.moved_from == str(old.with_name("other"))
    assert folder.excluded() == ["ants/first.jpg", "bees/1.jpg", "bees/2.jpg"]


def test_a_copy_of_a_folder_has_no_choices(folder):
    folder.do("exclude", "ants/0.jpg")
    assert listing(DatasetSpec(str(shutil.copytree(folder.root, folder.root.with_name("copy"))))).choices.photos == ()
    assert folder.excluded() == ["ants/0.jpg"]


def test_a_moved_folder_is_found_even_if_another_one_took_its_place(folder):
    folder.do("exclude", "ants/0.jpg")
    old = folder.root
    folder.root = old.rename(old.with_name("other"))
    for kind in ("ants", "bees"):
        (old / kind).mkdir(parents=True)
        (old / kind / "0.jpg").write_text(f"another {kind}")
    assert folder.excluded() == ["ants/0.jpg"]
    assert listing(DatasetSpec(str(old))).choices.missing == 1


def test_excluding_one_of_two_copies_does_not_exclude_the_other(folder):
    shutil.copy(folder.root / "ants" / "0.jpg", folder.root / "bees" / "same.jpg")
    folder.do("exclude", "bees/same.jpg")
    assert folder.excluded() == ["bees/same.jpg"]
    (folder.root / "bees" / "same.jpg").rename(folder.root / "bees" / "new name.jpg")
    assert folder.excluded() == ["bees/new name.jpg"]
    (folder.root / "bees" / "new name.jpg").unlink()
    assert folder.excluded() == []  # the other copy was not meant
    assert folder.listing().choices.missing == 1


def test_a_changed_photo_is_another_photo(folder):
    folder.do("exclude", "ants/0.jpg")
    (folder.root / "ants" / "0.jpg").write_text("ants, edited")
    assert folder.excluded() == []
    assert folder.listing().choices.missing == 1


def test_without_a_journal_no_file_is_hashed(folder, hashed_files):
    folder.listing()
    assert hashed_files == []


def test_only_files_of_the_size_of_a_chosen_one_are_hashed_and_only_once(folder, hashed_files):
    for path in folder.root.rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))
    (folder.root / "ants" / "large.jpg").write_text("a longer text than the others")
    os.utime(folder.root / "ants" / "large.jpg", (1e9, 1e9))
    folder.do("exclude", "ants/large.jpg")
    folder.listing()
    assert hashed_files == ["large.jpg"]
    (store,) = paths.hashes_folder().iterdir()
    store.write_bytes(b"not JSON")
    assert folder.excluded() == ["ants/large.jpg"]
    os.utime(folder.root / "ants" / "large.jpg", (2e9, 2e9))
    hashed_files.clear()
    assert folder.excluded() == ["ants/large.jpg"]
    assert hashed_files == ["large.jpg"]


def test_a_check_leaves_excluded_photos_out(photos):
    folder = PhotosWithJournal(photos)
    (photos / "cold" / "00.jpg").write_text("damaged")
    folder.do("exclude", "cold/00.jpg")
    dataset = [event for event in scan(DatasetSpec(str(photos))) if isinstance(event, DatasetScanned)][-1].dataset
    assert dataset.checked
    assert dataset.skipped == (Skipped("cold/00.jpg", "excluded by your choice"),)
    assert dataset.choices.counts() == (1, 0, 0)


def test_a_class_without_photos_is_a_problem(folder):
    assert folder.listing().problems == ()
    folder.do("exclude", "ants")
    (problem,) = (one for one in folder.listing().problems if "only one class, “bees”" in one.title)
    assert problem.hint.endswith("Or take back your choices about its photos.")
    folder.journal().undo()
    assert folder.listing().problems == ()


def test_a_relabeling_to_a_missing_class_is_not_applied(folder):
    folder.do("relabel", "ants/0.jpg", value="bees")
    (folder.root / "bees").rename(folder.root / "wasps")
    dataset = folder.listing()
    assert folder.used()["ants/0.jpg"][0] == "ants"
    assert dataset.choices.photos == ()
    assert "“bees”" in dataset.notes[0].text


def test_choices_in_a_regression(folder):
    targets = folder.root.with_name("targets.csv")
    lines = [f"{path.relative_to(folder.root).as_posix()},{n}" for n, path in enumerate(folder.root.rglob("*.jpg"))]
    targets.write_text("\n".join(lines))
    before = folder.listing(targets=str(targets))
    folder.do("exclude", "ants/0.jpg")
    folder.do("relabel", "ants/1.jpg", value="bees")
    folder.do("split", "ants/2.jpg", value="test")
    dataset = folder.listing(targets=str(targets))
    assert len(dataset.photos) == len(before.photos) - 1
    assert next(photo for photo in dataset.photos if photo.path == "ants/2.jpg").split == "test"
    assert {photo.label for photo in dataset.photos} == {0}
    assert "no effect" in dataset.notes[0].text


def test_the_choices_of_a_run_apply_in_place_of_the_journal(folder):
    folder.do("exclude", "ants/0.jpg")
    folder.do("relabel", "ants/1.jpg", value="bees")
    used, recorded = folder.used(), folder.listing().choices
    folder.journal().undo(2)
    plain = folder.listing()
    then = result_of(with_choices(plain, recorded.photos))
    assert {photo.path: (then.classes[photo.label], photo.split) for photo in then.photos} == used
    assert then.choices == recorded
    assert result_of(with_choices(plain, ())) == plain


def test_the_fingerprint_changes_with_the_choices_and_not_with_the_path(folder):
    assert folder.listing().choices.fingerprint == ""
    folder.do("exclude", "ants/0.jpg")
    first = folder.listing().choices.fingerprint
    folder.do("accept", "ants/1.jpg", value="blank")
    assert folder.listing().choices.fingerprint == first
    folder.do("split", "ants/2.jpg", value="test")
    second = folder.listing().choices.fingerprint
    assert len({"", first, second}) == 3
    folder.journal().undo()
    folder.root = folder.root.rename(folder.root.with_name("moved"))
    assert folder.listing().choices.fingerprint == first


def test_accepted_findings_follow_their_photos(folder):
    folder.do("accept", "ants/0.jpg", "bees/0.jpg", value="near_duplicate")
    folder.do("accept", value="imbalance")
    (folder.root / "ants" / "0.jpg").rename(folder.root / "ants" / "x.jpg")
    accepted = folder.listing().choices.accepted
    assert [(one.kind, one.photos) for one in accepted] == [
        ("imbalance", ()),
        ("near_duplicate", ("ants/x.jpg", "bees/0.jpg")),
    ]
    folder.do("reopen", "ants/x.jpg", "bees/0.jpg", value="near_duplicate")
    assert len(folder.listing().choices.accepted) == 1


def test_a_damaged_journal_is_an_error_and_not_an_empty_one(folder):
    folder.do("exclude", "ants/0.jpg")
    file = folder.journal().folder.file
    file.write_text('{"type":"journal","version":1}\n{}\n')
    with pytest.raises(UserError, match="line 2"):
        folder.listing()


@pytest.mark.parametrize(
    ("name", "hint"),
    [("ants/9.jpg", "ants/9.jpg"), ("ant/1.jpg", "“ants/1.jpg”"), ("nothing", "relative"), ("", "relative")],
)
def test_an_unknown_photo_is_named_with_similar_ones(folder, name, hint):
    with pytest.raises(UserError, match="There is no photo") as error:
        folder.do("exclude", "ants/0.jpg", name)
    assert f"“{name}”" in error.value.title
    assert hint in error.value.hint or name == "ants/9.jpg"
    assert folder.excluded() == []


def test_photos_are_named_by_relative_and_absolute_paths_and_folders(folder, monkeypatch):
    monkeypatch.chdir(folder.root / "bees")
    folder.do("exclude", "ants/0.jpg", str(folder.root / "ants" / "1.jpg"), "2.jpg")
    assert folder.excluded() == ["ants/0.jpg", "ants/1.jpg", "bees/2.jpg"]
    folder.do("exclude", "bees")
    assert len(folder.excluded()) == 6


def test_photos_whose_names_look_the_same_are_distinguished():
    composed, decomposed = (unicodedata.normalize(form, "bées/é.jpg") for form in ("NFC", "NFD"))
    names = PhotoNames("/photos", sorted([composed, decomposed]))
    assert [names.find([name]) for name in (composed, decomposed)] == [[composed], [decomposed]]
    assert names.find([decomposed.partition("/")[0]]) == [decomposed]
    assert PhotoNames("/photos", [decomposed]).find([composed]) == [decomposed]
    assert PhotoNames("/photos", [decomposed]).find([composed.partition("/")[0]]) == [decomposed]


def test_choices_on_photos_that_are_gone_are_listed_apart(folder):
    folder.do("exclude", "bees/1.jpg", "ants/2.jpg", "ants/0.jpg", "bees/0.jpg")
    for path in ("bees/1.jpg", "ants/2.jpg"):
        (folder.root / path).unlink()
    (folder.root / "bees" / "0.jpg").rename(folder.root / "bees" / "renamed.jpg")
    read = result_of(folder.journal().read())
    assert [one.path for one in read.photos] == ["ants/0.jpg", "bees/renamed.jpg"]
    assert [one.path for one in read.missing] == ["ants/2.jpg", "bees/1.jpg"]


@pytest.mark.parametrize(("count", "moved"), [(1, 1), (2, 2), (3, 3), (4, 3)])
def test_the_number_of_undone_and_redone_entries_is_at_most_that_of_all(folder, count, moved):
    for path in ("ants/0.jpg", "ants/1.jpg", "ants/2.jpg"):
        folder.do("exclude", path)
    journal = folder.journal()
    assert journal.undo(count) == moved
    assert (journal.history.undoable, journal.history.redoable) == (3 - moved, moved)
    assert journal.redo(count) == moved
    assert (journal.history.undoable, journal.history.redoable) == (3, 0)
    for move, verb in ((journal.undo, "undo"), (journal.redo, "redo")):
        with pytest.raises(UserError, match=f"entries to {verb} must be 1 or more .got 0"):
            move(0)
    with pytest.raises(UserError, match="nothing to redo"):
        journal.redo()
