"""Undo of sorting photos into folders: the links and copies made there are removed, and nothing else."""

from __future__ import annotations

import csv
import filecmp
import io
import os
from collections.abc import Generator
from pathlib import Path, PurePosixPath

from studio.data import sorted_folders
from studio.data.tables.predictions.csv_file import CsvFile
from studio.events import Event, SortingUndone
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop
from studio.spec import UserError
from studio.system.files import atomic_files, output_file


def undo(folder: Path, stop: Stop) -> Generator[Event, None, None]:
    """Remove the links and copies that the folder's list names; yields `SortingUndone`.

    A file stays, with the reason, if it is no longer what was made: a link to another file, or a copy that differs from
    its photo. So does a copy whose photo is gone, which may be the only one left. The list then has just what stays.

    Args:
        folder: Folder with photos sorted by `sorted_folders`.
        stop: True once the user asked to stop; what was removed by then is no longer in the list.

    Raises:
        UserError: There are no sorted photos in the folder, its list is damaged, or it cannot be written.
    """
    listing, note = folder / sorted_folders.LISTING, folder / sorted_folders.NOTE
    rows = _rows(folder)
    done, pace = 0, Pace("undo", len(rows), "files")
    left: list[tuple[tuple[str, str, str], str]] = []
    used: set[Path] = set()
    try:
        for photo, made, kind in rows:
            if now := pace.at(done):
                yield now
            if stop():
                break
            place = folder / made
            reason = _remove(place, photo, kind)
            if reason:
                left.append(((photo, made, kind), reason))
            used.add(place.parent)
            done += 1
        yield pace.end(done)
    finally:  # after a stop, too: a list of files that are gone would be wrong
        rest = [row for row, _ in left] + rows[done:]
        try:
            _write(listing, note, rest)
            _remove_empty(used)
        except OSError as error:
            raise output_file.unwritable(folder, error) from error
    yield SortingUndone(
        str(folder), done - len(left), tuple((str(folder / made), why) for (_, made, _), why in left), len(rows) - done
    )


def _rows(folder: Path) -> list[tuple[str, str, str]]:
    """Photo, link or copy, and kind, of each row of the list."""
    listing = folder / sorted_folders.LISTING
    if not listing.is_file() or not (folder / sorted_folders.NOTE).is_file():
        raise UserError(
            f"No photos were sorted into {folder}.",
            f"Choose the folder with {sorted_folders.LISTING} and {sorted_folders.NOTE}.",
            folder,
        )
    try:
        rows = [(photo, made, kind) for photo, made, kind in CsvFile(listing, sorted_folders.COLUMNS).rows()]
    except OSError as error:
        raise UserError(f"{listing} cannot be read ({error.strerror}).", "Check its permissions.", listing) from error
    except ValueError as error:
        raise UserError(f"{listing} is not a list of sorted photos ({error}).", "Nothing was removed.", listing) from (
            error
        )
    for _, made, kind in rows:
        parts = PurePosixPath(made).parts
        if len(parts) != 2 or ".." in parts or os.sep in parts[0] or kind not in ("link", "copy"):
            # A list from elsewhere must not delete files outside the folder.
            raise UserError(f"{listing} names “{made}”, which was not made there.", "Nothing was removed.", listing)
    return rows


def _remove(place: Path, photo: str, kind: str) -> str:
    """Remove a link or copy; returns the reason if it stays."""
    try:
        if place.parent.is_symlink():
            return "its folder is a link now"
        if place.is_symlink():
            if kind != "link" or os.readlink(place) != photo:  # noqa: PTH115  # keeps the text of the link
                return "it is a link to another file now"
        elif not place.exists():
            return ""
        elif not os.path.isfile(photo):  # noqa: PTH113
            return "its photo is gone, so it may be the only copy"
        elif kind == "link" and not place.samefile(photo):  # made where the system permits no symbolic links
            return "it is no longer the link that was made"
        elif kind == "copy" and not filecmp.cmp(place, photo, shallow=False):
            return "it differs from its photo now"
        place.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _write(listing: Path, note: Path, rest: list[tuple[str, str, str]]) -> None:
    """Write what is left to the list, or remove list and note."""
    if not rest:
        listing.unlink(missing_ok=True)
        note.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sorted_folders.COLUMNS)
    writer.writerows(rest)
    with atomic_files.atomic_write(listing) as file:
        file.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))


def _remove_empty(folders: set[Path]) -> None:
    """Remove the folders of classes that are empty now."""
    for one in folders:
        if one.is_dir() and not one.is_symlink() and not any(one.iterdir()):
            one.rmdir()
