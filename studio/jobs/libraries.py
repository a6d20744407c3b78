"""Import of large libraries as steps of a job."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
import threading

from studio.events import Events, Stage
from studio.system import lazy_compiler
from studio.system.files import atomic_files
from studio.system.process import environment

_IMPORTING = threading.Lock()
"""Held during an import: otherwise a second thread would wait for Python's own lock, where no job can stop."""


def import_libraries(*names: str) -> Events:
    """Import libraries one at a time, so that a job can stop between them."""
    missing = [name for name in names if name not in sys.modules]
    if not missing:
        return
    if not atomic_files.has_current_folder():
        os.chdir(os.sep)  # Intel's library may crash in a process whose current folder was deleted
    for name in missing:
        yield Stage("import", f"Starting: loading {name}")
        while not _IMPORTING.acquire(timeout=0.1):  # another thread imports it
            yield Stage("import", f"Starting: loading {name}")
        try:
            _load(name)
        finally:
            _IMPORTING.release()
    gc.freeze()  # half a million permanent objects: scanning them at each collection would make the window stutter
    atexit.unregister(gc.unfreeze)
    atexit.register(gc.unfreeze)  # otherwise some libraries report these objects as leaks at exit


def import_quickly(name: str) -> None:
    """Import a library with garbage collection paused, and without torch's compiler."""
    collecting = gc.isenabled()
    gc.disable()  # an import makes hardly any garbage, so collections would only take time
    try:
        with lazy_compiler.placeholder():
            importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


def _load(name: str) -> None:
    """Import a library; if the memory limit is too low for it, raise a `UserError` that says so."""
    try:
        import_quickly(name)
    except Exception:
        environment.require_memory(f"to load {name}")
        raise
    environment.require_memory(f"to work with {name}")
