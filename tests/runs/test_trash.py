"""The trash of a folder of runs: runs go there and come back exactly as they were."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from studio.events import RunDescription
from studio.runs import index, trash
from studio.runs.files import description, lock
from studio.spec import UserError

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1" / "frozen"
NOW = datetime.datetime(2026, 11, 26, 7, 30, tzinfo=datetime.UTC)


@pytest.fixture
def run(tmp_path):
    """A run of version 0.1 with a description, among others."""
    run = tmp_path / "runs" / "wärmer “1”"
    shutil.copytree(STORED, run)
    description.write(run, RunDescription("Title", "note", True, ("a",)))
    return run


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def listed(place: Path) -> list[str]:
    (event,) = [event for event in index.list_runs(place) if hasattr(event, "runs")]
    return [Path(run.path).name for run in event.runs]


def test_a_restored_run_is_unchanged(run):
    before = files(run)
    trashed = trash.discard(run, NOW)
    assert not run.exists()
    assert listed(run.parent) == []
    assert Path(trashed.path) == run.parent / ".trash" / "2026-11-26_07-30-00" / run.name
    assert (trashed.origin, trashed.title, trashed.trashed) == (str(run), "Title", "2026-11-26T07:30:00+00:00")
    assert trashed.words == "Lite0, frozen"
    assert trash.listing(run.parent) == (trashed,)
    assert trash.restore(trashed) == run
    assert files(run) == before
    assert list(run.parent.iterdir()) == [run]
    assert trash.listing(run.parent) == ()


def test_runs_of_the_same_name_are_distinguished_by_the_time_of_removal(run):
    first = trash.discard(run, NOW)
    shutil.copytree(STORED, run)
    second = trash.discard(run, NOW)
    assert trash.listing(run.parent) == (second, first)
    assert trash.find(run.parent, run.name) == trash.find(run.parent, str(run)) == second
    assert trash.find(run.parent, "Title") == trash.find(run.parent, first.path) == first
    trash.restore(second)
    with pytest.raises(UserError, match="exists"):
        trash.restore(first)
    assert trash.listing(run.parent) == (first,)
    shutil.move(run, run.with_name("other"))
    with pytest.raises(UserError, match="no longer in the trash"):
        trash.restore(second)


def test_a_name_can_refer_to_a_run_of_the_current_folder(run, tmp_path, monkeypatch):
    trashed = trash.discard(run, NOW)
    monkeypatch.chdir(run.parent)
    assert trash.find(tmp_path / "own", run.name) == trashed
    with pytest.raises(UserError, match=f"{tmp_path / 'own'} or {run.parent}"):
        trash.find(tmp_path / "own", "other")


def test_runs_in_progress_are_not_removed(run, tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(UserError, match="no run"):
        trash.discard(tmp_path / "photos")
    with lock.RunLock(run), pytest.raises(UserError, match="writing"):
        trash.discard(run)
    assert listed(run.parent) == [run.name]
    assert not (run.parent / ".trash").exists()
    there = trash.discard(run)
    with pytest.raises(UserError, match="in the trash already"):
        trash.discard(Path(there.path))


def test_runs_in_a_read_only_folder_are_not_removed(run, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(UserError, match="Permission denied"):
        trash.discard(run)
    assert list(run.parent.iterdir()) == [run]


def test_emptying_deletes_trashed_runs_and_nothing_else(run):
    other = run.with_name("other")
    shutil.copytree(STORED, other)
    trash.discard(run)
    mine = run.parent / ".trash" / "mine"
    mine.mkdir()
    (mine / "file").write_text("mine")
    assert trash.empty(run.parent) == 1
    assert trash.listing(run.parent) == ()
    assert (mine / "file").read_text() == "mine"
    assert listed(run.parent) == ["other"]
    assert trash.empty(run.parent.parent) == 0


def test_a_link_to_a_run_is_removed_and_not_the_run(run, tmp_path):
    link = tmp_path / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(run)
    trash.discard(link)
    assert run.is_dir()
    assert trash.empty(link.parent) == 1
    assert run.is_dir()


def test_an_empty_name_refers_to_no_run(run):
    description.write(run, RunDescription())
    trash.discard(run, NOW)
    with pytest.raises(UserError, match="There is no run"):
        trash.find(run.parent, "")


def test_runs_removed_in_one_second_are_listed_in_their_order(tmp_path):
    names = ["", "_2", "_9", "_10"]
    for name in names:
        place = tmp_path / ".trash" / f"2026-11-26_07-30-00{name}"
        place.mkdir(parents=True)
        (place / "run").symlink_to(STORED)
    earlier = tmp_path / ".trash" / "2026-11-26_07-29-59_11"
    earlier.mkdir()
    (earlier / "run").symlink_to(STORED)
    order = [Path(one.path).parent.name for one in trash.listing(tmp_path)]
    assert order == [*(f"2026-11-26_07-30-00{name}" for name in reversed(names)), earlier.name]
