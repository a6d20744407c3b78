"""The steps from a photo to its prediction in words, and the numbers that are listed of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.events import PredictionTrace, TraceStep
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated

TITLES = {
    "photo": tr("Photo"),
    "tensor": "Tensor",
    "features": tr("Features"),
    "scores": tr("Scores"),
    "probabilities": "Softmax",
    "number": tr("Number"),
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
        return f"{bits}, {step.low:.0f} … {step.high:.0f}", tr("frame: the crop") if trace.crop else tr(
            "all of it is seen"
        )
    if step.step == "tensor":
        means = " ".join(_value(float(mean)) for mean in step.values.reshape(len(step.values), -1).mean(axis=1))
        return tr("float32, {low} … {high}").format(low=low, high=high), tr("mean {means}").format(means=means)
    if step.step == "features":
        zeros = float((step.values == 0).mean())
        return tr("{low} … {high}, mean {value}").format(low=low, high=high, value=_value(step.mean)), tr(
            "{zeros} zero"
        ).format(zeros=numbers.percent(zeros, 0))
    if step.step == "probabilities":
        return tr("sum {sum:.2f}").format(sum=float(step.values.sum())), tr("temperature {temperature:.2f}").format(
            temperature=trace.temperature
        )
    if step.step == "number":
        return tr("in the unit of the targets"), ""
    features = trace.steps[2].shape[0]
    return f"{low} … {high}", tr("{features} × {values} weights").format(features=features, values=len(step.values))


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
            found.append((tr("{name}, lowest").format(name=name), _value(float(channel.min()))))
            found.append((tr("{name}, highest").format(name=name), _value(float(channel.max()))))
            found.append((tr("{name}, mean").format(name=name), _value(float(channel.mean()))))
        return found
    called = [typography.one_line(name) for name in names(step, classes)]
    called = called or [str(number) for number in range(1, len(values) + 1)]
    digits = 4 if step.step == "probabilities" else 3
    listed = [(name, f"{value:.{digits}f}".replace("-", "−")) for name, value in zip(called, values, strict=True)]
    return listed[:MOST_ROWS]


def distance_words(trace: PredictionTrace) -> str:
    """The distance of the photo from the training photos in one sentence."""
    if trace.distance is None or trace.limit is None:
        return sentence(trace.near_note) or tr("The distance to the training photos is unknown.")
    side = tr("farther than") if trace.distance > trace.limit else tr("within")
    return tr(
        "Mean cosine distance to the 5 nearest training photos: {distance:.3g}, {side} the {limit:.3g} "
        "that counts as unlike."
    ).format(distance=trace.distance, side=side, limit=trace.limit)


def sentence(note: str) -> str:
    """A reason as a sentence of its own."""
    note = translated(note)
    return f"{note[:1].upper()}{note[1:].removesuffix('.')}." if note else ""


def near_title(trace: PredictionTrace) -> str:
    """How many of the nearest training photos have the answered class: “6 of 6 are bees”; "" in regression."""
    answer = trace.prediction.predicted
    if not trace.near or not answer:
        return ""
    same = sum(near.name == answer for near in trace.near)
    return tr("{same} of {near} are {answer}").format(
        same=same, near=len(trace.near), answer=typography.one_line(answer)
    )
