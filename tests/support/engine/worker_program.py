"""A worker of runs on the tiny network, as a process: `worker_program.py JOBS`.

`JOBS` is a JSON list of arguments of `work`. The environment says which worker it is.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
from tiny import recorded, run_spec

from studio.engine.training import run as training
from studio.events import Epoch
from studio.jobs.protocol import Interrupted
from studio.runs import folder as runs
from studio.spec import AugmentSpec, FreezePlan, HeadSpec, RunSpec, UserError
from studio.spec.structs import replace
from studio.system import worker_place


def work(command: str, photos: str, run: str, cache: str, choices: dict[str, Any]) -> int:
    """Train or resume a run with settings of it, and print its epochs; returns the exit status."""
    dies = choices.pop("dies_in_epoch", None)
    spec = settings(Path(photos), choices)
    if worker_place.is_assistant():
        if dies is not None:
            _kill_after(dies)
        events = training.assist(cache=Path(cache))
    elif command == "train":
        events = recorded(spec, Path(run), Path(cache))
    else:
        events = runs.record_events(training.resume(Path(run), cache=Path(cache)), Path(run), resumed=True)
    try:
        for event in events:
            if isinstance(event, Epoch) and not worker_place.is_assistant():
                print(f"epoch {event.epoch}", flush=True)
    except UserError as error:
        print(f"error: {error.title} {error.hint}", flush=True)
        return 2
    except Interrupted:
        return 0
    return 0


def settings(photos: Path, choices: dict[str, Any]) -> RunSpec:
    """The settings of a run: those of `TrainSpec`, and `freeze`, `augment` and `head` as JSON."""
    parts = {"freeze": FreezePlan, "augment": AugmentSpec, "head": HeadSpec}
    own = {name: msgspec.convert(choices.pop(name), kind) for name, kind in parts.items() if name in choices}
    return replace(run_spec(photos, **choices), **own)


def _kill_after(epochs: int) -> None:
    """Make this worker kill itself in the step after `epochs` epochs, as the system does when memory runs out."""
    from studio.engine.training.trainer import Trainer

    plain = Trainer.assist_epoch

    def assist_epoch(self: Trainer, number: int, first: int) -> None:
        if number > epochs:
            os.kill(os.getpid(), signal.SIGKILL)
        plain(self, number, first)

    Trainer.assist_epoch = assist_epoch  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(max(work(*job) for job in json.loads(sys.argv[1])))
