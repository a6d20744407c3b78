"""Output of `thaw runs`, and hints on how to resume a run."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.cli.runs import trash
from studio.commands.runs import describe as describe_run
from studio.commands.runs import list_runs
from studio.evaluate.compare.repetitions import Repetition, repetitions
from studio.evaluate.epochs.best_epoch import criterion, short_result
from studio.evaluate.epochs.run_figure import figure_values
from studio.evaluate.metrics import find, task_of
from studio.events import Event, RunDescription, RunsListed, RunStarted, RunSummary
from studio.events.runs import END_WORDS, STATE_WORDS
from studio.formatting import run_code, run_names
from studio.formatting.numbers import many, megabytes, plain, plain_percent, seconds
from studio.formatting.times import local
from studio.jobs.protocol import Work
from studio.runs import index
from studio.runs.files.record import unknown_words
from studio.spec import UserError
from studio.spec.network_file import title_of
from studio.spec.structs import asdict, replace
from studio.system import paths
from studio.system.names import command_word, escaped
from studio.system.output import say, say_json, say_table

HEADER = [
    "STATE", "NAME", "BACKBONE", "PHOTOS", "CLASSES", "PLAN", "EPOCHS", "RESULT", "VALIDATION", "TIME", "STARTED",
    "SIZE",
]  # fmt: skip


def runs(options: argparse.Namespace) -> int:
    """List the runs of a folder, or act on its trash."""
    if options.trash or options.restore or options.trashed or options.empty_trash:
        return trash.act(options)
    events = progress.drain(list_runs(options.folder))
    listing = _chosen(next(event for event in events if isinstance(event, RunsListed)), options)
    if options.form and (unknown := next((run for run in listing.runs if run.unknown), None)) is not None:
        raise UserError(*unknown_words(unknown.unknown), Path(unknown.path))
    if options.json:
        unreadable = [asdict(skipped) for skipped in listing.unreadable]
        documents, groups = [_document(run) for run in listing.runs], [asdict(one) for one in repetitions(listing.runs)]
        if options.form:
            for document, run in zip(documents, listing.runs, strict=True):
                document[options.form] = run_code.as_text(run.spec, options.form)
        say_json({"folder": listing.folder, "runs": documents, "repetitions": groups, "unreadable": unreadable})
        return 0
    if options.form:
        return _say_code(listing.runs, options.form)
    if listing.runs:
        say_table([HEADER, *(_row(run) for run in listing.runs)], right={3, 4, 6, 7, 9, 11})
    say(f"{plain(many(len(listing.runs), 'run'))} in {listing.folder}")
    say_repetitions(repetitions(listing.runs), listing.runs)
    for run in listing.runs:
        if note := _note(run):
            say(note)
    if listing.unreadable:
        say(f"Not runs ({len(listing.unreadable)}):")
        for skipped in listing.unreadable:
            say(f"  {Path(skipped.path).name}: {skipped.reason}")
    return 0


def _say_code(runs: Iterable[RunSummary], form: str) -> int:
    """Print each run as a command or a script; if there are several, after a comment with its name."""
    several = tuple(runs)
    for run in several:
        if len(several) > 1:
            say(f"# {Path(run.path).name}")
        for line in run_code.as_text(run.spec, form).splitlines():
            say(line)
    return 0


def say_repetitions(groups: Iterable[Repetition], runs: Iterable[RunSummary]) -> None:
    """Print a line for each run that was repeated with several seeds."""
    by_path = {run.path: run for run in runs}
    for group in groups:
        first = by_path[group.runs[0]]
        seeds = ", ".join(map(str, group.seeds))
        what = f"{find(group.metric).validation_name}: {plain(group.words())}"
        say(f"{title_of(first.spec.backbone.name)}, {run_names.training(first.spec)}, seeds {seeds}: {what}")


def describe(options: argparse.Namespace) -> int:
    """Change the description of a run, or show it."""

    def change(before: RunDescription) -> RunDescription:
        tags = tuple(tag for tag in (*before.tags, *options.tag) if tag not in options.untag)
        return RunDescription(
            before.title if options.title is None else options.title,
            before.note if options.note is None else options.note,
            before.starred if options.star is None else options.star,
            tags,
        )

    events = progress.drain(describe_run(options.run, change))
    run = next(event for event in events if isinstance(event, RunsListed)).runs[0]
    if options.json:
        say_json(_document(run))
        return 0
    say(f"{_star(run)}{run.description.title or Path(run.path).name}")
    if run.description.tags:
        say(f"Tags: {', '.join(run.description.tags)}")
    if run.description.note:
        say(run.description.note)
    return 0


def _chosen(listing: RunsListed, options: argparse.Namespace) -> RunsListed:
    """The runs that the options select."""
    photos = os.path.realpath(paths.expanded(options.photos)) if options.photos else ""
    runs = (
        run
        for run in listing.runs
        if (not photos or os.path.realpath(run.spec.dataset.folder) == photos)
        and (not options.starred or run.description.starred)
        and set(options.tag) <= set(run.description.tags)
    )
    return replace(listing, runs=tuple(runs))


def _star(run: RunSummary) -> str:
    return "★ " if run.description.starred else ""


def follow_training(work: Work) -> list[Event]:
    """Show a run and return its events; if it ends early, print the command that resumes it to stderr."""
    events: list[Event] = []
    try:
        with closing(progress.follow(work)) as following:  # type: ignore[type-var]  # it is a generator
            events.extend(following)
    except BaseException:
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        if started is not None:
            with contextlib.suppress(UserError, OSError):  # the record is gone, too, as the error says
                if index.summary(Path(started.run)).resumable:
                    print(escaped(f"To resume it: {resume_command(started.run)}"), file=sys.stderr)
        raise
    return events


def resume_command(run: str) -> str:
    """The command that resumes a run."""
    return f"thaw resume {command_word(run)}"


def _document(run: RunSummary) -> dict[str, Any]:
    document = {**asdict(run), "name": Path(run.path).name, "backbone": run.spec.backbone.name}
    del document["spec"], document["figure"], document["description"]
    return (
        document
        | {"photos_folder": run.spec.dataset.folder}
        | asdict(run.description)
        | figure_values(run.figure)
        | {
            "plan": run_names.training(run.spec),
            "seed": run.spec.train.seed,
            "criterion": criterion(run.spec.train.result, task_of(run.spec.dataset.targets)),
            "epochs_asked": run.spec.train.all_epochs,
            "resumable": run.resumable,
            "extendable": run.extendable,
        }
    )


def _row(run: RunSummary) -> list[str]:
    return [
        STATE_WORDS[run.state],
        _star(run) + (run.description.title or Path(run.path).name),
        title_of(run.spec.backbone.name),
        f"{run.photos:,}" if run.photos else "–",
        f"{run.classes:,}" if run.classes else "–",
        run_names.training(run.spec),
        f"{run.epochs:,} of {run.spec.train.all_epochs:,}",
        _result(run),
        validation_text(run),
        "–" if run.seconds is None else plain(seconds(run.seconds)),
        local(run.started),
        plain(megabytes(run.size)),
    ]


def _result(run: RunSummary) -> str:
    train = run.spec.train
    return short_result(run.result_epoch, train.result, task_of(run.spec.dataset.targets))


def validation_text(run: RunSummary) -> str:
    """The main metric with its interval: “94.1 % (91.7 % – 98.2 %)”, “MAE 3.214 (2 – 4.5)”; “–” if there is none."""
    if run.figure is None:
        return "–"
    metric = find(run.figure.key)
    share = metric.format == "percent"
    name = "" if share else f"{metric.heading} "  # a bare number does not say what it is
    value, *ends = (
        plain_percent(one) if share else f"{one:.4g}" for one in (run.figure.value, *(run.figure.interval or ()))
    )
    return f"{name}{value}" + (f" ({' – '.join(ends)})" if ends else "")


def _note(run: RunSummary) -> str:
    """A sentence about a run that is running, or that ended early; "" for any other."""
    name = Path(run.path).name
    if run.state == "running":
        doing = f" ({run.activity})" if run.activity else ""
        return f"{name}: {run.holder} is writing to it{doing}" if run.holder else ""
    if run.unknown:
        title, hint = unknown_words(run.unknown)
        return f"{name}: {title} {hint}"
    if run.state == "done":
        return ""
    where = f"after epoch {run.epochs}" if run.epochs else "before its first epoch"
    words = f"{END_WORDS[run.state]} {where}"
    if run.failure:
        words += f": {run.failure.rstrip('.')}"
    if run.holder:
        seen = local(run.seen)
        words += f"; {run.holder} has not released it, and was last seen {seen}"
    if run.checkpoint:
        words += f"; last checkpoint {local(run.checkpoint)}"
    return f"{name} {words}." + (f" To resume it: {resume_command(run.path)}" if run.resumable else "")
