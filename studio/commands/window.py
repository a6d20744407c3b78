"""Everything the studio can do, as jobs that have not begun.

The window, the terminal and a notebook start from the same functions. Each returns `Work`: call it with the question
“should I stop?” and it gives a generator of events. torch is imported inside the generator, so that whoever builds a
job never waits for it.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from studio.catalogue import catalogue
from studio.events import Events, ImageSkipped, Stage, ValueRanges, Warned
from studio.events.runs import Which
from studio.jobs.protocol import Stop, Work, never
from studio.runs import folder as runs
from studio.runs import index, lock, reopen
from studio.runs.lock import RunLock
from studio.session import settings
from studio.session.api import Commands
from studio.spec import BackboneSpec, DatasetSpec, Fault, RunSpec
from studio.spec.validation import check
from studio.system import atomic_files, environment, paths
from studio.system.names import command_word

HEAVY = ("torch", "torchvision", "timm")
"""Imported one after the other, so that a job can stop between them."""

JUDGE = "sklearn.metrics"
"""What a training needs besides: imported with the rest, and not in the middle of its first epoch."""

ENGINE = ("studio.engine.training", "studio.engine.outputs", "studio.engine.augment_preview")
"""Imported by a window that waits for its user anyway: an import in the middle of a click halts it."""


def start(work: Work) -> Events:
    """The events of a job that nobody will stop; for notebooks and scripts."""
    return work(never)


def warm_up() -> Work:
    """Import the engine, and what judges its results, so that no training halts a window for it."""

    def work(_stop: Stop) -> Events:
        yield from _imported(JUDGE)
        for name in ENGINE:
            yield Stage("import", "Loading the engine")
            _import(name)
        from studio.engine import compiled

        with contextlib.suppress(ImportError):  # where there is none the network itself does its work
            compiled.library()
        gc.freeze()

    return work


def scan(spec: DatasetSpec) -> Work:
    """List and check a folder."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec)

    return work


def relist(spec: DatasetSpec) -> Work:
    """List a folder without opening its photos."""

    def work(_stop: Stop) -> Events:
        from studio.data.scan import scan

        yield from scan(spec, check=False)

    return work


def sample(folder: Path | None = None) -> Work:
    """Write the sample photos where they are not there yet."""

    def work(_stop: Stop) -> Events:
        from studio.data.sample import sample

        yield from sample(folder or paths.sample_folder())

    return work


def preview(photo: str, spec: BackboneSpec, ranges: ValueRanges | None = None) -> Work:
    """One photo on its way into the network; `ranges` of its data set, where they are known."""

    def work(_stop: Stop) -> Events:
        from studio.data.images.preprocess import preview

        yield from preview(photo, catalogue.preprocess_for(spec), ranges)

    return work


def augmented(photo: str, spec: RunSpec, ranges: ValueRanges | None = None) -> Work:
    """One photo as training would see it: what the changes of `spec` make of it."""

    def work(_stop: Stop) -> Events:
        framing = catalogue.preprocess_for(spec.backbone)
        yield from _imported()
        from studio.engine.augment_preview import augmented

        yield from augmented(photo, framing, spec, ranges)

    return work


def inspect(spec: BackboneSpec, shop: object = None) -> Work:
    """Load a network and list its layers."""

    def work(stop: Stop) -> Events:
        catalogue.find(spec.name)
        yield from _imported()
        from studio.engine.backbone import Shop

        base = yield from (shop if isinstance(shop, Shop) else Shop()).get(spec, stop)
        yield base.table

    return work


def train(spec: RunSpec, run: Path | None = None) -> Work:
    """A whole training, recorded in `run` (None: a new folder among the user's runs)."""

    def work(stop: Stop) -> Events:
        began = time.perf_counter()
        catalogue.find(spec.backbone.name)
        check(spec)
        yield from _require_folder(spec.dataset)
        where = run.absolute() if run is not None else runs.new_folder(spec)
        try:
            runs.require_free(where)
            if run is None and paths.is_spare(where):
                yield Warned(
                    f"There is no folder for runs that can be written, so this one is in {where}.",
                    "It may be removed when the computer restarts; copy it, or set HOME to a folder of yours.",
                )
            yield from _place_of_cache()
            yield from _imported(JUDGE)
            from studio.engine.training import train

            yield from runs.recorded(train(spec, where, stop, began=began), where)
        finally:
            if run is None:
                runs.give_back(where)

    return work


