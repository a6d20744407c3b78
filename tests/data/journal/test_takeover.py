"""Choices made while a nested folder was open: they follow the photos when folders are added and removed."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from photos_with_journal import result_of, write_files

from studio.data.folder import folder_list
from studio.data.journal.entries import Action, Entry, now
from studio.data.journal.journal import Journal
from studio.data.journal.opening import open_journal
from studio.data.scan import listing, scan
from studio.events import DatasetScanned
from studio.spec import DatasetSpec, UserError


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A folder with the data sets `one` and `two`, of different photos."""
    for name in ("one", "two"):
        write_files(tmp_path / "disk" / name)
        for path in (tmp_path / "disk" / name).rglob("*.jpg"):
            path.write_text(f"{name} {path.parent.name} {path.name}")
    return tmp_path / "disk"


def spec_of(*folders: Path) -> DatasetSpec:
    root, inside = folder_list.common([str(folder) for folder in folders])
    return DatasetSpec(root, folders=inside if len(inside) > 1 else (), split_by="photo", split_near=False)


def opened(*folders: Path) -> Journal:
    spec = spec_of(*folders)
    return result_of(open_journal(spec.folder, None, spec.folders))


def do(folders: Path | tuple[Path, ...], kind: Any, *photos: str, value: str = "") -> Journal:
    journal = opened(*folders) if isinstance(folders, tuple) else opened(folders)
    journal.add([Action(kind, value, result_of(journal.keys_of(photos)))])
    return journal


def used(*folders: Path) -> dict[str, tuple[str, str]]:
    dataset = listing(spec_of(*folders))
    return {photo.path: (dataset.classes[photo.label], photo.split) for photo in dataset.photos}


