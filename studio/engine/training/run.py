"""Trains, resumes and extends runs.

Both functions are generators of events. They write checkpoint, weights and list of photos into the run's folder;
`studio.runs.recorder` writes the record from the events.
"""

from __future__ import annotations

from pathlib import Path

from studio.engine.training import assistants
from studio.engine.training.run_files import checkpoints
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.training_run import TrainingRun
from studio.engine.workers import workers
from studio.evaluate.epochs.best_epoch import is_over
from studio.events import Events, ValueRanges, Warned
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace


def train(
    spec: RunSpec, run: Path, stop: Stop = never, cache: Path | None = None, start: float | None = None
) -> Events:
    """Train a head and the thawed layers of the backbone.

    Args:
        spec: All settings of the run.
        run: Folder of the run; created before its first epoch.
        stop: Checked inside long steps; the generator may also be closed at any yield.
        cache: Folder of the feature cache; None for the user's.
        start: `time.perf_counter()` when the job began importing libraries; None for now.

    Raises:
        UserError: Settings, photos or weights cannot be used, the training diverged, or memory ran out.
    """
    with workers.join() as group:
        ranges = ValueRanges(spec.dataset.value_range)
        yield from TrainingRun(spec, run, stop, cache, start, ranges, workers=group).events(None)


def resume(
    run: Path,
    epochs: int | None = None,
    stop: Stop = never,
    cache: Path | None = None,
    start: float | None = None,
    data: str = "",
) -> Events:
    """Resume a run from its last checkpoint, or from its beginning if it has none; or extend a finished run.

    On a CPU, with the same number of threads, the result equals that of an uninterrupted run bit for bit.

    Args:
        run: Folder of the run.
        epochs: New value of `TrainSpec.epochs`, to extend the run; None for that of its record.
        stop: As in `train`.
        cache: As in `train`.
        start: As in `train`.
        data: New folder of the photos if it was moved; "" otherwise.

    Raises:
        UserError: Nothing is left to do, the record or the checkpoint cannot be read, or the photos are not the run's.
    """
    record = runs.read(run)
    state, damage = checkpoints.latest(run)
    if record.status == "done" and epochs is None:
        raise UserError(f"The run {run.name} is finished.", "Ask for more epochs to extend it.", run)
    spec = _extend(record.spec, epochs, state)
    spec = replace(spec, dataset=spec.dataset.moved(data))
    if state is None:
        yield Warned(
            "The run had ended before its first checkpoint, so it starts from the beginning in the same folder.",
            "Features that were computed already are taken from the cache.",
        )
    elif damage:
        yield Warned(
            f"The last checkpoint is damaged ({damage}); the run resumes from the one before, of epoch "
            f"{len(state.epochs)}.",
            "The cause is usually a power cut. The epochs since then are computed again.",
        )
    recorded = record.value_range, record.choices, record.classes or None
    with workers.join() as group:
        earlier = run, record
        training = TrainingRun(spec, run, stop, cache, start, *recorded, workers=group, earlier=earlier)
        yield from training.events(state)


def assist(stop: Stop = never, cache: Path | None = None) -> Events:
    """Take part in a run that worker 0 trains, resumes or extends; see `assistants.assist`."""
    with workers.join() as group:
        yield from assistants.assist(group, stop, cache)


def _extend(spec: RunSpec, epochs: int | None, state: State | None) -> RunSpec:
    """The spec with a new number of epochs, and the previous one added to `TrainSpec.extended`."""
    # The schedules need the previous ends, because some of them start over there.
    if epochs is None:
        return spec
    done = max(0, len(state.epochs) - spec.train.head_epochs) if state else 0
    # A run that patience ended has fewer epochs than planned.
    end = done if state and is_over(spec.train, state.epochs) else spec.train.epochs
    if epochs <= end:
        raise UserError(f"The run has {end} epochs already.", f"Ask for more than {end}.")
    ends = tuple(sorted({*spec.train.extended, end}))
    return replace(spec, train=replace(spec.train, epochs=epochs, extended=ends))
