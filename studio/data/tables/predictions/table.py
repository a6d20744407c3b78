"""A table of predictions that is written as it goes, CSV or Parquet, and continued by the same command.

Beside the file lies a note (`FILE.json`) that says which weights and rule its rows are from: rows of two models must
never stand in one table unnoticed. The rows of a Parquet file wait in a CSV file, `.FILE.rows`, until the end or a
stop.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.data.tables.predictions import parquet_file
from studio.data.tables.predictions.csv_file import CsvFile
from studio.data.tables.predictions.rows import CLASS, Answered, Columns, answered
from studio.events import ImagePrediction, ImageSkipped
from studio.spec import UserError
from studio.system.files import atomic_files, file_locks, json_text, output_file

SUFFIXES = (".csv", ".parquet")

KIND = "predictions"


class PredictionTable:
    """A table of predictions; use `opened`.

    Attributes:
        file: The file.
        before: Number of rows that it had.
        added: Number of rows added since.
    """

    def __init__(self, file: Path, classes: Sequence[str]) -> None:
        self.file = file
        self.before = self.added = 0
        self._columns = Columns(tuple(classes))
        self._is_parquet = file.suffix.lower() == ".parquet"
        self._csv = CsvFile(file.with_name(f".{file.name}.rows") if self._is_parquet else file, self._columns.names)

    def paths(self) -> set[str]:
        """The paths that have a row."""
        found = {row[0] for row in self._rows_of_csv()}
        if self._is_parquet and self.file.exists():
            found.update(parquet_file.paths(self.file))
        self.before = len(found)
        return found

    def answers(self) -> Iterator[Answered]:
        """What the rows say about photos, for sorting them; without those that have no class."""
        rows = self._rows_of_csv()
        for row in rows:
            if (one := answered(row)) is not None:
                yield one
        if self._is_parquet and self.file.exists():
            for row in parquet_file.rows(self.file, CLASS[:5]):
                if (one := answered(row)) is not None:
                    yield one

    def add(self, event: ImagePrediction | ImageSkipped) -> None:
        """Add the row of a photo.

        Raises:
            UserError: The file cannot be written.
        """
        with _writing(self.file):
            self._csv.add(self._columns.row(event))
        self.added += 1

    def finish(self) -> None:
        """Write all rows that are not in the file yet; without any row, a table with its header only.

        Raises:
            UserError: The file cannot be written.
        """
        with _writing(self.file):
            self._csv.close()
            if not self._is_parquet:
                if not self.file.exists():
                    self._csv.touch()
                return
            if self._csv.file.exists() or not self.file.exists():
                known = set(parquet_file.paths(self.file)) if self.file.exists() else set()
                # A kill after the last replacement may have left rows that are in the file already.
                new = (row for row in self._rows_of_csv() if row[0] not in known)
                parquet_file.add(self.file, self._columns.names, new)
                self._csv.file.unlink(missing_ok=True)

    def _rows_of_csv(self) -> Iterator[list[str]]:
        if self._csv.file.exists():
            try:
                yield from self._csv.rows()
            except (OSError, ValueError) as error:
                raise UserError(
                    f"{self._csv.file} cannot be read as a table of predictions ({error}).", "Choose another file.",
                    self._csv.file,
                ) from error  # fmt: skip


@contextlib.contextmanager
def opened(file: Path, classes: Sequence[str], model: dict[str, Any]) -> Iterator[PredictionTable]:
    """Context with the table in a file, new or continued; all rows added so far are in the file at its end.

    Args:
        file: The file.
        classes: Names of the classes; () in regression.
        model: What identifies the model and its decision rule, with `run` and `epoch` for messages.

    Raises:
        UserError: It is not a table of this command, or of another model, another program writes it, or it cannot be
            written.
    """
    output_file.require_suffix(file, *SUFFIXES)
    output_file.require_writable(file)
    if file.suffix.lower() == ".parquet":
        parquet_file.require_library()
    lock = file.with_name(f".{file.name}.lock")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(file_locks.held(lock, 0))
        except TimeoutError as error:
            raise UserError(
                f"Another program is writing {file}.", "Wait until it ends, or choose another file.", file
            ) from error
        except OSError as error:
            raise output_file.unwritable(file, error) from error
        stack.callback(_remove, lock)
        if not _require_same(file, model):
            with _writing(file):
                atomic_files.write_text(_note(file), f"{json.dumps(_noted(model), indent=1)}\n")
        table = PredictionTable(file, classes)
        try:
            yield table
        finally:
            table.finish()


def _noted(model: dict[str, Any]) -> dict[str, Any]:
    return {"made_by": "Thaw Studio", "kind": KIND, **model}


def _note(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _is_note(file: Path) -> bool:
    """True for a note beside a table of predictions."""
    try:
        content = json_text.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("kind") == KIND


def _require_same(file: Path, model: dict[str, Any]) -> bool:
    """True where the file is a table of this model, False where there is none; raises a `UserError` otherwise."""
    rows = file.with_name(f".{file.name}.rows")
    if not file.exists() and not rows.exists():
        if _note(file).exists() and not _is_note(_note(file)):
            raise UserError(
                f"{_note(file)} exists, but is not the note of a table of predictions.",
                "Choose another name for the table, so that nothing is overwritten.",
                _note(file),
            )
        return False
    try:
        before = json_text.loads(_note(file).read_text(encoding="utf-8"))
        if not isinstance(before, dict) or before.get("kind") != KIND:
            raise ValueError
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file} exists, and no note beside it ({_note(file).name}) says that it is a table of predictions.",
            "Choose another file, so that nothing is overwritten.",
            file,
        ) from error
    differs = different(before, model)
    if differs:
        raise UserError(
            f"{file} has predictions of {differs}.", "Choose another file, or delete it to begin again.", file
        )
    return True


def different(before: dict[str, Any], model: dict[str, Any]) -> str:
    """What wrote a table, in words, where that was another model; "" for the same."""
    keys = model.keys() - {"run"}  # a run that was moved is the same
    if all(before.get(key) == model[key] for key in keys):
        return ""
    if before.get("weights") == model["weights"]:
        return f"the same weights with other thresholds or temperature than {model['run']} has now"
    return f"epoch {before.get('epoch')} of {before.get('run')}, not of epoch {model['epoch']} of {model['run']}"


@contextlib.contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = output_file.unwritable(file, error)
        raise UserError(problem.title, f"{problem.hint} The same command continues.", file) from error


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
