"""Writes the file of a whole model in a separate process: `python -m studio.engine.export.model.conversion`.

The process reads a `Request` as JSON from standard input and prints one line of JSON for each event.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Literal

import msgspec

from studio.engine.export.model import model_registry
from studio.engine.export.model.model_format import Precision
from studio.events import Event, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.jobs import processes
from studio.jobs.protocol import Stop, never
from studio.spec import UserError


class Request(msgspec.Struct, frozen=True):
    """What to write.

    Attributes:
        run: Folder of the run.
        which: The last or the best epoch.
        format: Name of the format.
        precision: Number type of the weights.
        writer: One of the format's writers.
        file: The file to write.
        photos: Training photos, for a precision that is calibrated on them.
    """

    run: str
    which: WeightsChoice
    format: str
    precision: Precision
    writer: str
    file: str
    photos: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True):
    """A line that the process prints.

    Attributes:
        kind: “stage”, “warned”, “refused” (an error that the user can correct), or “failed”.
        title, hint: As in the event or the error.
    """

    kind: Literal["stage", "warned", "refused", "failed"]
    title: str
    hint: str = ""


class WriterFailedError(Exception):
    """A writer failed for this network; the message is the reason."""


def convert(request: Request) -> Generator[Event, None, None]:
    """Write the file, in this process.

    Raises:
        UserError: The run cannot be loaded, or the format cannot hold it.
    """
    import studio.engine  # noqa: F401  # sets environment variables that torch reads at import
    from studio.engine.export.model import about, whole_model

    model = yield from whole_model.load(Path(request.run), request.which, never)
    one = model_registry.model_format(request.format)
    yield Stage("export", f"Writing {one.title} with {request.writer}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's exporters about their own code; the comparison decides
        description = about.describe(model)
        one.write(model, description, Path(request.file), request.precision, request.writer, list(request.photos))


def in_process(request: Request, stop: Stop) -> Generator[Event, None, None]:
    """Write the file in another process.

    Raises:
        UserError: As in `convert`.
        WriterFailedError: The writer failed.
    """
    arguments = ["-m", "studio.engine.export.model.conversion"]
    printed = processes.lines(arguments, msgspec.json.encode(request).decode(), stop, with_studio=True)
    failure = ""
    while True:
        try:
            line = msgspec.json.decode(next(printed), type=Line)
        except StopIteration as end:
            failure = failure or (str(end.value).strip().splitlines() or [""])[-1]
            break
        if line.kind == "stage":
            yield Stage("export", line.title)
        elif line.kind == "warned":
            yield Warned(line.title, line.hint)
        elif line.kind == "refused":
            raise UserError(line.title, line.hint)
        else:
            failure = line.title
    if failure:
        raise WriterFailedError(failure)


def main() -> None:
    """Read a request, write its file, and print the events."""
    printed = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to stderr

    def say(kind: Literal["stage", "warned", "refused", "failed"], title: str, hint: str = "") -> None:
        printed.write(msgspec.json.encode(Line(kind, title, hint)).decode() + "\n")
        printed.flush()

    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    try:
        for event in convert(request):
            if isinstance(event, Stage):
                say("stage", event.title)
            elif isinstance(event, Warned):
                say("warned", event.title, event.hint)
    except UserError as error:
        say("refused", error.title, error.hint)
    except Exception as error:  # torch's exporters may raise anything for a network that they cannot export
        traceback.print_exc()
        words = str(error).strip().splitlines() or [type(error).__name__]
        say("failed", f"{type(error).__name__}: {words[0]}"[:500])


if __name__ == "__main__":
    main()
