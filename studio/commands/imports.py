"""Heavy libraries, imported in a worker before the first job needs them."""

from __future__ import annotations

import contextlib
import gc

from studio.events import Events, Stage
from studio.jobs import libraries
from studio.jobs.protocol import Stop, Work, never

HEAVY = ("torch",)
"""Imported before the engine, which imports torchvision and timm itself where it builds a network."""

ENGINE = ("studio.engine.training.run", "studio.engine.inspection.activations", "studio.engine.augment.preview")
"""Imported while the window is idle: an import during a click would freeze it."""


def start(work: Work) -> Events:
    """The events of a job that cannot be stopped from outside; `studio.notebook` runs those that can."""
    return work(never)


def warm_up() -> Work:
    """Import the engine and its evaluation in advance, so that no training freezes the window."""

    def work(_stop: Stop) -> Events:
        yield from imported()
        from studio.engine.backbones import sources

        yield from libraries.imported(*sources.libraries())
        for name in ENGINE:
            yield Stage("import", "Loading the engine")
            libraries.import_quickly(name)
        from studio.engine.extraction import compiled

        with contextlib.suppress(ImportError):  # without OpenVINO, torch runs the network
            compiled.library()
        gc.freeze()

    return work


def imported(*more: str) -> Events:
    """Import the engine's libraries and `more`, one per step."""
    import studio.engine  # noqa: F401  # sets environment variables that torch reads at import

    yield from libraries.imported(*HEAVY, *more)
