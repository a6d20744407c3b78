"""Output of commands: results on stdout, errors on stderr, and with `--json` always exactly one document on stdout.

The module imports nothing large: a command that is stopped or fails during its start must be able to report it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from studio.spec import UserError
from studio.system import failures, log, names, worker_place
from studio.system.failures import ErrorMessage
from studio.system.process import signals

DONE, DEFECT, REFUSED, UNPROVED, STOPPED = 0, 1, 2, 4, 130
"""Exit statuses: success, a defect of this program, bad input or environment, an export without proof, stopped."""

DIFFERS, CANNOT = 4, 5
"""Exit statuses of a replay: the results differ; the run cannot be trained again."""


@dataclass
class _State:
    """Output options and state of the running command.

    Attributes:
        started: True once the command line was parsed.
        json: True if errors are printed as JSON documents, too.
        debug: True if errors are printed with a traceback.
        quiet_stop: True if another worker on this computer reports that the command was stopped.
        printed: True once the JSON document was printed.
        paths: Files and folders on the command line.
        stdout: The stream of results inside `results_only`; None for `sys.stdout`.
    """

    started: bool = False
    json: bool = False
    debug: bool = False
    quiet_stop: bool = False
    printed: bool = False
    paths: tuple[str, ...] = ()
    stdout: TextIO | None = None


_state = _State()


def begin(arguments: Sequence[str]) -> None:
    """Read the output options first, so that errors in the command line itself are reported as they ask."""
    options = list(arguments)
    options = options[: options.index("--")] if "--" in options else options
    # Of several workers, the first one prints the document.
    _state.json = _holds(options, "--json", "--j") and not worker_place.is_assistant()
    _state.quiet_stop = worker_place.local_rank() > 0
    _state.debug = _holds(options, "--debug", "--deb") or os.environ.get("THAW_DEBUG", "") not in ("", "0")
    _state.printed = False
    _state.started = True
    _state.paths = ()


def _holds(options: Sequence[str], name: str, shortest: str) -> bool:
    """True if an option is present, in full or abbreviated as argparse accepts it."""
    return any(option.startswith(shortest) and name.startswith(option) for option in options)


def is_started() -> bool:
    """True once `begin` was called."""
    return _state.started


def concerns(paths: Sequence[str]) -> None:
    """Set the files and folders on the command line, to find the one that the title of an error names."""
    _state.paths = tuple(sorted(paths, key=len, reverse=True))


@contextlib.contextmanager
def results_only() -> Iterator[None]:
    """Send what other code prints to stderr, such as the forward pass of a user's own network."""
    _state.stdout = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _state.stdout = None


def _stdout() -> TextIO:
    return _state.stdout or sys.stdout


def say(text: str = "") -> None:
    """Print a line on stdout, with line breaks and control codes shown as escapes."""
    _write(f"{names.escaped(text)}\n")


def say_table(rows: list[list[str]], right: set[int] | None = None) -> None:
    """Print rows as an aligned table on stdout; columns in `right` are right-aligned."""
    _write(f"{columns(rows, right)}\n")


def columns(rows: list[list[str]], right: set[int] | None = None) -> str:
    """Rows as an aligned table; columns in `right` are right-aligned."""
    rows = [[names.escaped(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if index in (right or set()) else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def say_json(document: Any) -> None:
    """Print the one JSON document on stdout."""
    assert not _state.printed, "a second document"
    unicode = (_stdout().encoding or "").lower().startswith("utf")
    try:
        text = json.dumps(document, indent=1, ensure_ascii=not unicode, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(document), indent=1, ensure_ascii=not unicode)
    text = names.escaped_json(text)
    _state.printed = True
    _write(f"{text}\n")


def _finite(value: Any) -> Any:
    """The document with null for NaN and infinity, which JSON does not have; an old record may contain such a loss."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def complain(title: str, hint: str = "") -> None:
    """Print one line on stderr."""
    print(names.escaped(f"thaw: {title} {hint}".rstrip()), file=sys.stderr)


def is_confirmed(question: str) -> bool:
    """Ask a question on stderr; True if the answer on stdin is “y” or “yes”, False for any other."""
    print(f"{names.escaped_lines(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def flush() -> None:
    """Flush stdout.

    Raises:
        UserError: It cannot be written.
        BrokenPipeError: Its reader is gone.
    """
    _write("")
    try:
        _stdout().flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritten(error) from error


def error_document(message: ErrorMessage) -> dict[str, Any]:
    """The JSON document of a failed command."""
    file = message.file or next((path for path in _state.paths if _names(message.title, path)), None)
    return {"error": message.title, "hint": message.hint, "file": file}


def _names(title: str, path: str) -> bool:
    """True if a sentence names a path; a bare name counts only in quotation marks, because it may be any word."""
    if os.sep not in path:
        return f"“{path}”" in title
    return re.search(rf"(?<![\w/]){re.escape(path)}(?![\w/])", title) is not None


def report(error: BaseException) -> int:
    """Print why the command failed; returns its exit status."""
    if isinstance(error, SystemExit):  # argparse, after --help
        return error.code if isinstance(error.code, int) else DONE if error.code is None else DEFECT
    if isinstance(error, BrokenPipeError):  # `thaw backbones | head`
        _drop_stdout()
        return DONE
    if signals.stop_requested() or isinstance(error, KeyboardInterrupt):
        if not _state.quiet_stop:
            _fail(ErrorMessage("Stopped."))
        return STOPPED
    if _state.debug:
        traceback.print_exception(error)
    message = failures.message_of(error)
    if not message.defect:
        _fail(message)
        return REFUSED
    file = log.defect(error)
    if file is None and not _state.debug:
        traceback.print_exception(error)
    _fail(ErrorMessage(message.title, f"Please report it with the log {file}." if file else "Please report it."))
    return DEFECT


def _fail(message: ErrorMessage) -> None:
    complain(message.title, message.hint)
    if _state.json and not _state.printed:
        try:
            say_json(error_document(message))
            flush()
        except (UserError, BrokenPipeError):  # the exit status reports the error
            _drop_stdout()


def _write(text: str) -> None:
    try:
        _stdout().write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritten(error) from error


def _unwritten(error: OSError) -> UserError:
    _drop_stdout()
    _state.printed = True  # half a document may be out; a second one would not repair it
    return UserError(
        f"The results could not be written to standard output: {error.strerror or error}.",
        "Redirect them elsewhere, and run the command again.",
    )


def _drop_stdout() -> None:
    """Redirect buffered output to the null device: otherwise Python reports an error at exit."""
    try:
        descriptor = _stdout().fileno()
    except (OSError, ValueError):  # stdout is not a stream of this process
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
