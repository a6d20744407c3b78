"""The folder of a run: free, taken, new, removed."""

from __future__ import annotations

import datetime
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from three_classes import record, story

from studio.commands import imports, training
from studio.events import (
    Event,
    RunsListed,
    Stage,
)
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.files.lock import RunLock
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.system import paths


def test_failing_before_the_start_leaves_nothing_behind(tmp_path):
    def work():
        yield Stage("scan", "Listing photos")
        raise UserError("No photos.", "")

    with pytest.raises(UserError):
        list(runs.record_events(work(), tmp_path / "a" / "run"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_content_is_refused_and_not_changed(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("precious")
    with pytest.raises(UserError, match="not empty"):
        next(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_the_folder_of_a_run_that_never_began_is_free_once_its_program_is_gone(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "metrics.jsonl").touch()
    with RunLock(run), pytest.raises(UserError, match="writing to the run"):
        runs.require_free(run)
    runs.require_free(run)
    list(runs.record_events(story(run, 1), run))
    assert record(run)["status"] == "done"
    (run / "run.json").unlink()
    with pytest.raises(UserError, match="not empty"):
        runs.require_free(run)


def test_an_empty_folder_is_used_and_a_missing_one_created(tmp_path):
    (tmp_path / "run").mkdir()
    for run in (tmp_path / "run", tmp_path / "made" / "for" / "it"):
        list(runs.record_events(story(run), run))
        assert record(run)["status"] == "done"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "run").write_text("a file")
    for place in (tmp_path / "run", tmp_path / "run" / "below"):
        with pytest.raises(UserError, match="run"):
            runs.require_free(place)
    assert (tmp_path / "run").read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UserError, match="cannot be written"):
        runs.require_free(tmp_path / "locked" / "run")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that even the superuser cannot write")
def test_a_folder_without_write_permission_is_refused():
    with pytest.raises(UserError, match="cannot be written") as fault:
        runs.require_free(Path("/proc/thaw/run"))
    assert fault.value.hint


def test_checking_a_folder_for_a_run_creates_nothing(tmp_path):
    runs.require_free(tmp_path / "a" / "b" / "run")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_never_write_into_one_folder(tmp_path):
    first = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    second = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    next(first), next(second)  # both have checked that the folder is empty
    next(first)
    with pytest.raises(UserError, match="Another run"):
        next(second)
    list(first)
    assert record(tmp_path / "run")["status"] == "done"


def test_new_folders_name_time_and_backbone_and_never_an_existing_one(own_folders):
    now = datetime.datetime(2026, 3, 4, 5, 6, 7)
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("timm/resnet18"))
    first = runs.new_folder(spec, now)
    assert first.name == "2026-03-04_05-06-07_timm_resnet18"
    assert own_folders in first.parents
    assert list(first.iterdir()) == []
    second = runs.new_folder(spec, now)
    assert second.name == f"{first.name}_2"
    assert runs.new_folder(spec, now).name == f"{first.name}_3"
    assert second.parent == first.parent


def test_runs_begun_in_one_moment_have_a_folder_each(own_folders):
    now = datetime.datetime(2026, 3, 4, 5, 6, 7)
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("resnet18"))
    together = threading.Barrier(20)

    def begin(_number: int) -> Path:
        together.wait()
        return runs.new_folder(spec, now)

    with ThreadPoolExecutor(20) as threads:
        folders = list(threads.map(begin, range(20)))
    assert len({*folders}) == 20
    assert all(folder.is_dir() for folder in folders)


def test_only_the_folder_of_a_run_that_never_began_is_removed(own_folders):
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("resnet18"))
    for content in (False, True):
        folder = runs.new_folder(spec)
        if content:
            (folder / "run.json").write_text("{}")
        runs.remove_if_empty(folder)
        assert folder.exists() == content


def test_a_run_that_is_refused_before_it_begins_leaves_no_folder_and_is_not_listed(own_folders, tmp_path, monkeypatch):
    def refused(*_names: str) -> Iterator[Event]:
        listed.append(list(index.list_runs())[-1])
        raise UserError("There is no such layer.")
        yield

    listed: list[Event] = []
    monkeypatch.setattr(training, "imported", refused)
    with pytest.raises(UserError, match="no such layer"):
        list(imports.start(training.train(RunSpec(DatasetSpec(str(tmp_path)), BackboneSpec("resnet18")))))
    assert listed == [RunsListed(str(paths.runs_folder()), (), ())]
    assert list(paths.runs_folder().iterdir()) == []


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"no": "spec"}', b"\xff\xfe\x00"])
def test_reading_a_folder_without_a_run_is_an_error_that_names_it(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=tmp_path.name):
        runs.read(tmp_path)


def test_a_run_is_given_by_its_folder_or_by_its_record(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "other.json").write_text("{}")
    named = tmp_path / "sub" / "run.json"
    named.mkdir(parents=True)
    assert runs.folder_of(tmp_path) == runs.folder_of(tmp_path / "run.json") == tmp_path
    for path in (named, tmp_path / "other.json", tmp_path / "none" / "run.json"):
        assert runs.folder_of(path) == path


def test_a_resumed_run_has_the_files_of_a_killed_program_removed(tmp_path):
    run, left = tmp_path / "run", tmp_path / "run" / ".run.json.abcdefgh"
    list(runs.record_events(story(run, 1), run))
    left.touch()
    list(runs.record_events(story(run, 1), run, resumed=True))
    assert not left.exists()
