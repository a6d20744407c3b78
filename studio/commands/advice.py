"""Jobs that advise on a run before it is trained."""

from __future__ import annotations

import os
from collections.abc import Generator

from studio.catalog import catalog
from studio.commands.backbones import available
from studio.commands.cache import say_cache_folder
from studio.commands.dataset import require_folder
from studio.commands.imports import imported
from studio.events import CutAdvice, Event, Events, Forecast, RatesSuggested
from studio.jobs.protocol import Stop, Work
from studio.planning.rate_choice import STEPS
from studio.spec import RunSpec
from studio.spec.structs import replace
from studio.spec.validation import check


def rates(spec: RunSpec, steps: int = STEPS) -> Work:
    """Test learning rates for a run with this spec; see `rate_finder.find`."""

    def work(stop: Stop) -> Events:
        own = yield from _prepared(spec)
        from studio.engine.advice import rate_finder

        for event in rate_finder.find(own, steps, stop):
            yield replace(event, spec=spec) if isinstance(event, RatesSuggested) else event

    return work


def cuts(spec: RunSpec) -> Work:
    """Probe the network of a run after each block; see `cut_advisor.find`."""

    def work(stop: Stop) -> Events:
        own = yield from _prepared(spec)
        from studio.engine.advice import cut_advisor

        for event in cut_advisor.find(own, stop):
            yield replace(event, backbone=spec.backbone) if isinstance(event, CutAdvice) else event

    return work


def forecast(spec: RunSpec, measure: bool = False) -> Work:
    """Forecast memory and time of a run with this spec; see `forecaster.find`.

    Weights that are not on this computer are not downloaded: random ones cost the same.
    """

    def work(stop: Stop) -> Events:
        own = yield from _checked(spec)
        if catalog.missing_megabytes(own.backbone) is not None:  # costs do not depend on the weights
            own = replace(own, backbone=replace(own.backbone, weights="none"))
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # torch warns of operations that it does not count
        yield from imported()
        from studio.engine.advice import forecaster

        for event in forecaster.find(own, measure, stop):
            yield replace(event, spec=spec) if isinstance(event, Forecast) else event

    return work


def backbones(spec: RunSpec) -> Work:
    """Compare the backbones on this computer for a data set; see `backbone_advisor.find`."""

    def work(stop: Stop) -> Events:
        own = yield from _prepared(spec)
        from studio.engine.advice import backbone_advisor

        yield from backbone_advisor.find(own, stop)

    return work


def _checked(spec: RunSpec) -> Generator[Event, None, RunSpec]:
    """Check the settings and the folder of photos; returns the settings with an available backbone."""
    own = replace(spec, backbone=available(spec.backbone))
    check(own)
    yield from require_folder(own.dataset)
    return own


def _prepared(spec: RunSpec) -> Generator[Event, None, RunSpec]:
    """As `_checked`, and import the engine, for a job that also uses the feature cache."""
    own = yield from _checked(spec)
    yield from say_cache_folder()
    yield from imported()
    return own
