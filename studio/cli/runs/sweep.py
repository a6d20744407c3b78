"""Output of `thaw sweep`: the runs by their criterion, and what the winner's figure is worth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.catalog import agreements
from studio.cli import layer_table, progress
from studio.cli.options.specs import run_of
from studio.cli.runs.runs import validation_text
from studio.commands.batches.sweep import sweep as sweep_job
from studio.evaluate.compare import sweep_ranking
from studio.evaluate.epochs.best_epoch import short_criterion
from studio.evaluate.epochs.run_figure import figure_values
from studio.evaluate.metrics import criterion_metric, task_of
from studio.events import SweepFinished, SweepRun
from studio.events.runs import STATE_WORDS
from studio.formatting.numbers import plain, seconds
from studio.planning.sweeps import combinations
from studio.planning.sweeps import space as spaces
from studio.planning.sweeps.space import SweepSpace
from studio.spec import RunSpec, UserError
from studio.spec.network_file import parse
from studio.system.names import command_word
from studio.system.output import complain, say, say_json, say_table


def sweep(options: argparse.Namespace) -> int:
    """Train the runs of a sweep."""
    file = options.space.absolute()
    space = spaces.read(file)
    spec = _base(options, space)
    if options.trust:
        _agree(space, spec)
    try:
        events = progress.drain(sweep_job(spec, space, str(file), options.out))
    except KeyboardInterrupt:
        complain("The sweep was stopped; the same command continues it.")
        raise
    result = next(event for event in events if isinstance(event, SweepFinished))
    if options.json:
        say_json(_document(result, space))
    else:
        _say(result, spec)
    return 0


def _base(options: argparse.Namespace, space: SweepSpace) -> RunSpec:
    """The settings of all runs."""
    if options.from_scratch:
        title = "--from-scratch cannot be combined with a sweep, whose settings it would replace."
        raise UserError(title, "Vary “weights” and “freeze” instead, or train the baseline by itself.")
    if options.fine_tune and "backbone" in space.varied:
        title = "--fine-tune thaws the last block of one backbone, but the sweep varies “backbone”."
        raise UserError(title, "Name the thawed layers of each backbone in separate objects of “settings”.")
    return run_of(options, layer_table.for_fine_tuning(options))


def _agree(space: SweepSpace, spec: RunSpec) -> None:
    """Remember the agreement to run the user's own networks that the sweep names."""
    for trial in combinations.trials(space, spec):
        file = parse(trial.spec.backbone.name)
        if file is not None and file.is_python:
            agreements.agree(file)


def _document(result: SweepFinished, space: SweepSpace) -> dict[str, Any]:
    rows = [_row_document(run) for run in result.runs]
    return {
        "folder": result.folder,
        "choice": space.choice,
        "seed": space.seed if space.choice == "random" else None,
        "varied": list(space.varied),
        "criterion": result.criterion,
        "stop_early": None if space.stop_early is None else vars(space.stop_early),
        "runs": rows,
        "best": None if result.best is None else rows[result.best],
        "caution": result.caution,
        "test": result.test,
        "seconds": result.seconds,
    }


def _row_document(run: SweepRun) -> dict[str, Any]:
    summary = run.run
    return {
        "run": None if summary is None else summary.path,
        "state": "waiting" if summary is None else summary.state,
        "settings": dict(run.values),
        "value": run.value,
        "epochs": 0 if summary is None else summary.epochs,
        "stopped_early_after": run.stopped or None,
        "failure": run.failure,
        "seconds": None if summary is None else summary.seconds,
        **figure_values(None if summary is None else summary.figure),
    }


def _say(result: SweepFinished, spec: RunSpec) -> None:
    task = task_of(spec.dataset.targets)
    names = list(dict.fromkeys(name for run in result.runs for name in run.settings))
    header = ["", *(name.upper() for name in names), short_criterion(spec.train.result, task).upper()]
    rows = [[*header, "VALIDATION", "EPOCHS", "STATE", "TIME", "RUN"]]
    metric = criterion_metric(spec.train.result, task)
    for place, run in enumerate(result.runs):
        summary = run.run
        rows.append(
            [
                "→" if place == result.best else "",
                *(run.settings.get(name, "–") for name in names),
                "–" if run.value is None else plain(metric.plain_text(run.value)),
                "–" if summary is None else validation_text(summary),
                "–" if summary is None else f"{summary.epochs} of {summary.spec.train.all_epochs}",
                _state(run),
                "–" if summary is None or summary.seconds is None else plain(seconds(summary.seconds)),
                "–" if summary is None else Path(summary.path).name,
            ]
        )
    say_table(rows)
    for run in result.runs:
        if run.failure:
            say(f"{', '.join(f'{name} {value}' for name, value in run.settings.items())} failed: {run.failure}")
    if result.best is not None and (best := result.runs[result.best].run) is not None:
        say(f"Best: {command_word(best.path)}, validation {validation_text(best)}.")
    if result.caution:
        say(result.caution)
    if result.test is not None:
        say(sweep_ranking.test_words(result.test))


def _state(run: SweepRun) -> str:
    if run.stopped:
        return "stopped early"
    if run.failure:
        return "failed"
    return "waiting" if run.run is None else STATE_WORDS[run.run.state]
