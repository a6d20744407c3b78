"""Processes that a job starts and whose output it reads line by line; stopping the job ends them at once.

torch's exporters change torch's global state and cannot be interrupted: in a process of their own they do not disturb
a run, and Stop takes effect at once. The same holds for a replay, which sets torch's number of threads. The
comparison of an exported file runs in one, too, because the file must work without the studio.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import IO

from studio.jobs.protocol import Interrupted, Stop
from studio.spec import UserError

TICK = 0.1
"""Seconds between two calls of `stop`."""

ROOT = Path(__file__).parents[2]
"""Folder that contains the package `studio`."""


def lines(arguments: Sequence[str], text: str, stop: Stop, with_studio: bool) -> Generator[str, None, str]:
    """Run Python and yield each line that it prints; returns "" or, if it fails, its stderr or exit status.

    Args:
        arguments: Arguments of Python.
        text: Its standard input.
        stop: Called ten times a second.
        with_studio: True where it must find the package `studio`.

    Raises:
        Interrupted: `stop` returned True; the process was ended.
        UserError: Python cannot be started.
    """
    if getattr(sys, "frozen", False):
        arguments = _for_bundle(arguments)
    return (yield from _lines([sys.executable, *arguments], text, stop, _environment() if with_studio else None))


def lines_of_studio(arguments: Sequence[str], temporary: Path, stop: Stop) -> Generator[str, None, str]:
    """Run a command of this program (`thaw ARGUMENTS`) and yield each line that it prints; returns like `lines`.

    Args:
        arguments: The command and its options.
        temporary: Folder for its temporary files, which the caller deletes: a killed process leaves them.
        stop: Called ten times a second.

    Raises:
        Interrupted: `stop` returned True; the process was ended.
        UserError: It cannot be started.
    """
    module = [] if getattr(sys, "frozen", False) else ["-m", "studio"]  # the bundle is the program itself
    environment = _environment() | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return (yield from _lines([sys.executable, *module, *arguments], "", stop, environment))


def _for_bundle(arguments: Sequence[str]) -> list[str]:
    """Arguments of Python as those of a bundle, whose own Python runs only `-P -c PROGRAM` (`packaging/pyinstaller`).

    A bundle never searches PYTHONPATH or the current folder, so that `-I` is left out.
    """
    first, *others = arguments[1:] if arguments[0] == "-I" else arguments
    if first == "-c":
        return ["-P", first, *others]
    if first == "-m":
        # In `sys.modules`, where msgspec looks for the types of the module's classes.
        module, *others = others
        return ["-P", "-c", f"import runpy; runpy.run_module({module!r}, None, '__main__', alter_sys=True)", *others]
    program = "import runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
    return ["-P", "-c", program, first, *others]


def _environment() -> dict[str, str]:
    """The environment variables of this process, changed so that Python finds the package `studio`."""
    places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in places if place)}


def _lines(
    command: Sequence[str], text: str, stop: Stop, environment: dict[str, str] | None
) -> Generator[str, None, str]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=environment,
            )
        except OSError as error:
            raise UserError(
                f"Python cannot be started ({error.strerror or error}).", "Check the installation."
            ) from error
        assert process.stdin is not None
        assert process.stdout is not None
        found: queue.Queue[str | None] = queue.Queue()
        threads = [
            threading.Thread(target=_write, args=(process.stdin, text), daemon=True),
            threading.Thread(target=_read, args=(process.stdout, found), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            while True:
                if stop():
                    raise Interrupted
                with contextlib.suppress(queue.Empty):
                    line = found.get(timeout=TICK)
                    if line is None:
                        break
                    yield line
            status = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for thread in threads:
                thread.join()
            process.stdout.close()
        errors.seek(0)
        return errors.read() or f"exit status {status}" if status else ""


def _write(stream: IO[str], text: str) -> None:
    with contextlib.suppress(OSError), stream:  # the process ended before it read everything
        stream.write(text)


def _read(stream: IO[str], found: queue.Queue[str | None]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in stream:
            found.put(line)
    found.put(None)
