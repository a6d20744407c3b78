"""The trace of a photo as JSON and as lines of text."""

from __future__ import annotations

from typing import Any

from studio.events import NearPhoto, PredictionTrace, TraceStep
from studio.formatting.numbers import figures, shape
from studio.system.output import say, say_table


def document(trace: PredictionTrace) -> dict[str, Any]:
    """The trace of one photo, as entries of its JSON object."""
    return {
        "trace": [
            {"step": one.step, "shape": list(one.shape), "low": one.low, "high": one.high, "mean": one.mean}
            for one in trace.steps
        ],
        "crop": list(trace.crop) if trace.crop is not None else None,
        "temperature": trace.temperature,
        "nearest": [{"path": one.path, "class": one.name, "distance": one.distance} for one in trace.near],
        "compared": trace.compared,
        "nearest_note": trace.near_note,
        "unlike_distance": trace.distance,
        "unlike_limit": trace.limit,
    }


def say_trace(trace: PredictionTrace) -> None:
    """Print the steps of one photo below its prediction."""
    rows = [["  STEP", "SHAPE", "LOWEST", "HIGHEST", "MEAN"], *map(_row, trace.steps)]
    say_table(rows, {2, 3, 4})
    if trace.temperature != 1:
        say(f"  The scores are divided by {figures(trace.temperature)}, the temperature of the run.")
    if trace.distance is not None and trace.limit is not None:
        verdict = "beyond" if trace.distance > trace.limit else "within"
        limit = f"{verdict} the limit of {figures(trace.limit)}"
        say(f"  Distance to the training photos: {figures(trace.distance)}, {limit}")
    if trace.near:
        say(f"  Nearest of {trace.compared:,} training photos, with the distance of each:")
        say_table([_near(one) for one in trace.near], {1})
    else:
        say(f"  No nearest training photos: {trace.near_note}.")


def _row(one: TraceStep) -> list[str]:
    return [f"  {one.step}", shape(one.shape), *(figures(value) for value in (one.low, one.high, one.mean))]


def _near(one: NearPhoto) -> list[str]:
    return [f"    {one.path}", f"{one.distance:.3f}", one.name]
