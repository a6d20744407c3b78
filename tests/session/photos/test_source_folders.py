"""The folders of a data set: what each holds, and how the list changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.scan import listing
from studio.session.photos import source_folders
from studio.session.state import AppState, JobState
from studio.spec import DatasetSpec, RunSpec, UserError
from studio.spec.structs import replace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("one/ants", "one/bees", "two/ants", "two/wasps", "cats", "far/_other"):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(3):
            (tmp_path / folder / f"{number}.jpg").write_text(f"{folder} {number}")
    return tmp_path


def state_of(spec: DatasetSpec) -> AppState:
    return AppState(spec=RunSpec(spec), dataset=listing(spec))


def test_folders_are_added_and_removed_and_described(root: Path) -> None:
    spec = DatasetSpec(str(root / "one"), 0.34)
    assert [one.role for one in source_folders.source_folders(state_of(spec))] == ["2 classes"]
    spec = source_folders.added(spec, str(root / "two"))
    spec = source_folders.added(spec, str(root / "cats"))
    spec = source_folders.added(spec, str(root / "far" / "_other"))
    assert (spec.folder, spec.folders) == (str(root), ("one", "two", "cats", "far/_other"))
    rows = source_folders.source_folders(state_of(spec))
    assert [(row.role, row.photos) for row in rows] == [
        ("2 classes", 6), ("2 classes", 6), ("class “cats”", 3), ("none of these", 3)
    ]  # fmt: skip
    assert rows[3].is_background
    assert not rows[3].is_chosen
    total = {name: sum(row) for name, row in listing(spec).counts().items()}
    words = " · ".join(row.counts for row in rows)
    for name, spoken in (("train", "training"), ("val", "validation")):
        parts = [int(part.split()[0]) for part in words.split(" · ") if part.endswith(spoken)]
        assert sum(parts) == total[name]
    for name in ("cats", "far/_other", "two"):
        spec = source_folders.removed(spec, str(root / name))
    assert spec == DatasetSpec(str(root / "one"), 0.34)


def test_the_last_folder_keeps_its_role_as_background(root: Path) -> None:
    spec = source_folders.added(DatasetSpec(str(root / "one")), str(root / "two"))
    chosen = source_folders.with_role(spec, str(root / "two"), True)
    left = source_folders.removed(chosen, str(root / "one"))
    assert left == replace(chosen, folder=str(root), folders=("two",), background=("two",))


def test_a_folder_becomes_background_and_again_classes(root: Path) -> None:
    spec = source_folders.added(DatasetSpec(str(root / "one")), str(root / "two"))
    chosen = source_folders.with_role(spec, str(root / "two"), True)
    assert listing(chosen).classes == ("ants", "bees", "none of these")
    assert [note.text for note in listing(chosen).notes] == ["its photos are trained on as “none of these”, as chosen"]
    assert source_folders.with_role(chosen, str(root / "two"), False) == spec
    more = source_folders.added(chosen, str(root / "cats"))
    assert more.background == ("two",)
    assert source_folders.removed(more, str(root / "two")).background == ()


def test_impossible_changes_give_the_reason(root: Path) -> None:
    spec = source_folders.added(DatasetSpec(str(root / "one")), str(root / "cats"))
    for path in ("one", "one/ants"):
        with pytest.raises(UserError, match="in the list twice"):
            source_folders.added(spec, str(root / path))
    state = state_of(spec)
    first, second = source_folders.source_folders(state)
    assert source_folders.cannot_set_role(state, first) == ""
    assert source_folders.cannot_set_role(state, None)
    chosen = state_of(source_folders.with_role(spec, first.path, True))
    assert "At least one folder" in source_folders.cannot_set_role(chosen, second)
    assert source_folders.cannot_remove(state_of(DatasetSpec(first.path))) == source_folders.LAST
    training = replace(state, jobs={"train": JobState("train")})
    assert source_folders.cannot_remove(training) == source_folders.TRAINING
    named = state_of(source_folders.added(spec, str(root / "far" / "_other")))
    assert "Its name says" in source_folders.cannot_set_role(named, source_folders.source_folders(named)[2])
    with pytest.raises(UserError, match="cannot be combined"):
        listing(replace(chosen.spec.dataset, label_pattern="."))


def test_a_single_folder_has_the_photos_of_the_whole_data_set(root: Path) -> None:
    spec = DatasetSpec(str(root / "one"), 0.5)
    (row,) = source_folders.source_folders(state_of(spec))
    assert row.photos == 6
    counted = {name: sum(numbers) for name, numbers in listing(spec).counts().items()}
    assert row.counts == f"{counted['train']} training · {counted['val']} validation"


@pytest.mark.parametrize(("folders", "allowed"), [((), False), (("one",), False), (("one", "two"), True)])
def test_the_last_folder_stays(root: Path, folders: tuple[str, ...], allowed: bool) -> None:
    reason = source_folders.cannot_remove(state_of(DatasetSpec(str(root), 0.5, folders=folders)))
    assert (reason == "") == allowed
    assert allowed or reason == source_folders.LAST
