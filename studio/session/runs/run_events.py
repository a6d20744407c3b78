"""A run of the state after an event of its training, or of its reading from disk."""

from __future__ import annotations

from types import MappingProxyType

from studio.events import (
    Checkpoint,
    DatasetScanned,
    Epoch,
    Evaluated,
    Event,
    FeaturesComputed,
    LayersChanged,
    PredictedNumbers,
    PredictedProbabilities,
    RangesEstimated,
    RunOpened,
    Step,
    TrainingFinished,
)
from studio.session.state import RunState
from studio.spec.structs import replace

MOST_STEPS = 2000
"""Largest number of points of the live loss; then every other point is dropped, so that memory stays bounded."""


def with_event(run: RunState, event: Event) -> RunState:
    """The run after an event; unchanged after an event that does not concern runs."""
    if isinstance(event, PredictedProbabilities | PredictedNumbers | Evaluated) and event.epoch > len(run.epochs):
        return replace(run, pending=(*run.pending, event))
    match event:
        case DatasetScanned():
            return replace(run, dataset=event.dataset)
        case RangesEstimated():
            return replace(run, started=replace(run.started, ranges=event.ranges))
        case FeaturesComputed():
            return replace(run, extraction=event)
        case Step():
            steps = run.steps if len(run.steps) < MOST_STEPS else run.steps[::2]
            return replace(run, steps=(*steps, event))
        case Epoch():
            pending, run = run.pending, replace(run, epochs=(*run.epochs, event), pending=())
            for one in pending:
                run = with_event(run, one)
            return run
        case PredictedProbabilities():
            return replace(run, predictions=event)
        case Evaluated():
            return replace(run, reports=MappingProxyType({**run.reports, event.split: event.report}))
        case PredictedNumbers():
            return replace(run, numbers=event)
        case LayersChanged():
            return replace(run, layer_changes=event)
        case Checkpoint():
            return replace(run, checkpoint=event)
        case TrainingFinished():
            return replace(run, outcome=event)
        case RunOpened():
            return replace(run, status=event.summary.state, missing=event.missing)
        case _:
            return run
