"""Log of defects: the data for a bug report go into a file instead of the user's terminal.

A large log is rotated once. Each entry is appended by opening the file, because several processes (a window, a
training in a terminal) share it.
"""

from __future__ import annotations

import contextlib
import datetime
import platform
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from studio.spec import UserError
from studio.system import failures, names, paths

NAME = "defects.log"
MAX_BYTES = 1 << 20
"""Size at which the log is rotated; one old file is preserved."""


@dataclass(frozen=True)
class Defect:
    """An error that no code of the program handled.

    Attributes:
        title: What happened, one sentence.
        hint: What to do; "" if the error can only be reported.
        time: Time with time zone.
        trace: Traceback without frames, which would keep windows and tensors alive; None for a message of Qt's.
        message: Qt's message; "" for an exception.
        log: The log file; None if it could not be written.
        repeated: True after an earlier error at the same place in this process.
    """

    title: str
    hint: str
    time: str
    trace: traceback.TracebackException | None = None
    message: str = ""
    log: Path | None = None
    repeated: bool = False


Listener = Callable[[Defect], object]
_Place = tuple[object, ...]

_lock = threading.Lock()
_counts: Counter[_Place] = Counter()
_listener: Listener | None = None


def defect(error: BaseException) -> Path | None:
    """Log an unexpected error; returns the log file, or None if it could not be written."""
    return _write("".join(traceback.format_exception(error)))


def message(text: str, listened: bool = False) -> Path | None:
    """Log a message of a library such as Qt; of repetitions only the 10th, 100th and so on.

    Args:
        text: The message.
        listened: Inform the listener, too, because the message means a defect.

    Returns:
        The log file; None if nothing was written.
    """
    count = _count(("message", text))
    file = _write(f"{text}{_times(count)}\n") if _is_written(count) else None
    if listened:
        _notify(Defect(text, "", _now(), message=text, log=file, repeated=count > 1))
    return file


def install(listener: Listener | None = None) -> None:
    """Log errors that no code catches, in slots of the window and in threads.

    Args:
        listener: Called with each such error, in the thread in which it happened.
    """
    global _listener
    _listener = listener
    _counts.clear()
    sys.excepthook = _uncaught
    threading.excepthook = _in_thread


def _write(text: str) -> Path | None:
    entry = "\n".join(
        (
            f"=== {_now()}",
            f"Thaw Studio {_version()}, Python {platform.python_version()}, {platform.platform()}",
            " ".join(map(names.command_word, sys.argv)),
            text,
        )
    )
    for folder in (paths.state_folder, paths.spare_folder):
        try:
            return _append(folder() / NAME, entry)
        except (OSError, UserError):  # a UserError where there is not even a temporary folder
            continue
    return None


def _append(file: Path, entry: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > MAX_BYTES:
        with contextlib.suppress(FileNotFoundError):  # another process was quicker
            file.replace(file.with_suffix(".old.log"))
    with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"{entry}\n")
    return file


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    count = _count((kind, *((frame.f_code, line) for frame, line in traceback.walk_tb(trace))))
    # Only the 1st, 10th, 100th … repetition: a failing timer must not push the first error, the cause, out of the log.
    words, file = failures.message_of(error), None
    if _is_written(count):
        text = "".join(traceback.format_exception(error.with_traceback(trace)))
        file = _write(f"{text.rstrip()}{_times(count)}\n")
    if count == 1 and file is None:
        sys.__excepthook__(kind, error, trace)
    elif count == 1:
        print(names.escaped(f"thaw: {words.title} Please report it with the log {file}."), file=sys.stderr)
    hint = "" if words.defect else words.hint
    _notify(Defect(words.title, hint, _now(), _without_frames(error), log=file, repeated=count > 1))


def _in_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)


def _without_frames(error: BaseException) -> traceback.TracebackException:
    return traceback.TracebackException.from_exception(error, compact=True)


def _notify(defect: Defect) -> None:
    try:
        if _listener is not None:
            _listener(defect)
    except Exception as error:  # the window is gone; raised here, it would end in this hook again
        _write("".join(traceback.format_exception(error)))


def _count(place: _Place) -> int:
    with _lock:
        _counts[place] += 1
        return _counts[place]


def _is_written(count: int) -> bool:
    """True for the 1st, 10th, 100th, … repetition."""
    return str(count).rstrip("0") == "1"


def _times(count: int) -> str:
    return f"\n(for the {count}th time)" if count > 1 else ""


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("thaw-studio")
    except importlib.metadata.PackageNotFoundError:
        return "?"
