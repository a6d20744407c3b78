"""Output of `thaw queue`: the queued runs, including those of open windows, and how each one ended."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.cli.options.specs import backbone_of, run_of
from studio.commands import imports, network
from studio.commands.backbones import available
from studio.commands.batches import named_layers
from studio.commands.batches.queue import train_queued
from studio.events import LayerTable, RunStarted
from studio.events.runs import STATE_WORDS
from studio.formatting import run_names
from studio.formatting.numbers import many, plain
from studio.formatting.times import local
from studio.runs import index
from studio.runs.batches import queue_view
from studio.runs.batches.run_queue import QueueContent, QueuedRun, RunQueue
from studio.session.runs import run_differences
from studio.session.runs.queue_file import waiting_in_windows
from studio.spec import RunSpec, UserError
from studio.spec.encoding.serialization import to_json
from studio.spec.structs import replace
from studio.spec.validation import check
from studio.system import output
from studio.system.output import complain, say, say_json, say_table


def queue(options: argparse.Namespace) -> int:
    """List, change or run the queue."""
    actions = {"add": _add, "move": _move, "start": _start, "stop": _stop}
    return actions.get(options.action, _list)(RunQueue(), options)


def _list(own: RunQueue, options: argparse.Namespace) -> int:
    content = own.read()
    states = [queue_view.state(one) for one in content.runs]
    windows = waiting_in_windows()
    differences = run_differences.of_queue([one.spec for one in content.runs], _words)
    if options.json:
        documents = [
            {**_document(one, state), "differences": differences[one.spec]}
            for one, state in zip(content.runs, states, strict=True)
        ]
        say_json(
            {
                "file": str(own.file),
                "running": own.is_running,
                "process": own.worker if own.is_running else "",
                "trainings": documents,
                "windows": [{"words": _words(spec), "folder": spec.dataset.folder} for spec in windows],
            }
        )
        return 0
    if content.runs:
        rows = [["NUMBER", "TRAINING", "PHOTOS", "STATE", "ADDED"]]
        for one, state in zip(content.runs, states, strict=True):
            words = ", ".join(filter(None, (_words(one.spec), differences[one.spec])))
            rows.append([str(one.number), words, one.spec.dataset.folder, state, local(one.added)])
        say_table(rows, right={0})
        for one in content.runs:
            if one.failure:
                say(f"{one.number} failed: {one.failure}")
    worked = f"is running in {own.worker or 'another process'}" if own.is_running else "is not running"
    say(f"{plain(many(len(content.runs), 'run'))} in the queue, which {worked}.")
    for spec in windows:
        say(f"In the queue of a window: {_words(spec)}, {spec.dataset.folder}")
    return 0


def _add(own: RunQueue, options: argparse.Namespace) -> int:
    table = None
    if options.fine_tune:
        events = imports.start(network.inspect(replace(backbone_of(options), weights="none")))
        table = next(event for event in events if isinstance(event, LayerTable))
    spec = run_of(options, table)
    check(spec)
    available(spec.backbone)
    if not Path(spec.dataset.folder).is_dir():
        raise UserError(f"There is no folder {spec.dataset.folder}.", "Check the path.", spec.dataset.folder)
    progress.drain(named_layers.check(spec))
    one = own.add(spec, options.out)
    if options.json:
        say_json(_document(one, "waiting"))
        return 0
    say(f"Added as {one.number}: {_words(spec)}.")
    if not own.is_running:
        say("“thaw queue start” trains what waits.")
    return 0


def _move(own: RunQueue, options: argparse.Namespace) -> int:
    content = own.read()
    _check_known({options.number}, content)
    last = len(content.runs) - 1
    order = [one.number for one in own.move(options.number, last if options.place < 0 else options.place).runs]
    place = order.index(options.number) + 1 if options.number in order else None  # it can have ended meanwhile
    if options.json:
        say_json({"number": options.number, "place": place, "order": order})
    elif place is None:
        say(f"Run {options.number} has left the queue.")
    else:
        say(f"Run {options.number} is at position {place} of {len(order)}: {', '.join(map(str, order))}.")
    return 0


def _start(own: RunQueue, options: argparse.Namespace) -> int:
    begun = own.read()
    try:
        events = progress.drain(train_queued(own))
    except KeyboardInterrupt:
        complain("The queue was stopped; “thaw queue start” continues it.")
        raise
    left = own.read()
    remaining = {one.number for one in left.runs}
    runs = list(dict.fromkeys(event.run for event in events if isinstance(event, RunStarted)))
    failures = [one for one in left.runs if one.failure]
    status = output.REFUSED if failures else output.DONE
    if options.json:
        summaries = [{"run": run, "state": index.summary(Path(run)).state} for run in runs if Path(run).is_dir()]
        say_json({"runs": summaries, "left": [_document(one, queue_view.state(one)) for one in left.runs]})
        return status
    if not runs and not begun.runs:
        say("The queue is empty: “thaw queue add FOLDER” adds a run.")
        return status
    for run in runs:
        if Path(run).is_dir():
            say(f"{STATE_WORDS[index.summary(Path(run)).state].capitalize()}: {run}")
    for one in failures:
        complain(f"Run {one.number} failed: {one.failure}", "It stays in the queue for the next start.")
    waiting = len(remaining) - len(failures)
    if waiting:
        say(f"{plain(many(waiting, 'run'))} left; “thaw queue start” continues.")
    return status


def _stop(own: RunQueue, options: argparse.Namespace) -> int:
    content = own.read()
    numbers = set(options.numbers)
    _check_known(numbers, content)
    if numbers:
        own.remove(numbers)
        words = f"Removed: {', '.join(map(str, sorted(numbers)))}. A run that had begun stays and can be resumed."
    elif own.is_running:
        own.request_stop(True)
        words = "The run in progress is asked to stop; it stays first in the queue."
    else:
        words = "The queue is not running."
    if options.json:
        say_json({"removed": sorted(numbers), "stop_requested": not numbers and own.is_running})
    else:
        say(words)
    return 0


def _check_known(numbers: set[int], content: QueueContent) -> None:
    """Raise a `UserError` for a number that no run of the queue has."""
    known = {one.number for one in content.runs}
    if unknown := sorted(numbers - known):
        raise UserError(
            f"There is no run {unknown[0]} in the queue.",
            f"It has {', '.join(map(str, sorted(known)))}." if known else "It is empty.",
        )


def _words(spec: RunSpec) -> str:
    planned = spec.train.planned
    return f"{run_names.name(spec)}, {planned} epoch{'' if planned == '1' else 's'}, seed {spec.train.seed}"


def _document(one: QueuedRun, state: str) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": state,
        "words": _words(one.spec),
        "folder": one.spec.dataset.folder,
        "backbone": one.spec.backbone.name,
        "epochs_asked": one.spec.train.all_epochs,
        "added": one.added,
        "run": one.run or None,
        "failure": one.failure,
        "spec": to_json(one.spec),
    }
