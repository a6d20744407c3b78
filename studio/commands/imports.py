"""Heavy libraries, imported in a worker before the first job needs them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import sys

from studio.events import Events, Stage
from studio.jobs.protocol import Stop, Work, never
from studio.system import atomic_files, environment

HEAVY = ("torch", "torchvision", "timm")
"""Imported one after the other, so that a job can stop between them."""

JUDGE = "sklearn.metrics"
"""What a training needs besides: imported with the rest, and not in the middle of its first epoch."""

ENGINE = ("studio.engine.training.run", "studio.engine.inspection.activations", "studio.engine.augment.preview")
"""Imported by a window that waits for its user anyway: an import in the middle of a click halts it."""


def start(work: Work) -> Events:
    """The events of a job that is not stopped from outside; `studio.notebook` runs those that can be."""
    return work(never)


def warm_up() -> Work:
    """Import the engine, and what judges its results, so that no training halts a window for it."""

    def work(_stop: Stop) -> Events:
        yield from imported(JUDGE)
        for name in ENGINE:
            yield Stage("import", "Loading the engine")
            _import(name)
        from studio.engine.extraction import openvino

        with contextlib.suppress(ImportError):  # where there is none the network itself does its work
            openvino.library()
        gc.freeze()

    return work


def imported(*more: str) -> Events:
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
