from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from studio import files


def broken(path: Path) -> None:
    with files.whole(path) as beside:
        beside.write_text("half of i")
        raise ValueError("no more")


def test_a_file_is_replaced_whole(tmp_path):
    file = tmp_path / "run.json"
    file.write_text("old")
    with file.open() as reader:
        with files.whole(file) as beside:
            beside.write_text("new, but not yet")
            assert file.read_text() == "old"
        assert reader.read() == "old", "who reads it meanwhile reads one file, not two halves"
    assert file.read_text() == "new, but not yet"
    assert list(tmp_path.iterdir()) == [file]


def test_what_fails_halfway_leaves_the_old_file_and_no_scraps(tmp_path):
    file = tmp_path / "run.json"
    file.write_text("old")
    with pytest.raises(ValueError):
        broken(file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_fails_halfway_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(ValueError):
        broken(tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


def test_text_is_utf8(tmp_path):
    files.write_text(tmp_path / "t", "Größe 猫")
    assert (tmp_path / "t").read_bytes() == "Größe 猫".encode()


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights there")
def test_results_have_the_rights_of_ordinary_files(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_text(tmp_path / "t", "x")
        assert os.umask(0o027) == 0o027, "the user's own mask is as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o640


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError):
        files.write_text(tmp_path / "nowhere" / "t", "x")
