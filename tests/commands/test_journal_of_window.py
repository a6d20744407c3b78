"""Jobs of the window on the journal: their results, and that the data set after each equals that of a new scan."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from photo_folder import write_photos

from studio.commands import window
from studio.commands.dataset import scan
from studio.commands.journal_of_window import request
from studio.data import checked_folder
from studio.data.folder_memory import FolderMemory
from studio.data.scan import listing
from studio.events import Dataset, DatasetScanned, Events, JournalRead
from studio.jobs.protocol import Stop, Work
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.spec.journal import JournalAction, JournalRequest


class Folder:
    """A folder as a window has it open."""

    def __init__(self, root: Path) -> None:
        self.spec = DatasetSpec(str(root))
        self.memory = FolderMemory()
        self.dataset = self.scan()

    def scan(self, memory: FolderMemory | None = None) -> Dataset:
        """List and check the folder."""
        events = list(scan(self.spec, memory or self.memory)(lambda: False))
        return [event.dataset for event in events if isinstance(event, DatasetScanned)][-1]

    def ask(self, asked: JournalRequest) -> JournalRead:
        """Change the journal."""
        events = list(request(self.spec, asked, self.memory)(lambda: False))
        datasets = [event.dataset for event in events if isinstance(event, DatasetScanned)]
        self.dataset = datasets[-1] if datasets else self.dataset
        return next(event for event in events if isinstance(event, JournalRead))

    def do(self, kind: Any, *photos: str, value: str = "") -> JournalRead:
        """One action."""
        return self.ask(JournalRequest((JournalAction(kind, photos, value),)))

    def kinds(self) -> dict[str, int]:
        """Number of each kind of finding."""
        return {finding.kind: finding.count for finding in self.dataset.findings}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = write_photos(tmp_path / "photos", each=10)
    shutil.copy(root / "cold" / "00.jpg", root / "cold" / "copy.jpg")
    shutil.copy(root / "cold" / "00.jpg", root / "warm" / "third.jpg")
    (root / "warm" / "cut.jpg").write_bytes((root / "warm" / "00.jpg").read_bytes()[:300])
    return Folder(root)


def test_findings_follow_each_choice_as_a_new_scan_would_find_them_without_opening_a_photo(folder, monkeypatch):
    whole = folder.dataset
    assert folder.kinds().items() >= {"exact_duplicate": 2, "two_labels": 1, "truncated": 1}.items()
    opened: list[object] = []
    original = checked_folder.check
    monkeypatch.setattr(checked_folder, "check", lambda listed: opened.append(listed) or original(listed))
    steps = (
        lambda: folder.do("exclude", "cold/00.jpg", "warm/cut.jpg"),  # the first of three copies, and a damaged one
        lambda: folder.do("relabel", "warm/third.jpg", value="cold"),
        lambda: folder.do("split", "cold/01.jpg", "cold/02.jpg", value="test"),
        lambda: folder.do("restore", "cold/00.jpg"),
        lambda: folder.ask(JournalRequest(step="undo")),
        lambda: folder.do("accept", "cold/copy.jpg", "warm/third.jpg", value="exact_duplicate"),
    )
    seen = []
    for step in steps:
        step()
        seen.append(folder.kinds())
        assert not opened
        assert folder.scan(FolderMemory()) == folder.dataset
        opened.clear()
    assert (seen[0]["exact_duplicate"], "truncated" in seen[0]) == (1, False)
    assert "two_labels" not in seen[1]
    assert seen[3]["exact_duplicate"] == 2
    for _ in range(4):
        folder.ask(JournalRequest(step="undo"))
    assert folder.dataset == whole
    assert [photo.path for photo in whole.shown] == [photo.path for photo in whole.photos]


def test_excluded_photos_are_shown_in_their_place_with_class_and_split(folder):
    folder.do("relabel", "cold/05.jpg", value="warm")
    folder.do("exclude", "cold/05.jpg")
    (excluded,) = folder.dataset.excluded
    assert (excluded.path, folder.dataset.classes[excluded.label]) == ("cold/05.jpg", "warm")
    assert folder.dataset.shown_paths == tuple(sorted((*folder.dataset.files, "cold/05.jpg")))


def test_each_change_is_named_with_what_is_undone_and_redone_next(folder):
    read = folder.do("exclude", "cold/01.jpg")
    assert (read.change, read.undo, read.redo, read.reverse) == (
        "Excluded 1 photo: 01.jpg",
        "exclude 1 photo",
        "",
        "undo",
    )
    changes = [
        folder.do("relabel", "cold/01.jpg", "cold/02.jpg", "cold/03.jpg", "cold/04.jpg", value="warm").change,
        folder.do("relabel", "cold/02.jpg", value="").change,
        folder.do("split", "cold/02.jpg", value="val").change,
        folder.do("split", "cold/02.jpg").change,
        folder.do("accept", value="blank").change,
        folder.do("reopen", value="blank").change,
        folder.do("restore", "cold/01.jpg").change,
    ]
    assert changes == [
        "Relabeled 4 photos as “warm”",
        "Gave 1 photo the class of the folder: 02.jpg",
        "Moved 1 photo to validation: 02.jpg",
        "Moved 1 photo back: 02.jpg",
        "Accepted 1 finding",
        "No longer accepted: 1 finding",
        "Restored 1 photo: 01.jpg",
    ]
    read = folder.ask(JournalRequest(step="undo"))
    assert (read.change, read.redo, read.reverse) == ("Undone: restore 1 photo", "restore 1 photo", "redo")
    read = folder.ask(JournalRequest(step="redo"))
    assert (read.change, read.redo, read.reverse) == ("Redone: restore 1 photo", "", "undo")
    assert folder.ask(JournalRequest()).change == ""


def test_choices_are_exported_and_imported(folder, tmp_path):
    folder.do("exclude", "cold/01.jpg", "warm/02.jpg")
    file = str(tmp_path / "choices.csv")
    read = folder.ask(JournalRequest(export_to=file))
    assert (read.change, read.reverse) == (f"2 choices written to {file}", "")
    folder.ask(JournalRequest(step="undo"))
    assert not folder.dataset.excluded
    read = folder.ask(JournalRequest(import_from=file))
    assert (read.change, read.undo) == ("2 choices imported from choices.csv", "exclude 2 photos")
    assert [photo.path for photo in folder.dataset.excluded] == ["cold/01.jpg", "warm/02.jpg"]


def test_an_impossible_journal_request_is_refused_without_changes(folder):
    for kind, photos, value in (
        ("relabel", ("cold/01.jpg",), "hot"),
        ("split", ("cold/01.jpg",), "exam"),
        ("accept", (), "ghost"),
        ("exclude", ("cold/ghost.jpg",), ""),
    ):
        with pytest.raises(UserError):
            folder.do(kind, *photos, value=value)
    with pytest.raises(UserError, match="nothing to undo"):
        folder.ask(JournalRequest(step="undo"))


def test_a_folder_that_was_not_scanned_is_listed_first(folder):
    folder.memory = FolderMemory()
    folder.do("exclude", "cold/01.jpg")
    assert (len(folder.dataset.excluded), folder.dataset.checked) == (1, False)


def test_a_choice_made_during_the_check_is_in_its_result(folder):
    steps = scan(folder.spec, folder.memory)(lambda: False)
    datasets = []
    for event in steps:
        if isinstance(event, DatasetScanned):
            datasets.append(event.dataset)
            if len(datasets) == 1:
                folder.do("exclude", "cold/01.jpg")
                assert not folder.dataset.checked, "the check goes on"
    assert [len(dataset.excluded) for dataset in datasets] == [0, 1]


def training(spec: RunSpec) -> Work:
    """A simulated run that lists the photos of the folder."""

    def work(_stop: Stop) -> Events:
        yield DatasetScanned(listing(spec.dataset))

    return work


@pytest.mark.parametrize(
    ("change", "number"), [("added", 24), ("removed", 22), ("none", 22)], ids=["added", "removed", "unchanged"]
)
def test_a_choice_uses_the_newest_list_of_a_run(folder, monkeypatch, change, number):
    folder.do("exclude", "cold/02.jpg")
    monkeypatch.setattr(window, "train", training)
    commands, root = window.for_window(), Path(folder.spec.folder)
    list(commands.scan(folder.spec)(lambda: False))
    if change == "added":
        (root / "cold" / "new.jpg").write_bytes((root / "cold" / "00.jpg").read_bytes() + b"\0")
    elif change == "removed":
        (root / "warm" / "05.jpg").unlink()
    spec = RunSpec(folder.spec, BackboneSpec("resnet18"))
    (trained,) = [event.dataset for event in commands.train(spec)(lambda: False)]
    chosen = JournalRequest((JournalAction("exclude", ("cold/01.jpg",), ""),))
    events = list(commands.journal(folder.spec, chosen)(lambda: False))
    after = [event.dataset for event in events if isinstance(event, DatasetScanned)][-1]
    assert after.files == trained.files - {"cold/01.jpg"} - ({"warm/cut.jpg"} if after.checked else set())
    assert len(after.shown_paths) == number
    assert after.checked == (change == "none")  # nothing is listed or opened again where nothing has changed


def test_a_photo_that_a_run_found_after_the_scan_can_be_chosen(folder):
    root = Path(folder.spec.folder)
    new = (root / "cold" / "00.jpg").read_bytes() + b"\0"
    (root / "cold" / "new.jpg").write_bytes(new)
    read = folder.do("exclude", "cold/new.jpg")
    assert [one.path for one in read.photos] == ["cold/new.jpg"]
    assert [photo.path for photo in folder.dataset.excluded] == ["cold/new.jpg"]
    folder.do("exclude", "cold/01.jpg")
    assert len(folder.dataset.excluded) == 2
