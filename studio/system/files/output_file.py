"""A result file whose path the user chose: checked before the work, written atomically, with errors for the user."""

from __future__ import annotations

import contextlib
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from studio.spec import UserError
from studio.system.files import atomic_files


def require_suffix(file: Path, *suffixes: str) -> None:
    """Raise a `UserError` unless the file ends in one of these suffixes, in upper or lower case.

    This prevents a mistyped path from replacing a photo.
    """
    if file.suffix.lower() not in suffixes:
        raise wrong_suffix(file, *suffixes)


def wrong_suffix(file: Path, *suffixes: str) -> UserError:
    """The error for a file that ends in none of these suffixes."""
    names = " or ".join([", ".join(suffixes[:-1]), suffixes[-1]] if len(suffixes) > 1 else suffixes)
    hint = "Choose one of these suffixes." if len(suffixes) > 1 else "Choose this suffix."
    return UserError(f"{file.name} should end in {names}.", hint, file)


def require_writable(file: Path) -> None:
    """Raise a `UserError` unless the file can be written, without creating it; call it before long work."""
    if not file.parent.is_dir():
        raise UserError(f"There is no folder {file.parent}.", "Create it, or choose another one.", file.parent)
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise unwritable(file, error) from error


def require_other(file: Path, photo: str | Path) -> None:
    """Raise a `UserError` if the file is the photo that the work reads, also by another path to it."""
    try:
        same = file.samefile(photo)
    except OSError:  # one of them does not exist
        return
    if same:
        raise UserError(f"{file} is the photo itself, which would be replaced.", "Choose another file.", file)


@contextlib.contextmanager
def written(file: Path) -> Iterator[Path]:
    """Context with a temporary path to write to, which replaces `file` at the end.

    Raises:
        UserError: The file cannot be written.
    """
    try:
        with atomic_files.atomic_write(file, sync=True) as temporary:
            yield temporary
    except OSError as error:
        raise unwritable(file, error) from error


def unwritable(file: Path, error: OSError) -> UserError:
    """The error for a file that cannot be written."""
    hint = "Free some space, or choose another disk." if error.errno == errno.ENOSPC else "Choose another folder."
    return UserError(f"{file} cannot be written ({error.strerror or error}).", hint, file)
