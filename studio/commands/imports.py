"""Jobs that import heavy libraries in a worker thread before the first job needs them."""

from __future__ import annotations

import contextlib
import gc

from studio.events import Events, Stage
from studio.jobs import libraries
from studio.jobs.protocol import Stop, Work, never

HEAVY = ("torch",)
"""Libraries imported before the engine, which imports torchvision and timm itself when it builds a network."""

ENGINE = (
    "studio.engine.training.run",
    "studio.engine.predict.looks",
    "studio.engine.augment.preview",
    "studio.data.journal.opening",
    "studio.data.journal.exports.transfer",
    "studio.data.images.photo_values",
)
"""Modules imported while the window is idle; an import during a click would block it."""


def start(work: Work) -> Events:
    """Start a job for callers that stop it only by closing its generator, or not at all."""
    return work(never)


def warm_up() -> Work:
    """Import the engine in advance, so that the first training does not block the window."""

    def work(_stop: Stop) -> Events:
        yield from imported()
        from studio.engine.backbones import sources

        yield from libraries.import_libraries(*sources.libraries())
        for name in ENGINE:
            yield Stage("import", "Loading the engine")
            libraries.import_quickly(name)
        from studio.engine.extraction import compiled

        with contextlib.suppress(ImportError):  # without OpenVINO, torch runs the network
            compiled.library()
        gc.freeze()

    return work


def imported(*more: str) -> Events:
    """Import the engine's libraries and `more`, with one event per library."""
    import studio.engine  # noqa: F401  # sets environment variables that torch reads at import

    yield from libraries.import_libraries(*HEAVY, *more)
