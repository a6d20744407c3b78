"""The log of defects: what a bug report needs, in a file, instead of a traceback on the user's terminal."""

from __future__ import annotations

import datetime
import platform
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from studio.spec import Fault
from studio.system import failures, names, paths

LARGEST = 1 << 20
"""Bytes from which the log is begun anew; the last one stays beside it."""


def defect(error: BaseException) -> Path | None:
    """Add an unexpected error to the log; returns the file, None where nothing can be written."""
    entry = "\n".join(
        (
            f"=== {datetime.datetime.now().astimezone().isoformat(timespec='seconds')}",
            f"Thaw Studio {_version()}, Python {platform.python_version()}, {platform.platform()}",
            " ".join(map(names.command_word, sys.argv)),
            "".join(traceback.format_exception(error)),
        )
    )
    for folder in (paths.state_folder, paths.spare_folder):
        try:
            return _append(folder() / "defects.log", entry)
        except (OSError, Fault):  # a Fault where there is not even a temporary folder
            continue
    return None


def install() -> None:
    """Log what nothing in the program catches: in a slot of the window, in a thread."""
    sys.excepthook = _uncaught
    threading.excepthook = _in_thread


def _append(file: Path, entry: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LARGEST:
        file.replace(file.with_suffix(".old.log"))
    with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"{entry}\n")
    return file


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    file = defect(error.with_traceback(trace))
    if file is None:
        sys.__excepthook__(kind, error, trace)
        return
    title = failures.in_words(error).title
    print(names.escaped(f"thaw: {title} Please report it with the log {file}."), file=sys.stderr)


def _in_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("thaw-studio")
    except importlib.metadata.PackageNotFoundError:
        return "?"
