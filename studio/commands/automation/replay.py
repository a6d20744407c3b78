"""The job that trains a run again from its record and compares the results."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import msgspec

from studio.catalog import network_files
from studio.commands.backbones import available
from studio.commands.dataset import require_folder
from studio.commands.imports import imported
from studio.events import Event, Events, Progress, RunReplayed, Stage, Waiting, Warned
from studio.jobs import processes
from studio.jobs.protocol import Stop, Work
from studio.runs import folder as runs
from studio.spec import UserError
from studio.system import paths

KINDS: dict[str, type[Stage | Progress | Waiting | Warned | RunReplayed]] = {
    kind.__name__: kind for kind in (Stage, Progress, Waiting, Warned, RunReplayed)
}
"""Kinds of events that are passed on from the process of a replay, by name."""

ERROR = "thaw: "
"""Start of the line in which a command that failed says why."""


def replay(run: Path, out: Path | None = None, data: Path | None = None, cached: bool = False) -> Work:
    """Train a run again from its record: `RunReplayed` says whether the results are the same.

    Args:
        run: Folder of the run, which is only read.
        out: New folder for the second run; None for a temporary one that is deleted.
        data: Where the photos are now, if they were moved.
        cached: Take features from the user's cache; otherwise all are computed again.

    Raises:
        UserError: There is no run, or it cannot be read; or `out` cannot be used. Photos or weights that
            have changed since the run are no error, but a result.
    """

    def work(stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        record = runs.read(where)
        if out is not None:
            runs.require_free(out.absolute())
        folder = str(paths.expanded(data).absolute()) if data is not None else ""
        try:
            available(network_files.located(record.spec.backbone, where))
        except UserError as error:
            yield _cannot(where, error)
            return
        try:
            yield from require_folder(record.spec.dataset.moved(folder))
        except UserError as error:
            yield _cannot(where, error, "" if folder else "If the photos were moved, say where they are now.")
            return
        yield from imported()
        from studio.engine.replay.replay import replay

        yield from replay(where, out, stop, folder, paths.cache_folder() if cached else None)

    return work


def replay_beside(run: Path) -> Work:
    """As `replay`, in a process of its own: it disturbs no training in this one, and Stop ends it at once.

    Raises:
        UserError: There is no run, or it cannot be read.
    """

    def work(stop: Stop) -> Events:
        result: RunReplayed | None = None
        with tempfile.TemporaryDirectory(prefix="thaw-replay-", ignore_cleanup_errors=True) as place:
            printed = processes.lines_of_studio(["replay", str(run), "--events"], Path(place), stop)
            failure = ""
            while True:
                try:
                    line = next(printed)
                except StopIteration as end:
                    failure = str(end.value)
                    break
                event = decoded(line)
                if event is not None:
                    yield event
                    result = event if isinstance(event, RunReplayed) else result
        if result is None:
            said = [line for line in failure.splitlines() if line.startswith(ERROR)]
            if said:
                raise UserError(said[-1].removeprefix(ERROR), "")
            raise UserError(
                "The process of the replay ended without a result.",
                "There may not have been enough memory. “thaw replay RUN” in a terminal shows all of its output.",
            )

    return work


def encoded(event: Event) -> str:
    """An event as a line of JSON: its kind as `event`, then its fields; infinite numbers are null."""
    fields = msgspec.to_builtins(event)
    return msgspec.json.encode({"event": type(event).__name__, **fields}).decode()


def decoded(line: str) -> Stage | Progress | Waiting | Warned | RunReplayed | None:
    """The event in such a line; None for another line, or another kind of event."""
    try:
        fields = msgspec.json.decode(line)
        kind = KINDS[fields.pop("event")]
        for one in fields.get("differences", ()):
            one["difference"] = math.inf if one["difference"] is None else one["difference"]
        return msgspec.convert(fields, kind)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _cannot(run: Path, error: UserError, hint: str = "") -> RunReplayed:
    return RunReplayed(str(run), "cannot", why=(f"{error.title} {error.hint}".strip(), *([hint] if hint else [])))
