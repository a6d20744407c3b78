"""Output of `thaw replay`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.commands.automation.replay import encoded
from studio.commands.automation.replay import replay as replay_run
from studio.events import Event, RunReplayed
from studio.jobs.protocol import Work
from studio.spec.structs import asdict
from studio.system import output
from studio.system.output import CANNOT, DIFFERS, DONE, say, say_json

STATUS = {"same": DONE, "differs": DIFFERS, "cannot": CANNOT}

SHOWN = 10
"""Largest number of differences that are printed."""


def replay(options: argparse.Namespace) -> int:
    """Train a run again from its record, and print whether the results are the same."""
    work = replay_run(options.run, options.out, options.data, options.cached)
    events = list(_printed(work)) if options.events else progress.drain(work)
    result = next(event for event in events if isinstance(event, RunReplayed))
    if options.events:
        pass
    elif options.json:
        say_json(document(result))
    else:
        _say(result)
    return STATUS[result.result]


def _printed(work: Work) -> Iterator[Event]:
    """The events of the job, each printed as a line of JSON as soon as it arrives."""
    for event in progress.follow(work):
        say(encoded(event))
        output.flush()
        yield event


def document(result: RunReplayed) -> dict[str, Any]:
    """The JSON document: `why` is one text, `reasons` has its sentences."""
    fields = {**asdict(result), "why": " ".join(result.why), "reasons": list(result.why)}
    fields["unchecked"] = list(result.unchecked)
    return fields


def _say(result: RunReplayed) -> None:
    name = Path(result.run).name
    epochs = "1 epoch" if result.epochs == 1 else f"{result.epochs} epochs"
    if result.result == "same":
        what = "all that could be compared" if result.unchecked else "all losses, metrics and weights"
        say(f"Same: {what} of {name} {'is' if result.unchecked else 'are'} equal bit for bit, over {epochs}.")
    elif result.result == "differs":
        size = "" if result.largest_difference is None else f" by up to {result.largest_difference:.2g}"
        say(f"Differs{size}: the results are not those of {name}.")
    else:
        say(f"Cannot be replayed: {name}.")
    for sentence in result.why:
        say(f"  {sentence}")
    for one in result.differences[:SHOWN]:
        where = f"epoch {one.epoch}, {one.what}" if one.epoch else one.what
        say(f"  {where}: {one.difference:.2g}")
    if len(result.differences) > SHOWN:
        say(f"  and {len(result.differences) - SHOWN:,} more differences (--json has all)")
    if result.unchecked:
        say("Not checked:")
    for sentence in result.unchecked:
        say(f"  {sentence}")
    if result.folder:
        say(f"Run: {result.folder}")
