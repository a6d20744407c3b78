"""The command `thaw` as a process of its own.

Everything is imported inside functions, so that Ctrl+C is a stop from the first moment on.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes 20 ms to import, in which Ctrl+C would end in a traceback
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and end the process with its exit status."""
    try:
        status = _status()
    except BaseException as error:  # while it starts: an interruption, no room for a library
        status = _failed(error)
    from studio.ending import end

    end(status)


def _status() -> int:
    from studio import signals, streams

    signals.install()
    streams.secure()
    from studio import log, surroundings

    log.install()
    surroundings.settle()
    surroundings.require_room()
    from studio import cli

    status = cli.main()
    signals.finish()
    return status


def _failed(error: BaseException) -> int:
    from studio import signals

    signals.finish()  # before the rest is imported: a second Ctrl+C would end in a traceback
    import sys

    from studio import output, streams

    streams.secure()
    if not output.begun():
        output.begin(sys.argv[1:])
    return output.report(error)


if __name__ == "__main__":
    run()
