from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from studio.system.files import atomic_files


def broken(path: Path) -> None:
    with atomic_files.atomic_write(path) as beside:
        beside.write_text("half of i")
        raise ValueError("no more")


def test_a_file_is_replaced_completely(tmp_path):
    file = tmp_path / "run.json"
    file.write_text("old")
    with file.open() as reader:
        with atomic_files.atomic_write(file) as beside:
            beside.write_text("new, but not yet")
            assert file.read_text() == "old"
        assert reader.read() == "old", "who reads it meanwhile reads one file, not two halves"
    assert file.read_text() == "new, but not yet"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_file_and_no_temporary_files(tmp_path):
    file = tmp_path / "run.json"
    file.write_text("old")
    with pytest.raises(ValueError):
        broken(file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_of_a_new_file_leaves_no_file(tmp_path):
    with pytest.raises(ValueError):
        broken(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


def test_text_is_utf8(tmp_path):
    atomic_files.write_text(tmp_path / "t", "Größe 猫")
    assert (tmp_path / "t").read_bytes() == "Größe 猫".encode()


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights there")
def test_results_have_ordinary_file_permissions(tmp_path):
    before = os.umask(0o027)
    try:
        atomic_files.write_text(tmp_path / "t", "x")
        assert os.umask(0o027) == 0o027, "the user's own mask is as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o640


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError):
        atomic_files.write_text(tmp_path / "nowhere" / "t", "x")


def broken_pair(one: Path, two: Path) -> None:
    with atomic_files.atomic_write_all(one, two) as (first, second):
        first.write_text("new")
        second.write_text("half")
        raise ValueError("no more")


def test_files_that_belong_together_are_replaced_only_when_all_are_complete(tmp_path):
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    one.write_text("old")
    with pytest.raises(ValueError):
        broken_pair(one, two)
    assert (one.read_text(), two.exists(), len(list(tmp_path.iterdir()))) == ("old", False, 1)
    with atomic_files.atomic_write_all(one, two, sync=True) as (first, second):
        first.write_text("new")
        second.write_text("whole")
    assert (one.read_text(), two.read_text(), len(list(tmp_path.iterdir()))) == ("new", "whole", 2)


def steady(path: Path, text: str, now: bool = False) -> None:
    with atomic_files.atomic_write_lazy_sync(path, now) as beside:
        beside.write_text(text)


@pytest.fixture
def waits(monkeypatch):
    """List of the files that were synced."""
    names: list[str] = []
    wait = os.fsync

    def record(handle: int) -> None:
        names.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        wait(handle)

    monkeypatch.setattr(os, "fsync", record)
    return names


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file is meant")
def test_a_file_that_is_replaced_often_is_synced_only_now_and_then(tmp_path, waits):
    file = tmp_path / "run.json"
    for number in range(5):
        steady(file, str(number))
        assert file.read_text() == str(number)
    assert len(waits) == 2, "once for the file, once for its name"
    assert waits[1] == str(tmp_path)
    assert atomic_files.backup_path(file).read_text() == "0", "the one that the disk has for sure"
    old = atomic_files.backup_path(file).stat().st_mtime - atomic_files.SYNC_EVERY - 1
    os.utime(atomic_files.backup_path(file), (old, old))
    steady(file, "6")
    assert len(waits) == 4
    assert list(tmp_path.iterdir()) == [file], "now the newest is safe itself"
    steady(file, "7")
    steady(file, "8", now=True)
    assert (len(waits), list(tmp_path.iterdir())) == (6, [file])


def test_fsync_all_makes_the_newest_content_safe_and_removes_the_backup(tmp_path):
    file = tmp_path / "run.json"
    for text in ("a", "b"):
        steady(file, text)
    assert atomic_files.backup_path(file).exists()
    atomic_files.fsync_all(file, tmp_path / "not there")
    assert (list(tmp_path.iterdir()), file.read_text()) == ([file], "b")


def test_every_write_is_synchronized_on_file_systems_without_links(tmp_path, monkeypatch):
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    synced: list[int] = []
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    monkeypatch.setattr(os, "fsync", synced.append)
    for text in ("a", "b"):
        synced.clear()
        steady(tmp_path / "run.json", text)
        assert synced
    assert [file.read_text() for file in tmp_path.iterdir()] == ["b"]


def test_only_temporary_files_of_killed_programs_are_removed(tmp_path):
    (tmp_path / "best").mkdir()
    scraps = [tmp_path / ".run.json.ab12_xyz", tmp_path / "best" / ".head.safetensors.00000000"]
    rest = [tmp_path / name for name in (".lock", ".holder.json", ".run.json.kept", "run.json", ".mine.abcdefgh")]
    for file in (*scraps, *rest):
        file.touch()
    atomic_files.remove_temporary_files(tmp_path)
    assert [file.exists() for file in scraps] == [False, False]
    assert all(file.exists() for file in rest)


def test_a_document_is_written_one_value_per_line_without_escapes(tmp_path: Path) -> None:
    atomic_files.write_json(tmp_path / "a.json", {"name": "Köln", "numbers": [1, None]}, sync=True)
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n "name": "Köln",\n "numbers": [\n  1,\n  null\n ]\n}\n'
    with pytest.raises(UnicodeEncodeError):
        atomic_files.write_json(tmp_path / "a.json", ["\udcff"])
    assert "Köln" in (tmp_path / "a.json").read_text("utf-8")