def resume(run: Path, epochs: int | None = None, data: Path | None = None) -> Work:
    """Go on with a run that ended before its last epoch, or with `epochs` in all extend one that is done.

    The events are those of `train`; epochs that were done are told again first. `data` says where the folder of photos
    is now, if it was moved; they must be the same photos.
    """

    def work(stop: Stop) -> Events:
        began = time.perf_counter()
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        if not where.is_dir():
            raise Fault(
                f"There is no run in {where}.",
                f"{runs.GONE} One that ended before it wrote anything is trained anew.",
                where,
            )
        runs.read(where)
        if lock.held(where):
            raise lock.taken(where)
        found = index.require_resumable(where, epochs)
        spec = found.spec
        total = None if found.state != "done" and epochs == spec.train.epochs else epochs
        catalogue.find(spec.backbone.name)
        folder = str(paths.expanded(data).absolute()) if data is not None else ""
        try:
            yield from _require_folder(spec.dataset.moved(folder))
        except Fault as fault:
            hint = f"Put them back, or say where they are now: thaw resume {command_word(str(where))} --data FOLDER"
            raise Fault(f"The photos of the run are not where they were. {fault.title}", hint, fault.file) from fault
        with RunLock(where) as held:
            yield from _place_of_cache()
            yield from _imported(JUDGE)
            from studio.engine.training import resume

            yield from runs.recorded(resume(where, total, stop, began=began, data=folder), where, go_on=True, held=held)

    return work


def list_runs(folder: Path | None = None) -> Work:
    """The runs of a folder (None: the user's own), newest first."""

    def work(_stop: Stop) -> Events:
        yield from index.listed(paths.expanded(folder) if folder is not None else None)

    return work


def open_run(run: Path) -> Work:
    """What a run on disk came to, told as when it was made."""

    def work(_stop: Stop) -> Events:
        yield from reopen.replayed(run)

    return work


def extract(dataset: DatasetSpec, spec: BackboneSpec, out: Path, device: str = "auto") -> Work:
    """Feature vectors of a folder into a file."""

    def work(stop: Stop) -> Events:
        catalogue.find(spec.name)
        yield from _require_folder(dataset)
        yield from _place_of_cache()
        yield from _imported()
        from studio.engine import vectors

        yield from vectors.write(dataset, spec, out, device, stop)

    return work


