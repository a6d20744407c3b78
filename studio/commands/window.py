"""The commands of the window, as functions that return jobs.

Window, terminal and notebook use the same functions. Each returns a `Work`, which takes a `Stop` and returns a
generator of events. torch is imported inside the generator, so that creating a job takes no time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import cast

from studio.commands import advice, journal, journal_of_window
from studio.commands import runs as run_jobs
from studio.commands.automation import projects
from studio.commands.automation.replay import replay_beside
from studio.commands.batches.queue import train_one
from studio.commands.cache import cache
from studio.commands.dataset import preview, relist, sample, scan
from studio.commands.evaluation import decisions, evaluation
from studio.commands.evaluation.evaluation import compare
from studio.commands.evaluation.report import report, report_comparison
from studio.commands.exports_of_window import export_models, offers
from studio.commands.imports import warm_up
from studio.commands.looking import Looking
from studio.commands.network import augmented, shapes
from studio.commands.photo_map import photo_map
from studio.commands.predictions.given_photos import (
    label_given,
    predict_given,
    trace_given,
    unsort_given,
    watch_given,
    write_given,
)
from studio.commands.results import export, exported
from studio.commands.training import resume, train
from studio.data.folder_memory import FolderMemory
from studio.engine.export import registry
from studio.events import DatasetScanned, Event, Events, ProjectOpened, Split
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.runs import reopen
from studio.runs.index import IN_WINDOW
from studio.session.api import Commands
from studio.spec import RunSpec


def for_window() -> Commands:
    """The commands of one window; its jobs on networks share the network that was loaded last."""
    looking = Looking()
    memory = FolderMemory()
    project_runs: list[str] = []
    hashes: dict[tuple[object, ...], str] = {}
    return Commands(
        warm_up=warm_up,
        scan=lambda spec: scan(spec, memory),
        relist=relist,
        photo_map=lambda spec, backbone, stored: photo_map(spec, backbone, only_stored=stored),
        sample=sample,
        preview=preview,
        augmented=augmented,
        inspect=looking.inspect,
        outputs=looking.outputs,
        heatmap=looking.heatmap,
        output_drift=looking.output_drift,
        shapes=shapes,
        layer_times=looking.layer_times,
        advise_cut=advice.cuts,
        advise_backbone=advice.backbones,
        advise_rates=advice.rates,
        forecast=advice.forecast,
        train=lambda spec: _train(train(spec), spec, memory),
        train_queued=lambda number, spec: _train(train_one(number), spec, memory),
        journal=lambda spec, change: journal_of_window.request(spec, change, memory),
        cleaned_copy=lambda spec, out, links: journal.copy(spec.folder, Path(out), links, spec),
        export_formats=registry.choices(),
        predict_given=predict_given,
        label_given=label_given,
        watch_camera=watch_given,
        trace_given=trace_given,
        write_given=write_given,
        unsort=unsort_given,
        export_models=export_models,
        find_exports=lambda run, folder: exported(Path(run), (folder,), hashes),
        model_offers=offers,
        export=lambda run, out, which: export(Path(run), Path(out), which),
        decide=lambda run, rule: decisions.store(Path(run), rule),
        evaluate=lambda run, part, weights, pairs, table: evaluation.evaluate(
            Path(run), part, weights, pairs=pairs, tables=(Path(table),) if table else (), says_earlier=False
        ),
        compare=lambda a, b, part: compare(Path(a), Path(b), part, says_earlier=False),
        report=_report,
        cache=cache,
        runs=lambda: run_jobs.list_runs(None, tuple(project_runs)),
        describe=lambda run, new: run_jobs.write_description(Path(run), new),
        discard=lambda run: run_jobs.discard(Path(run)),
        restore=run_jobs.restore,
        trash=run_jobs.list_trash,
        empty_trash=run_jobs.empty_trash,
        open_run=lambda run: run_jobs.open_run(Path(run)),
        follow_run=lambda run: run_jobs.follow_run(Path(run)),
        resume=_resume,
        replay=lambda run: replay_beside(Path(run)),
        open_project=lambda file, data: _open_project(file, data, project_runs),
        save_project=lambda file, spec, runs, shown: projects.save(Path(file), spec, runs, shown),
    )


def _train(training: Work, spec: RunSpec, memory: FolderMemory) -> Work:
    """Train; the window's list of the folder is discarded if the run finds other photos than it has."""

    def work(stop: Stop) -> Events:
        with contextlib.closing(cast("Generator[Event, None, None]", training(stop))) as events:
            for event in events:
                if isinstance(event, DatasetScanned):
                    memory.relisted(spec.dataset, event.dataset)
                yield event

    return work


def _open_project(file: str, data: str, runs: list[str]) -> Work:
    """Open a project; its runs are listed from then on, wherever they are."""

    def work(stop: Stop) -> Events:
        for event in projects.open_project(Path(file), Path(data) if data else None)(stop):
            if isinstance(event, ProjectOpened):
                runs[:] = event.runs
            yield event

    return work


def _resume(run: str, epochs: int | None) -> Work:
    resumed = resume(Path(run), epochs, words=IN_WINDOW)
    return lambda stop: reopen.with_decision(Path(run), resumed(stop))


def _report(
    run: str, other: str, part: Split, weights: WeightsChoice | None, out: str, with_photos: bool = True
) -> Work:
    if other:
        return report_comparison(Path(run), Path(other), Path(out), part, with_photos=with_photos)
    return report(Path(run), Path(out), part, weights, with_photos=with_photos)
