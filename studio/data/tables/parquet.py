"""Reader for Parquet files of targets and labels, with pyarrow, which is an optional package.

The rows are those of a CSV file with a header, so that everything else is the same for both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.spec import UserError

SUFFIXES = (".parquet", ".pq")
MAX_ROWS = 20_000_000
"""Larger files are refused before they are read into memory."""


def is_parquet(file: Path) -> bool:
    """True for a Parquet file, by its name."""
    return file.suffix.lower() in SUFFIXES


def unit(file: Path) -> str:
    """What a table is made of, for messages: a Parquet file has rows, a CSV file lines."""
    return "row" if is_parquet(file) else "line"


def rows(file: Path) -> list[tuple[int, list[str]]]:
    """The names of the columns as row 0, and the rows from 1, as text; columns of other kinds are left out.

    Raises:
        UserError: The file cannot be read, or pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(
            f"Reading “{file.name}” needs the package pyarrow, which is not installed.",
            "Install it (pip install 'thaw-studio[parquet]'), or save the table as CSV.",
            file,
        ) from error
    if not file.is_file():
        raise UserError(f"There is no file “{file}”.", "Check the name, or choose another file.", file)
    try:
        with pyarrow.parquet.ParquetFile(file) as content:
            if content.metadata.num_rows > MAX_ROWS:
                raise UserError(f"“{file}” is too large for a list of photos.", "Write one photo per row.", file)
            names = [field.name for field in content.schema_arrow if _is_plain(pyarrow.types, field.type)]
            columns = [column.to_pylist() for column in content.read(columns=names).columns]
    except (OSError, pyarrow.ArrowException) as error:
        why = str(error).splitlines()[0][:200].rstrip(".")
        title = f"“{file}” cannot be read as Parquet: {why}."
        raise UserError(title, "Check the file, or save it again.", file) from error
    return [(0, names), *((at, [_text(cell) for cell in row]) for at, row in enumerate(zip(*columns, strict=True), 1))]


def _is_plain(types: Any, kind: Any) -> bool:
    """True for numbers and texts: a photo itself, for instance, is a column of bytes, which may be large."""
    kind = kind.value_type if types.is_dictionary(kind) else kind
    plain = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_string)
    return any(test(kind) for test in (*plain, types.is_large_string, types.is_string_view))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
