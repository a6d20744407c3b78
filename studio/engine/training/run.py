"""Begins a run, resumes one, or extends a finished one.

Both functions yield everything that happens. They write only what a run needs to be resumed and to be used (checkpoint,
weights, the list of its photos) into the run's folder; `studio.runs.recorder` keeps the record from the events.
"""

from __future__ import annotations

from pathlib import Path

from studio.engine.training.run_files import checkpoints
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.training_run import TrainingRun
from studio.evaluate.best_epoch import is_over
from studio.events import Events, ValueRanges, Warned
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace


def train(
    spec: RunSpec, run: Path, stop: Stop = never, cache: Path | None = None, began: float | None = None
) -> Events:
    """Train a head, and what of the backbone is thawed.

    Args:
        spec: Everything asked for.
        run: Folder the weights are written to; made when the first epoch ends.
        stop: Asked inside long steps; the generator may also be closed at any yield.
        cache: Folder of the feature cache; None for the user's.
        began: `time.perf_counter()` when the job began, where that was before this call; it was importing since.

    Raises:
        UserError: Something the user can put right.
    """
    yield from TrainingRun(spec, run, stop, cache, began, ValueRanges(spec.dataset.value_range)).events(None)


def resume(
    run: Path,
    epochs: int | None = None,
    stop: Stop = never,
    cache: Path | None = None,
    began: float | None = None,
    data: str = "",
) -> Events:
    """Go on with a run from its last checkpoint, or from its beginning where it has none; or extend a finished one.

    On a CPU the result is bit for bit that of a run that was never stopped, with the same number of threads.

    Args:
        run: Its folder.
        epochs: New total of `TrainSpec.epochs`; None for what was planned.
        stop: As in `train`.
        cache: As in `train`.
        began: As in `train`.
        data: Where the folder of photos is now, if it was moved.

    Raises:
        UserError: Nothing is left to do, the record or the checkpoint cannot be read, or the photos are not the run's.
    """
    past = runs.read(run)
    state, wrong = checkpoints.latest(run)
    if past.status == "done" and epochs is None:
        raise UserError(f"The run {run.name} is finished.", "Ask for more epochs to extend it.", run)
    spec = _extended(past.spec, epochs, state)
    spec = replace(spec, dataset=spec.dataset.moved(data))
    if state is None:
        yield Warned(
            "The run had ended before its first checkpoint, so it begins anew in the same folder.",
            "Features that were computed already are taken from the cache.",
        )
    elif wrong:
        yield Warned(
            f"The last checkpoint is damaged ({wrong}); the run goes on from the one before, of epoch "
            f"{len(state.epochs)}.",
            "A power cut does that. What it took is computed again.",
        )
    yield from TrainingRun(spec, run, stop, cache, began, past.value_range).events(state)


def _extended(spec: RunSpec, epochs: int | None, state: State | None) -> RunSpec:
    """The spec with a new last epoch; where the old plan ended is kept, because some schedules begin anew there."""
    if epochs is None:
        return spec
    done = max(0, len(state.epochs) - spec.train.head_epochs) if state else 0
    # A run that stopped early ended there; any other ends where it was planned to.
    end = done if state and is_over(spec.train, state.epochs) else spec.train.epochs
    if epochs <= end:
        raise UserError(f"The run has {end} epochs already.", f"Ask for more than {end}.")
    ends = tuple(sorted({*spec.train.extended, end}))
    return replace(spec, train=replace(spec.train, epochs=epochs, extended=ends))
