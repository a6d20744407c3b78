"""When the rows of a CSV file of predictions are written to the disk."""

from __future__ import annotations

import pytest

from studio.data.tables.predictions import csv_file
from studio.data.tables.predictions.csv_file import CsvFile


@pytest.mark.parametrize(("seconds", "rows_on_disk"), [(4.9, 0), (5.0, 2)])
def test_rows_are_on_the_disk_after_a_time_or_a_flush(seconds, rows_on_disk, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(csv_file, "FLUSH_S", 5.0)
    monkeypatch.setattr(csv_file.time, "monotonic", lambda: now[0])
    file = CsvFile(tmp_path / "p.csv", ["path", "class"])
    file.flush()
    file.close()
    assert not file.file.exists(), "nothing was opened"
    file.add(["a.jpg", "ants"])
    now[0] = seconds
    file.add(["b.jpg", "bees"])
    assert len(list(file.rows())) == rows_on_disk
    now[0] += 4.9
    file.add(["c.jpg", "bees"])
    file.flush()
    assert file.file.read_text() == "path,class\na.jpg,ants\nb.jpg,bees\nc.jpg,bees\n"
    now[0] += 4.9
    file.add(["d.jpg", "bees"])
    assert len(list(file.rows())) == 3, "the time counts from the last flush"
    file.close()
    file.close()
    assert [row[0] for row in file.rows()] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
