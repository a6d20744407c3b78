"""The command `thaw` as a process of its own.

Everything is imported inside functions, so that Ctrl+C stops the program cleanly from the first moment on.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing that of `typing` takes 20 ms, in which Ctrl+C would end in a traceback
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    try:
        status = _status()
    except BaseException as error:  # during the start: Ctrl+C, or too little memory for a library
        _ignore_interruptions()
        status = _failed(error)
    from studio.system.process.exit import end

    end(status)


def _status() -> int:
    from studio.system.process import signals, streams

    signals.install()
    streams.secure()
    from studio.system import log
    from studio.system.process import environment

    log.install()
    environment.complete()
    environment.require_room()
    from studio.cli import main

    status = main.main()
    signals.finish()
    return status


def _ignore_interruptions() -> None:
    """Ignore a second Ctrl+C, which would interrupt the imports of `_failed` with a traceback."""
    # It is built into the interpreter, so that importing it reads no file, unlike `signal`.
    import _signal  # type: ignore[import-not-found]

    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, _signal.SIG_IGN)


def _failed(error: BaseException) -> int:
    import sys

    from studio.system import output
    from studio.system.process import streams

    streams.secure()
    if not output.is_started():
        output.begin(sys.argv[1:])
    return output.report(error)


if __name__ == "__main__":
    run()