def test_choices_apply_after_another_folder_was_added(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do(one, "exclude", "ants/0.jpg", "ants/1.jpg")
    do(one, "relabel", "ants/2.jpg", value="bees")
    do(one, "split", "bees/0.jpg", value="test")
    do(one, "accept", "ants/3.jpg", "bees/3.jpg", value="near_duplicate")
    do(one, "accept", value="tiny_class:ants")
    do(two, "exclude", "bees/1.jpg")
    both = used(one, two)
    assert both.keys().isdisjoint({"one/ants/0.jpg", "one/ants/1.jpg", "two/bees/1.jpg"})
    assert both["one/ants/2.jpg"][0] == "bees"
    assert both["one/bees/0.jpg"][1] == "test"
    journal = opened(one, two)
    words = "Took over 6 choices from “one”, “two”: 3 photos excluded, 1 photo relabeled, "
    assert journal.taken_over == words + "1 photo moved to another split, 1 finding accepted"
    read = result_of(journal.read())
    assert (read.undoable, read.undo) == (1, "take over 6 choices from “one”, “two”")
    assert [one.kind for one in read.accepted] == ["near_duplicate"]
    assert used(one, two) == both
    assert opened(one, two).taken_over == ""


def test_choices_taken_over_are_undone_in_one_step(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do(one, "exclude", "ants/0.jpg")
    journal = opened(one, two)
    journal.undo()
    assert "one/ants/0.jpg" in used(one, two)
    assert opened(one, two).taken_over == ""
    assert "ants/0.jpg" not in used(one), "the folder itself keeps its choice"
    opened(one, two).redo()
    assert "one/ants/0.jpg" not in used(one, two)


def test_the_newer_choice_applies_in_either_direction(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do(one, "exclude", "ants/0.jpg")
    do(one, "relabel", "ants/1.jpg", value="bees")
    do((one, two), "restore", "one/ants/0.jpg")
    do((one, two), "exclude", "one/bees/0.jpg", "two/bees/0.jpg")
    assert "Took over 2 choices from “disk”: 1 photo excluded, 1 photo used again" in opened(one).taken_over
    assert (now := used(one)).keys() >= {"ants/0.jpg"}
    assert "bees/0.jpg" not in now
    assert now["ants/1.jpg"][0] == "bees"
    opened(one, two).undo()  # the exclusion of two photos
    assert "bees/0.jpg" in used(one)
    do(one, "relabel", "ants/1.jpg", value="ants")
    do((one, two), "exclude", "one/ants/1.jpg")
    assert used(one, two).keys() & {"one/ants/1.jpg"} == set()
    opened(one, two).undo()
    assert used(one, two)["one/ants/1.jpg"][0] == "ants"


def test_only_choices_about_the_same_files_are_taken_over(disk: Path, tmp_path: Path) -> None:
    shutil.copytree(disk / "one", disk / "copy")
    shutil.copytree(disk / "one", tmp_path / "elsewhere")
    do(disk / "one", "exclude", "ants/0.jpg")
    assert len(used(disk / "copy", disk / "two")) == 16
    assert len(used(tmp_path / "elsewhere", disk / "two")) == 16
    assert len(used(disk / "one", disk / "copy")) == 15


def test_choices_about_a_copy_are_not_taken_over_for_the_photo(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do((one, two), "exclude", "two/ants/0.jpg")
    shutil.copy(two / "ants" / "0.jpg", one / "ants" / "later.jpg")
    assert "ants/later.jpg" in used(one)
    assert "one/ants/later.jpg" in used(one, two)


def test_of_two_nested_folders_the_newer_choice_applies(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do(one, "exclude", "ants/0.jpg", "ants/1.jpg")
    do((one, two), "restore", "one/ants/0.jpg")
    around = used(disk.parent)  # sorted by path, the older one is last
    assert "disk/one/ants/0.jpg" in around
    assert "disk/one/ants/1.jpg" not in around
    do(one, "exclude", "ants/0.jpg")
    assert "disk/one/ants/0.jpg" not in used(disk.parent)


def test_equal_choices_are_not_taken_over(disk: Path) -> None:
    one, two = disk / "one", disk / "two"
    do((one, two), "exclude", "one/ants/0.jpg")
    opened(one).undo()
    do(one, "exclude", "ants/0.jpg")
    assert opened(one, two).taken_over == ""
    assert opened(one, two).history.undoable == 1


def test_a_renamed_photo_and_a_moved_folder_keep_their_choices(disk: Path, tmp_path: Path) -> None:
    one, two = disk / "one", disk / "two"
    do(one, "exclude", "ants/0.jpg")
    (one / "ants" / "0.jpg").rename(one / "ants" / "renamed.jpg")
    assert "one/ants/renamed.jpg" not in used(one, two)
    do((one, two), "exclude", "two/ants/0.jpg")
    third = write_files(tmp_path / "other")
    do(third, "exclude", "bees/3.jpg")
    third.rename(disk / "three")
    assert "Took over 1 choice from “three”: 1 photo excluded" in opened(one, two, disk / "three").taken_over
    assert "three/bees/3.jpg" not in used(one, two, disk / "three")


def test_a_link_to_the_folder_is_the_folder(disk: Path) -> None:
    (disk / "link").symlink_to(disk / "one", target_is_directory=True)
    do(disk / "one", "exclude", "ants/0.jpg")
    assert "link/ants/0.jpg" not in used(disk / "link", disk / "two")


def test_the_scan_reports_choices_taken_over_once(disk: Path) -> None:
    do(disk / "one", "exclude", "ants/0.jpg")
    spec = spec_of(disk / "one", disk / "two")
    words = [
        [event.dataset.choices.taken_over for event in scan(spec, check=False) if isinstance(event, DatasetScanned)]
        for _ in range(2)
    ]
    assert words == [["Took over 1 choice from “one”: 1 photo excluded"], [""]]


def test_choices_apply_where_nothing_can_be_written(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    do(disk / "one", "exclude", "ants/0.jpg")

    def full(*_: object) -> None:
        raise UserError("The disk is full.", "Free some space.")

    monkeypatch.setattr(Journal, "add_to", full)
    spec = spec_of(disk / "one", disk / "two")
    dataset = next(event.dataset for event in scan(spec, check=False) if isinstance(event, DatasetScanned))
    assert "one/ants/0.jpg" not in dataset.files
    assert "They apply, but are not stored: The disk is full." in opened(disk / "one", disk / "two").taken_over


def test_nothing_is_taken_over_into_a_journal_that_another_program_has_changed(disk: Path) -> None:
    journal = do(disk / "one", "exclude", "ants/0.jpg")
    before = journal.history
    do(disk / "one", "exclude", "ants/1.jpg")
    entry = Entry(now(), (Action("exclude", "", result_of(journal.keys_of(["ants/2.jpg"]))),))
    assert not journal.add_to(before, entry)
    assert "ants/2.jpg" in used(disk / "one")
    assert journal.add_to(journal.history, entry)
    assert "ants/2.jpg" not in used(disk / "one")


def test_a_damaged_journal_of_a_nested_folder_is_a_user_error(disk: Path) -> None:
    journal = do(disk / "one", "exclude", "ants/0.jpg")
    with journal.file.path.open("ab") as file:
        file.write(b"no json\n")
    with pytest.raises(UserError, match="is damaged"):
        used(disk / "one", disk / "two")


@pytest.mark.slow
@pytest.mark.parametrize("steps", [12, 100])
def test_random_choices_in_three_folders_agree_in_the_end(disk: Path, steps: int) -> None:
    """In each folder, the newest choice about a photo applies, in whichever folder it was made."""
    one, two = disk / "one", disk / "two"
    source, expected = random.Random(5), {}
    places = {(one,): "one/", (two,): "two/", (one, two): ""}
    names = [path.relative_to(disk).as_posix() for path in sorted(disk.rglob("*.jpg"))]
    for _ in range(steps):
        folders = source.choice(list(places))
        name = source.choice([name for name in names if name.startswith(places[folders])])
        kind = source.choice(["exclude", "restore"])
        do(folders, kind, name.removeprefix(places[folders]))
        expected[name] = kind == "restore"
    for folders, prefix in places.items():
        files = {prefix + path for path in used(*folders)}
        assert files == {name for name in names if name.startswith(prefix) and expected.get(name, True)}


def test_the_terminal_takes_over_shows_and_undoes(disk: Path, thaw: Any) -> None:
    thaw("journal", disk / "one", "exclude", "ants/0.jpg")
    both = ("journal", disk / "one", "--also", disk / "two")
    _, out, _ = thaw(*both, "show")
    assert out.startswith("Took over 1 choice from “one”: 1 photo excluded\n")
    assert "one/ants/0.jpg" in out
    _, out, _ = thaw(*both, "undo")
    assert "1 entry undone" in out
    assert "Took over" not in out
