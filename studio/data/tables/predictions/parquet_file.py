"""Parquet from rows of text: a Parquet file cannot be added to, so new rows wait in a CSV file beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.data.tables.predictions.rows import SHARE
from studio.spec import UserError
from studio.system.files import atomic_files

BLOCK_CELLS = 200_000
"""Cells of text in memory at once while rows become Parquet: a million of them took 100 MB."""

_FLAGS, _NUMBERS = ("sure", "unlike"), ("number", "distance", "probability")
_VALUES: dict[str, bool | None] = {"true": True, "false": False}


def require_library() -> None:
    """Raise a `UserError` where pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise UserError(
            "Writing Parquet needs the package pyarrow, which is not installed.",
            "Install it (pip install 'thaw-studio[parquet]'), or write a .csv file.",
        ) from error


def paths(file: Path) -> Iterator[str]:
    """The paths in a file, block by block.

    Raises:
        UserError: The file cannot be read.
    """
    for block in _blocks(file, ["path"]):
        yield from block.column(0).to_pylist()


def rows(file: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """The rows of a file as text, as `Columns.row` gives them, with the first columns alone.

    Raises:
        UserError: The file cannot be read.
    """
    text = {True: "true", False: "false", None: ""}
    for block in _blocks(file, list(names)):
        columns = [column.to_pylist() for column in block.columns]
        for cells in zip(*columns, strict=True):
            yield [text[cell] if cell is None or isinstance(cell, bool) else str(cell) for cell in cells]


def add(file: Path, names: Sequence[str], new: Iterable[list[str]]) -> None:
    """Replace a file by one that also has these rows, or create it; atomically, and in blocks to limit memory.

    Raises:
        UserError: The present file cannot be read.
        OSError: It cannot be written.
    """
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(name, _type(pyarrow, place, name)) for place, name in enumerate(names)])
    size = max(1, BLOCK_CELLS // len(names))
    with (
        atomic_files.atomic_write(file, sync=True) as temporary,
        pyarrow.parquet.ParquetWriter(temporary, schema) as writer,
    ):
        if file.exists():
            for block in _blocks(file, list(names)):
                writer.write_batch(block.cast(schema))
        waiting = iter(new)
        while part := list(itertools.islice(waiting, size)):
            columns = [
                pyarrow.array([_value(kind, cell) for cell in cells], kind)
                for kind, cells in zip(schema.types, zip(*part, strict=True), strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(columns, schema=schema))


def _type(pyarrow: Any, place: int, name: str) -> Any:
    if name in _FLAGS:
        return pyarrow.bool_()
    # The first column is the path. A class may have any name, but its column has a prefix.
    return pyarrow.float32() if name in _NUMBERS or (place and name.startswith(SHARE)) else pyarrow.string()


def _value(kind: Any, cell: str) -> Any:
    if str(kind) == "string":
        return cell.encode("utf-8", "replace").decode("utf-8")
    if str(kind) == "bool":
        return _VALUES.get(cell)
    return float(cell) if cell else None


def _blocks(file: Path, names: list[str]) -> Iterator[Any]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(file) as content:
            yield from content.iter_batches(max(1, BLOCK_CELLS // len(names)), columns=names)
    except (OSError, pyarrow.ArrowException, KeyError) as error:
        why = str(error).splitlines()[0][:200].rstrip(".")
        raise UserError(f"“{file}” cannot be read as Parquet: {why}.", "Choose another file.", file) from error
