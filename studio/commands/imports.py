"""Heavy libraries, imported in a worker before the first job needs them."""

from __future__ import annotations

import contextlib
import gc

from studio.events import Events, Stage
from studio.jobs import libraries
from studio.jobs.protocol import Stop, Work, never

HEAVY = ("torch",)
"""Imported before the engine, which imports torchvision and timm itself where it builds a network."""

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
        yield from imported(*libraries.NETWORKS, JUDGE)
        for name in ENGINE:
            yield Stage("import", "Loading the engine")
            libraries.import_quickly(name)
        from studio.engine.extraction import openvino

        with contextlib.suppress(ImportError):  # where there is none the network itself does its work
            openvino.library()
        gc.freeze()

    return work


def imported(*more: str) -> Events:
    """Import what the engine stands on, and `more`, one library a step."""
    import studio.engine  # noqa: F401  # sets what torch reads when it is loaded

    yield from libraries.imported(*HEAVY, *more)
