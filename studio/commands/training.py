"""Jobs that train: a new run, or the continuation of one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from pathlib import Path
from typing import cast

from studio.commands.backbones import available
from studio.commands.cache import say_cache_folder
from studio.commands.dataset import require_folder
from studio.commands.evaluation import novelty
from studio.commands.imports import imported
from studio.events import Event, Events, Warned
from studio.jobs.protocol import Stop, Work
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.files import lock
from studio.runs.files.lock import RunLock
from studio.spec import BackboneSpec, RunSpec, UserError
from studio.spec.structs import replace
from studio.spec.validation import check
from studio.system import paths, worker_place


def train(spec: RunSpec, run: Path | None = None) -> Work:
    """Train a run, recorded in `run` (None: a new folder among the user's runs).

    Raises:
        UserError: Settings, photos or weights cannot be used, memory ran out, or the disk is full.
    """

    def work(stop: Stop) -> Events:
        if worker_place.is_assistant():
            yield from _assist(spec.backbone, stop)
            return
        start = time.perf_counter()
        own = replace(spec, backbone=available(spec.backbone))
        check(own)
        yield from require_folder(own.dataset)
        where = run.absolute() if run is not None else runs.new_folder(own)
        try:
            runs.require_free(where)
            if run is None and paths.is_spare(where):
                yield Warned(
                    f"No folder for runs can be written, so this one is in {where}.",
                    "It may be removed when the computer restarts; copy it, or set HOME to a folder of yours.",
                )
            yield from say_cache_folder()
            yield from imported()
            from studio.engine.training.run import train

            recorded = runs.record_events(train(own, where, stop, start=start), where)
            yield from _without_repeated(recorded, novelty.fit_after_training(where, own.train.device, stop))
        finally:
            if run is None:
                runs.remove_if_empty(where)

    return work


def _assist(backbone: BackboneSpec | None, stop: Stop) -> Events:
    """Assist the training of worker 0, which publishes everything but the backbone."""
    if backbone is not None:
        available(backbone)
    yield from imported()
    from studio.engine.training.run import assist

    yield from assist(stop)


def resume(
    run: Path, epochs: int | None = None, data: Path | None = None, words: index.ResumeWords = index.IN_TERMINAL
) -> Work:
    """Continue a run that ended before its last epoch, or extend a finished one to `epochs` in total.

    Yields the events of `train`, beginning with the finished epochs. `data` is the current folder of the photos if they
    were moved; they must be the same photos. `words` are used in hints of errors.

    Raises:
        UserError: There is no run, it has no epochs left, its photos differ, or a program is writing to it.
    """

    def work(stop: Stop) -> Events:
        if worker_place.is_assistant():
            yield from _assist(None, stop)
            return
        start = time.perf_counter()
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        if not where.is_dir():
            raise UserError(
                f"There is no run in {where}.",
                f"{runs.NO_RUN_HINT} A run that ended before its first record must be trained again.",
                where,
            )
        runs.read(where)
        if lock.is_held(where):
            raise lock.busy_error(where)
        stored = index.require_resumable(where, epochs, words)
        spec = stored.spec
        total = None if stored.state != "done" and epochs == spec.train.epochs else epochs
        available(spec.backbone)
        folder = str(paths.expanded(data).absolute()) if data is not None else ""
        try:
            yield from require_folder(spec.dataset.moved(folder))
        except UserError as fault:
            hint = words.data.format(words.quote(str(where)))
            raise UserError(f"The photos of the run were moved. {fault.title}", hint, fault.file) from fault
        with RunLock(where) as run_lock:
            yield from say_cache_folder()
            yield from imported()
            from studio.engine.training.run import resume

            events = resume(where, total, stop, start=start, data=folder)
            recorded = runs.record_events(events, where, resumed=True, run_lock=run_lock)
            fitted = novelty.fit_after_training(where, spec.train.device, stop, folder)
            yield from _without_repeated(recorded, fitted)

    return work


def _without_repeated(*parts: Events) -> Events:
    """The events of one part after the other, each warning once: a network that is loaded again warns again."""
    warned: set[Warned] = set()
    for part in parts:
        with contextlib.closing(cast("Generator[Event, None, None]", part)):
            for event in part:
                if isinstance(event, Warned):
                    if event in warned:
                        continue
                    warned.add(event)
                yield event
