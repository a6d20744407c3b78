from __future__ import annotations

import errno
import os

import pytest

from studio.spec import UserError
from studio.system.files import output_file


def test_a_suffix_is_recognized_in_upper_and_lower_case(tmp_path):
    output_file.require_suffix(tmp_path / "a.CSV", ".csv")
    with pytest.raises(UserError, match=r"^a\.txt should end in \.csv\.") as one:
        output_file.require_suffix(tmp_path / "a.txt", ".csv")
    assert one.value.hint == "Choose this suffix."
    with pytest.raises(UserError, match=r"^a should end in \.npz, \.csv or \.pt\. Choose one of these suffixes\."):
        output_file.require_suffix(tmp_path / "a", ".npz", ".csv", ".pt")


def test_a_folder_is_checked_without_leaving_a_file(tmp_path):
    output_file.require_writable(tmp_path / "a.csv")
    for place, words in (("none/a.csv", "There is no folder"), ("", r"cannot be written \(it is a folder\)")):
        with pytest.raises(UserError, match=words):
            output_file.require_writable(tmp_path / place)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENOSPC, "Free some space, or choose another disk."), (errno.EACCES, "Choose another folder.")],
)
def test_a_failed_write_keeps_the_old_file_and_gives_the_reason(tmp_path, number, hint):
    def write() -> None:
        with output_file.written(file) as temporary:
            temporary.write_text("half")
            raise OSError(number, os.strerror(number))

    file = tmp_path / "a.csv"
    file.write_text("old")
    with pytest.raises(UserError, match=r"a\.csv cannot be written \(") as fault:
        write()
    assert fault.value.hint == hint
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