def predict(source: Path, images: list[str], device: str = "auto", which: Which | None = None) -> Work:
    """Class probabilities of images from a run (of its last or best epoch; None: of its result) or an exported head.

    `images` are photos, and folders: all photos below them. What gives no prediction comes as `ImageSkipped`.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise Fault(f"There is no run and no exported head at {source}.", "Check the path.", source)
        from studio.data import given
        from studio.jobs.workers import beside

        yield Stage("scan", "Looking for photos")  # before ten seconds of imports
        found = yield from beside(given.found(images), images[0] if images else "")
        for item in (*found.skipped, *found.strays):
            yield ImageSkipped(item.path, item.reason, item.count, item in found.strays)
        if not found.photos:
            return
        yield from _imported()
        from studio.engine.prediction import predict

        yield from predict(source, found.photos, device, stop, which)

    return work


def export(run: Path, out: Path, which: Which | None = None) -> Work:
    """The head of a run, of its last epoch, its best one or (None) the one that is its result, into a file."""

    def work(_stop: Stop) -> Events:
        runs.read(run)
        yield from _imported()
        from studio.engine.export import export

        yield from export(run, out, which)

    return work


def cache(limit_gb: float | None = None, clear: bool = False) -> Work:
    """What the cache of computed features holds, after setting its limit and emptying it where that is asked for."""

    def work(_stop: Stop) -> Events:
        from studio.engine import shelves

        if limit_gb is not None:
            settings.keep_cache_limit(limit_gb)
        yield Stage("cache", "Looking into the cache")
        root, limit = paths.cache_folder(), paths.cache_limit()
        if clear:
            shelves.clear(root)
        elif limit_gb is not None:
            shelves.prune(root, limit)
        yield shelves.found(root, limit)

    return work


def for_window() -> Commands:
    """The commands a window is given; they share the network that was looked at last."""
    keep = _Keep()
    return Commands(
        warm_up=warm_up,
        scan=scan,
        relist=relist,
        sample=sample,
        preview=preview,
        augmented=augmented,
        inspect=keep.inspect,
        outputs=keep.outputs,
        train=train,
        export=lambda run, out, which: export(Path(run), Path(out), which),
        cache=cache,
        runs=list_runs,
        open_run=lambda run: open_run(Path(run)),
        resume=lambda run, epochs: resume(Path(run), epochs),
    )


class _Keep:
    """Jobs that look at one network again and again; it is loaded in the thread that first needs it."""

    def __init__(self) -> None:
        self._shop: object = None

    def inspect(self, spec: BackboneSpec) -> Work:
        return self._with_shop(lambda shop, stop: inspect(spec, shop)(stop))

    def outputs(self, spec: BackboneSpec, layer: str, photo: str, ranges: ValueRanges | None = None) -> Work:
        def look(shop: object, stop: Stop) -> Events:
            from studio.engine.backbone import Shop
            from studio.engine.outputs import outputs

            assert isinstance(shop, Shop)
            yield from outputs(shop, spec, layer, photo, stop, ranges=ranges)

        return self._with_shop(look)

    def _with_shop(self, look: Callable[[object, Stop], Events]) -> Work:
        def work(stop: Stop) -> Events:
            yield from _imported()
            from studio.engine.backbone import Shop

            self._shop = self._shop or Shop()
            yield from look(self._shop, stop)

        return work


def _imported(*more: str) -> Events:
    """Import what the engine stands on, and `more`, one library a step."""
    names = (*HEAVY, *more)
    if all(name in sys.modules for name in names):
        return
    if not atomic_files.has_current_folder():
        os.chdir(os.sep)  # or Intel's library ends the process; relative paths have been refused before
    importlib.import_module("studio.engine")  # sets what torch reads when it is loaded
    for name in names:
        yield Stage("import", f"Starting: loading {name}")
        _load(name)
    gc.freeze()  # half a million objects that stay: looking through them again would make the window stutter
    atexit.register(gc.unfreeze)  # or libraries call them leaked at the end


def _load(name: str) -> None:
    """Import a library; where the limit on memory leaves no room for it, that is the error, whatever it says."""
    try:
        _import(name)
    except Exception:
        environment.require_memory(f"to load {name}")
        raise
    environment.require_memory(f"to work with {name}")


def _import(name: str) -> None:
    """Import a library without looking for garbage among what it makes: there is none, and every look takes time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


def _place_of_cache() -> Events:
    """Say where computed features go, where their own folder cannot be written."""
    if not paths.can_write(own := paths.own_cache_folder()):
        yield Warned(f"{own} cannot be written, so computed features are kept in {paths.cache_folder()}.")


def _require_folder(spec: DatasetSpec) -> Events:
    """Find a mistyped folder or file before ten seconds of imports; tells while a server does not answer."""
    from studio.jobs.workers import alone

    yield from alone(functools.partial(_found, spec), spec.folder)


def _found(spec: DatasetSpec, path: str) -> bool:
    folder = paths.expanded(path)
    if not folder.is_dir():
        raise Fault(
            f"There is no folder {folder}." if not folder.exists() else f"{folder} is a file, not a folder.",
            "Check the path.",
            folder,
        )
    if spec.targets and not paths.expanded(spec.targets).is_file():
        raise Fault(f"There is no file {spec.targets}.", "Check the path of the file with the numbers.", spec.targets)
    return True
