"""Imports of heavy libraries as steps of a job."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys

from studio.events import Events, Stage
from studio.system import atomic_files, environment, lazy_compiler

NETWORKS = ("torchvision", "timm")
"""Whose code networks are built with."""


def imported(*names: str) -> Events:
    """Import libraries one after the other, so that a job can stop between them."""
    missing = [name for name in names if name not in sys.modules]
    if not missing:
        return
    if not atomic_files.has_current_folder():
        os.chdir(os.sep)  # or Intel's library ends the process; relative paths have been refused before
    for name in missing:
        yield Stage("import", f"Starting: loading {name}")
        _load(name)
    gc.freeze()  # half a million objects that stay: looking through them again would make the window stutter
    atexit.unregister(gc.unfreeze)
    atexit.register(gc.unfreeze)  # or libraries call them leaked at the end


def import_quickly(name: str) -> None:
    """Import a library without looking for garbage among what it makes, and without torch's compiler."""
    collecting = gc.isenabled()
    gc.disable()  # there is no garbage, and every look takes time
    try:
        with lazy_compiler.placeholder():
            importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


def _load(name: str) -> None:
    """Import a library; where the limit on memory leaves no room for it, that is the error, whatever it says."""
    try:
        import_quickly(name)
    except Exception:
        environment.require_memory(f"to load {name}")
        raise
    environment.require_memory(f"to work with {name}")
