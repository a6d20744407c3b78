"""Export of a journal's choices to CSV, and their import into the journal of a folder."""

from __future__ import annotations

import functools
from collections.abc import Generator, Sequence
from pathlib import Path

from studio.data.journal import values
from studio.data.journal.entries import PhotoKey
from studio.data.journal.exports import csv_table
from studio.data.journal.exports.csv_table import Row
from studio.data.journal.journal import Journal
from studio.data.journal.matching import match_photos
from studio.events import Progress, Skipped
from studio.spec import UserError
from studio.system.files import output_file


def export(journal: Journal, file: Path) -> Generator[Progress, None, int]:
    """Write the choices in effect to a CSV file; returns their number.

    Raises:
        UserError: The file cannot be written.
    """
    output_file.require_suffix(file, ".csv")
    history = journal.history
    paths = yield from journal.paths_of(history.choices.keys())
    text = csv_table.text_of(history.entries[: history.position], paths)
    with output_file.written(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
    return len(history.choices.photos) + len(history.choices.accepted)


def import_csv(
    journal: Journal, file: Path, classes: Sequence[str] | None
) -> Generator[Progress, None, tuple[int, list[Skipped]]]:
    """Add the choices of a CSV file to a journal, as one entry.

    Photos are recognized by their hash, or by their path in rows without one.

    Args:
        journal: The journal.
        file: The file.
        classes: Classes of the data set; None if it has none.

    Returns:
        Number of choices, and the rows about photos that are not in the folder.

    Raises:
        UserError: The file or a row is not valid; the message names the line, and nothing was changed.
    """
    rows = csv_table.read(file, frozenset(journal.photos))
    check = functools.partial(_value, file, classes)
    for row in rows:
        check(row)
    contents = yield from journal.hashes().of(journal.photos, None)
    keys_in_file = {
        PhotoKey(content, path, 0) for row in rows for path, content in zip(row.paths, row.hashes, strict=False)
    }
    path_of = {(key.content, key.path): path for path, key in match_photos(keys_in_file, contents).items()}
    usable: list[tuple[Row, list[str]]] = []
    left_out: list[Skipped] = []
    for row in rows:
        if row.hashes:
            paths = [path_of.get((content, path)) for path, content in zip(row.paths, row.hashes, strict=True)]
        else:
            paths = [path if path in contents else None for path in row.paths]
        here = [path for path in paths if path is not None]
        if len(here) < len(paths):
            missing = next(name for name, path in zip(row.paths, paths, strict=True) if path is None)
            left_out.append(Skipped(f"line {row.line}", f"there is no such photo: {missing}"))
        else:
            usable.append((row, here))
    if not usable:
        why = f"No row of “{file}” names a photo in “{journal.root}”." if rows else f"“{file}” has no rows."
        raise UserError(why, "Check that it was exported for this folder.", file)
    all_paths = list(dict.fromkeys(path for _, paths in usable for path in paths))
    keys = dict(zip(all_paths, journal.keys_for(all_paths, contents), strict=True))
    with_keys = [(row, tuple(keys[path] for path in paths)) for row, paths in usable]
    journal.add(csv_table.actions_of(with_keys, check))
    return len(usable), left_out


def _value(file: Path, classes: Sequence[str] | None, row: Row) -> str:
    """The valid value of a row.

    Raises:
        UserError: It is not valid; the message names the line.
    """

    def names() -> Sequence[str]:
        if classes is None:
            raise UserError("This folder has no classes.", f"Remove the rows with “{row.kind}”.")
        return classes

    value = row.value if classes and row.value in classes else row.value.strip()
    try:
        return values.require_valid(row.kind, value, names)
    except UserError as error:
        raise UserError(f"“{file}”, line {row.line}: {error.title}", error.hint, file) from None
