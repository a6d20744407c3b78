"""The steps from a photo to its prediction in words, and the numbers that are listed of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.events import PredictionTrace, TraceStep
from studio.formatting import numbers, typography

TITLES = {
    "photo": "Photo",
    "tensor": "Tensor",
    "features": "Features",
    "scores": "Scores",
    "probabilities": "Softmax",
    "number": "Number",
}
MOST_ROWS = 5000
"""Largest number of values of a step that are listed."""


def _value(value: float) -> str:
    return f"{value:.2f}".replace("-", "−") if abs(value) < 1000 else numbers.figures(value)


def captions(step: TraceStep, trace: PredictionTrace) -> tuple[str, str]:
    """Two lines below a step: its range, and what it is."""
    low, high = _value(step.low), _value(step.high)
    if step.step == "photo":
        bits = "uint8" if step.values.dtype == np.uint8 else str(step.values.dtype)
        return f"{bits}, {step.low:.0f} … {step.high:.0f}", "frame: the crop" if trace.crop else "all of it is seen"
    if step.step == "tensor":
        means = " ".join(_value(float(mean)) for mean in step.values.reshape(len(step.values), -1).mean(axis=1))
        return f"float32, {low} … {high}", f"mean {means}"
    if step.step == "features":
        zeros = float((step.values == 0).mean())
        return f"{low} … {high}, mean {_value(step.mean)}", f"{numbers.percent(zeros, 0)} zero"
    if step.step == "probabilities":
        return f"sum {float(step.values.sum()):.2f}", f"temperature {trace.temperature:.2f}"
    if step.step == "number":
        return "in the unit of the targets", ""
    features = trace.steps[2].shape[0]
    return f"{low} … {high}", f"{features} × {len(step.values)} weights"


def spoken(step: TraceStep, trace: PredictionTrace) -> str:
    """A step in one sentence."""
    return f"{TITLES[step.step]}, {numbers.shape(step.shape)}, {', '.join(filter(None, captions(step, trace)))}"


def names(step: TraceStep, classes: Sequence[str]) -> Sequence[str]:
    """Name of each value of a step with one value per class; () for other steps."""
    return classes if step.step in ("scores", "probabilities") and len(classes) == len(step.values) else ()


def rows(step: TraceStep, classes: Sequence[str]) -> list[tuple[str, str]]:
    """Name and value of the numbers of a step; for pixels lowest, highest and mean of each channel."""
    values: NDArray[Any] = step.values
    if step.step in ("photo", "tensor"):
        channels = values.transpose(2, 0, 1) if step.step == "photo" else values
        found = []
        for name, channel in zip(("red", "green", "blue"), channels, strict=False):
            found.append((f"{name}, lowest", _value(float(channel.min()))))
            found.append((f"{name}, highest", _value(float(channel.max()))))
            found.append((f"{name}, mean", _value(float(channel.mean()))))
        return found
    called = [typography.one_line(name) for name in names(step, classes)]
    called = called or [str(number) for number in range(1, len(values) + 1)]
    digits = 4 if step.step == "probabilities" else 3
    listed = [(name, f"{value:.{digits}f}".replace("-", "−")) for name, value in zip(called, values, strict=True)]
    return listed[:MOST_ROWS]


def distance_words(trace: PredictionTrace) -> str:
    """The distance of the photo from the training photos in one sentence."""
    if trace.distance is None or trace.limit is None:
        return sentence(trace.near_note) or "The distance to the training photos is unknown."
    side = "farther than" if trace.distance > trace.limit else "within"
    return (
        f"Mean cosine distance to the 5 nearest training photos: {trace.distance:.3g}, {side} the {trace.limit:.3g} "
        "that counts as unlike."
    )


def sentence(note: str) -> str:
    """A reason as a sentence of its own."""
    return f"{note[:1].upper()}{note[1:].removesuffix('.')}." if note else ""


def near_title(trace: PredictionTrace) -> str:
    """How many of the nearest training photos have the answered class: “6 of 6 are bees”; "" in regression."""
    answer = trace.prediction.predicted
    if not trace.near or not answer:
        return ""
    same = sum(near.name == answer for near in trace.near)
    return f"{same} of {len(trace.near)} are {typography.one_line(answer)}"
