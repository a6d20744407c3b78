"""`studio.predict_folder`: a table and folders from many photos."""

from __future__ import annotations

import pytest
from tiny import trained

import studio


@pytest.mark.slow
def test_a_table_and_folders_are_written_and_described(photos, tmp_path):
    run = tmp_path / "run"
    trained(photos, run, epochs=1)
    (photos / "cold" / "03.jpg").write_bytes(b"no photo")
    found = studio.open_run(run).predict_folder(
        photos, out=tmp_path / "t.csv", sort_into=tmp_path / "sorted", device="cpu", progress=False
    )
    assert (found.rows, found.before) == (24, 0)
    assert sum(found.folders.values()) == 23
    assert [one.reason for one in found.skipped] == ["a text, not an image"]
    assert "24 rows in" in repr(found)
    assert "No prediction: 1, the first" in repr(found)
    again = studio.predict_folder(run, photos, out=tmp_path / "t.csv", device="cpu", progress=False)
    assert (again.rows, again.before, again.folders) == (24, 24, {})
    with pytest.raises(studio.UserError, match="Neither a table nor a folder"):
        studio.predict_folder(run, photos)
