"""Parquet files of predictions: rows become Parquet in blocks, so that memory does not grow with their number."""

from __future__ import annotations

import pytest

from studio.data.tables.predictions import parquet_file
from studio.data.tables.predictions.rows import Columns
from studio.spec import UserError

NAMES = Columns(("ants", "bees")).names


def row(number: int) -> list[str]:
    return [f"{number}.jpg", *[""] * (len(NAMES) - 1)]


@pytest.mark.parametrize(("cells", "blocks"), [(1, 5), (2 * len(NAMES), 3), (3 * len(NAMES) - 1, 3), (1000, 1)])
def test_the_number_of_cells_in_memory_is_limited(tmp_path, monkeypatch, cells, blocks):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(parquet_file, "BLOCK_CELLS", cells)
    file = tmp_path / "answers.parquet"
    parquet_file.add(file, NAMES, map(row, range(5)))
    with parquet.ParquetFile(file) as opened:
        assert opened.num_row_groups == blocks
    assert list(parquet_file.rows(file, NAMES)) == [row(number) for number in range(5)]
    parquet_file.add(file, NAMES, [row(5)])
    assert list(parquet_file.rows(file, NAMES[:1])) == [[f"{number}.jpg"] for number in range(6)]


def test_a_file_that_is_not_parquet_is_an_error_in_one_line(tmp_path):
    pytest.importorskip("pyarrow")
    file = tmp_path / "answers.parquet"
    file.write_bytes(b"no table" * 9)
    with pytest.raises(UserError, match=r"cannot be read as Parquet: Parquet magic bytes not found") as caught:
        list(parquet_file.rows(file, NAMES))
    assert "\n" not in caught.value.title
    assert ".." not in caught.value.title
