"""Choices of a journal as a CSV file: path, hash, action, value, time; a row per choice."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.data.journal.actions import ROWS
from studio.data.journal.choices import Choices, choices_of
from studio.data.journal.entries import Action, Entry, PhotoKey
from studio.spec import UserError
from studio.spec.journal import ActionKind

COLUMNS = ("path", "hash", "action", "value", "time")
KINDS: tuple[ActionKind, ...] = tuple(kind for kind, row in ROWS.items() if row.takes_back is None)
"""Kinds of actions in a file; the other kinds only reverse these."""

BETWEEN_PATHS = " | "
"""Separator of the paths of a finding on several photos; their hashes are separated by a space."""

MOST_PARTS = 12
"""Most parts of a cell for which all ways to join them to paths are tried: names may have the separator."""

_FORM = f"Its first line should be {','.join(COLUMNS)}."


@dataclass(frozen=True)
class Row:
    """A row of a file.

    Attributes:
        line: Number of its line, from 1.
        paths: Paths of its photos; several only for a finding.
        hashes: Hashes of their files; empty if the file has none.
        kind: The action.
        value: Its value, with spaces at its ends, which the name of a class may have.
    """

    line: int
    paths: tuple[str, ...]
    hashes: tuple[str, ...]
    kind: ActionKind
    value: str


def text_of(entries: Sequence[Entry], paths: Mapping[PhotoKey, str]) -> str:
    """The choices in effect as CSV.

    Args:
        entries: Entries in effect.
        paths: Present paths of the photos that are in the folder.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    times = _times(entries)
    for kind, value, keys in _rows(choices_of(entries)):
        where = BETWEEN_PATHS.join(paths.get(key, key.path) for key in keys)
        time = times[kind, value if kind == "accept" else "", frozenset(keys)]
        table.writerow([where, " ".join(key.content for key in keys), kind, value, time])
    return out.getvalue()


def _rows(choices: Choices) -> Iterable[tuple[ActionKind, str, tuple[PhotoKey, ...]]]:
    """Action, value and photos of each choice."""
    for key, choice in sorted(choices.photos.items(), key=lambda item: item[0].path):
        for kind, row in ROWS.items():
            if row.value_of is not None and (value := row.value_of(choice)):
                yield kind, value if row.names else "", (key,)
    for finding, keys in sorted(choices.accepted, key=lambda one: (one[0], sorted(key.path for key in one[1]))):
        yield "accept", finding, tuple(sorted(keys, key=lambda key: key.path))


def _times(entries: Sequence[Entry]) -> dict[tuple[str, str, frozenset[PhotoKey]], str]:
    """Time of the last action of each kind on each photo or finding."""
    times: dict[tuple[str, str, frozenset[PhotoKey]], str] = {}
    for entry in entries:
        for action in entry.actions:
            if action.kind == "accept":
                times[action.kind, action.value, frozenset(action.photos)] = entry.time
            else:
                times |= {(action.kind, "", frozenset({key})): entry.time for key in action.photos}
    return times


def read(file: Path, photos: Collection[str] = ()) -> list[Row]:
    """Read a file of choices.

    Args:
        file: The file.
        photos: Paths of the photos that it may name.

    Raises:
        UserError: It cannot be read, or a row has no such action; the message names the line.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"“{file}” is not UTF-8 text.", "Save it as CSV in UTF-8.", file) from error
    except OSError as error:
        raise UserError(f"“{file}” cannot be read ({error.strerror or error}).", "Check the path.", file) from error
    try:
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(table, [])]
        if not {"path", "action"} <= set(header):
            raise UserError(f"“{file}” has no columns “path” and “action”.", _FORM, file)
        return [
            _row(file, table.line_num, dict(zip(header, cells, strict=False)), photos) for cells in table if any(cells)
        ]
    except csv.Error as error:
        raise UserError(f"“{file}”, line {table.line_num}, is not CSV: {error}.", _FORM, file) from error


def _row(file: Path, line: int, cells: Mapping[str, str], photos: Collection[str]) -> Row:
    kind = cells.get("action", "").strip()
    if kind not in KINDS:
        raise UserError(
            f"“{file}”, line {line}: there is no action “{kind}”.", f"The actions are {', '.join(KINDS)}.", file
        )
    path, hashes = cells.get("path", ""), tuple(cells.get("hash", "").split())
    several = kind == "accept" and len(hashes) != 1
    paths = _paths(path, len(hashes), photos) if several and path else (path,) if path else ()
    if hashes and len(hashes) != len(paths):
        raise UserError(
            f"“{file}”, line {line}: {len(paths)} paths and {len(hashes)} hashes.",
            f"Separate paths by “{BETWEEN_PATHS}” and hashes by a space, or leave the hash empty.",
            file,
        )
    if not paths and kind != "accept":
        raise UserError(f"“{file}”, line {line} names no photo.", _FORM, file)
    return Row(line, paths, hashes, kind, cells.get("value", ""))


def _paths(text: str, number: int, photos: Collection[str]) -> tuple[str, ...]:
    """The paths in a cell, as many as there are hashes, if there are any; those of photos where names have “ | ”."""
    parts = text.split(BETWEEN_PATHS)
    if not 0 < number < len(parts) <= MOST_PARTS:
        return tuple(parts)
    ways = (
        tuple(BETWEEN_PATHS.join(parts[start:end]) for start, end in itertools.pairwise((0, *ends, len(parts))))
        for ends in itertools.combinations(range(1, len(parts)), number - 1)
    )
    return max(ways, key=lambda paths: sum(path in photos for path in paths))


def actions_of(rows: Iterable[tuple[Row, tuple[PhotoKey, ...]]], check: Callable[[Row], str]) -> list[Action]:
    """The actions of rows; rows of the same kind and value become one action on all of their photos.

    Args:
        rows: Rows with the photos that they name.
        check: Returns the valid value of a row, or raises.
    """
    grouped: dict[tuple[ActionKind, str], list[PhotoKey]] = {}
    actions: list[Action] = []
    for row, keys in rows:
        value = check(row)
        if row.kind == "accept":
            actions.append(Action(row.kind, value, keys))
        else:
            grouped.setdefault((row.kind, value), []).extend(keys)
    return [*(Action(kind, value, tuple(keys)) for (kind, value), keys in grouped.items()), *actions]
