"""Output of `thaw train --seeds`: one run per seed, then the mean of all and its spread."""

from __future__ import annotations

from pathlib import Path

from studio.cli.runs.runs import follow_training, say_repetitions
from studio.commands import training as jobs
from studio.evaluate.compare.repetitions import repetitions, seeds_of
from studio.evaluate.metrics import find
from studio.events import RunStarted, RunSummary
from studio.formatting.numbers import plain
from studio.runs import folder, index
from studio.runs.files.record import document
from studio.spec import RunSpec, UserError
from studio.spec.structs import asdict
from studio.system.output import say, say_json

MOST = 100


def train(spec: RunSpec, number: int, out: Path | None, as_json: bool) -> int:
    """Train a plan with several seeds.

    Args:
        spec: The plan with its first seed.
        number: Number of seeds.
        out: New folder for the runs; None for the user's folder of runs.
        as_json: True to print one document.
    """
    if not 2 <= number <= MOST:
        raise UserError(f"--seeds must be from 2 to {MOST} (got {number}).", "Without it, one run is trained.")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is not an empty folder.", "Choose a new folder: it gets a folder for each seed.", out)
    summaries: list[RunSummary] = []
    for one in seeds_of(spec, number):
        place = None if out is None else out / f"seed-{one.train.seed}"
        events = follow_training(jobs.train(one, place))
        run = next(event.run for event in events if isinstance(event, RunStarted))
        summaries.append(summary := index.summary(Path(run)))
        if not as_json:
            say(f"Seed {one.train.seed}: {_figure(summary)}, in {run}")
    groups = repetitions(summaries)
    if as_json:
        documents = [document(folder.read(Path(run.path))) for run in summaries]
        say_json({"runs": documents, "repetition": asdict(groups[0]) if groups else None})
        return 0
    say_repetitions(groups, summaries)
    return 0


def _figure(run: RunSummary) -> str:
    if run.figure is None:
        return "no epoch"
    metric = find(run.figure.key)
    ends = f" (95 % interval {plain(metric.interval_text(run.figure.interval))})" if run.figure.interval else ""
    return f"{metric.validation_name} {metric.plain_text(run.figure.value)}{ends}"
