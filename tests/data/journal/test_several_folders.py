"""Choices and cleaned copies of data sets whose classes come from several folders, a pattern or a table."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from photos_with_journal import result_of
from trimming import few

from studio.commands import journal as jobs
from studio.commands import journal_of_window
from studio.data.folder import folder_list
from studio.data.folder_memory import FolderMemory
from studio.data.scan import listing
from studio.events import Dataset, DatasetScanned, JournalRead
from studio.jobs.protocol import never
from studio.spec import DatasetSpec, UserError
from studio.spec.journal import JournalAction, JournalRequest
from studio.spec.structs import replace


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


@pytest.fixture
def folders(tmp_path: Path) -> DatasetSpec:
    """Two folders of classes, a folder that is one class, and the background; beside them other files."""
    root = tmp_path / "disk"
    write(root, *(f"one/{name}/{number}.jpg" for name in ("ants", "bees") for number in range(4)))
    write(root, *(f"deep/two/{name}/{number}.jpg" for name in ("ants", "wasps") for number in range(4)))
    write(root, *(f"{name}/{number}.jpg" for name in ("deep/flies", "_background") for number in range(4)))
    write(root, "one/ants/more/0.jpg", "elsewhere/secret/0.jpg")
    names = ("one", "deep/two", "deep/flies", "_background")
    folder, inside = folder_list.common([str(root / name) for name in names])
    assert folder == str(root)
    return DatasetSpec(folder, 0.5, folders=inside)


@pytest.fixture
def pattern(tmp_path: Path) -> DatasetSpec:
    root = tmp_path / "flat"
    write(root, *(f"{part}/{name}_{number}.jpg" for part in "ab" for name in ("ant", "bee") for number in range(3)))
    return DatasetSpec(str(root), 0.5, label_pattern="^([a-z]+)_")


@pytest.fixture
def table(tmp_path: Path) -> DatasetSpec:
    root = tmp_path / "tabled"
    write(root, *(f"{part}/{number}.jpg" for part in ("one", "two", "three") for number in range(4)))
    rows = [f"{part}/{number}.jpg,{('ant', 'bee')[number % 2]}" for part in ("one", "two") for number in range(4)]
    (root / "labels.csv").write_text("\n".join(["path,label", *rows]))
    return DatasetSpec(str(root), 0.5, labels=str(root / "labels.csv"), folders=("one", "two"))


class Window:
    """The jobs of a window on one data set."""

    def __init__(self, spec: DatasetSpec) -> None:
        self.spec, self.memory = spec, FolderMemory()
        self.read: JournalRead | None = None

    def request(self, *actions: JournalAction, **others: Any) -> Dataset:
        events = list(journal_of_window.request(self.spec, JournalRequest(actions, **others), self.memory)(never))
        self.read = next(event for event in events if isinstance(event, JournalRead))
        scanned = [event.dataset for event in events if isinstance(event, DatasetScanned)]
        return scanned[-1] if scanned else listing(self.spec)


def used(dataset: Dataset) -> dict[str, tuple[str, str]]:
    return {photo.path: (dataset.classes[photo.label], photo.split) for photo in dataset.photos}


@pytest.fixture(params=["folders", "pattern", "table"])
def spec(request: pytest.FixtureRequest) -> DatasetSpec:
    return request.getfixturevalue(request.param)


def test_choices_are_made_undone_exported_and_imported(spec: DatasetSpec, tmp_path: Path) -> None:
    window = Window(spec)
    before = listing(spec)
    first, second, third = (photo.path for photo in before.photos[:3])
    other = before.classes[-1]
    window.request(JournalAction("exclude", (first,)))
    now = window.request(JournalAction("relabel", (second,), other), JournalAction("split", (third,), "test"))
    assert first not in used(now)
    assert used(now)[second][0] == other
    assert used(now)[third][1] == "test"
    assert used(listing(spec)) == used(now)
    window.request(export_to=str(tmp_path / "choices.csv"))
    assert used(window.request(step="undo")) == {path: one for path, one in used(before).items() if path != first}
    assert used(window.request(step="undo")) == used(before)
    again = window.request(import_from=str(tmp_path / "choices.csv"))
    assert used(again) == used(now)
    assert window.read is not None
    assert not window.read.left_out
    with pytest.raises(UserError, match="There is no class"):
        window.request(JournalAction("relabel", (second,), "no such class"))


@pytest.mark.parametrize("steps", few([20, 1000], [20]))
def test_undo_is_exact_after_random_steps(folders: DatasetSpec, steps: int) -> None:
    window, source = Window(folders), random.Random(3)
    names, classes = [photo.path for photo in listing(folders).photos], listing(folders).classes
    states, position = [used(listing(folders))], 0
    for _ in range(steps):
        step = source.choices(["do", "undo", "redo"], [6, 3, 2])[0]
        if step == "undo" and position:
            position -= 1
            now = window.request(step="undo")
        elif step == "redo" and position < len(states) - 1:
            position += 1
            now = window.request(step="redo")
        else:
            kind = source.choice(["exclude", "restore", "relabel", "split"])
            value = {"relabel": source.choice(classes), "split": source.choice(["train", "val", "test"])}.get(kind, "")
            now = window.request(JournalAction(kind, tuple(source.sample(names, 3)), value))
            del states[position + 1 :]
            states.append(used(now))
            position += 1
        assert used(now) == states[position]
    for number in range(position - 1, -1, -1):
        assert used(window.request(step="undo")) == states[number]


def copied(spec: DatasetSpec, out: Path) -> dict[str, str]:
    result_of(jobs.copy(spec.folder, out, spec=spec)(never))
    return {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*") if path.is_file()}


def test_a_cleaned_copy_of_several_folders_has_a_folder_per_class(folders: DatasetSpec, tmp_path: Path) -> None:
    Window(folders).request(JournalAction("exclude", ("one/ants/0.jpg",)))
    Window(folders).request(JournalAction("relabel", ("one/bees/1.jpg",), "wasps"))
    copy = copied(folders, tmp_path / "disk" / "copy")  # beside the folders, not in one of them
    assert {path.partition("/")[0] for path in copy} == {"ants", "bees", "flies", "none of these", "wasps"}
    assert sorted(path for path in copy if path.startswith("ants/")) == [
        "ants/0.jpg", "ants/1.jpg", "ants/1_2.jpg", "ants/2.jpg", "ants/2_2.jpg", "ants/3.jpg", "ants/3_2.jpg",
        "ants/more/0.jpg",
    ]  # fmt: skip
    assert copy["flies/3.jpg"] == "deep/flies/3.jpg"
    assert copy["none of these/3.jpg"] == "_background/3.jpg"
    assert "one/bees/1.jpg" in {text for path, text in copy.items() if path.startswith("wasps/")}
    assert "elsewhere/secret/0.jpg" not in copy.values()
    with pytest.raises(UserError, match="among the photos"):
        copied(folders, tmp_path / "disk" / "one" / "copy")


def test_a_copy_of_labeled_photos_has_the_labels_as_folders(pattern: DatasetSpec, table: DatasetSpec) -> None:
    copy = copied(pattern, Path(pattern.folder).with_name("out"))
    assert sorted(copy) == sorted(
        f"{n}/{part}/{n}_{at}.jpg" for n in ("ant", "bee") for part in "ab" for at in range(3)
    )
    copy = copied(table, Path(table.folder).with_name("out2"))
    assert sorted(copy.values()) == sorted(f"{part}/{at}.jpg" for part in ("one", "two") for at in range(4))
    assert copy["bee/two/1.jpg"] == "two/1.jpg"


def test_a_copy_with_split_folders_has_the_split_of_the_data_set(folders: DatasetSpec, tmp_path: Path) -> None:
    spec = replace(folders, seed=11)
    Window(spec).request(JournalAction("split", ("one/ants/0.jpg",), "test"))
    copy = copied(spec, tmp_path / "out")
    parts = {text: path.partition("/")[0] for path, text in copy.items()}
    assert parts == {path: split for path, (_, split) in used(listing(spec)).items()}
