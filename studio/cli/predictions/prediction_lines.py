"""A prediction as JSON and as a line of text."""

from __future__ import annotations

from typing import Any

from studio.events import ImagePrediction
from studio.formatting.numbers import figures
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.runs.model_card import ModelCard

UNLIKE = ", but unlike the training photos"


def line(event: ImagePrediction, about: RunRecord | HeadCard | ModelCard) -> str:
    """A prediction as a line of text."""
    if about.target:
        return f"{event.path}: {about.target} {figures(event.number or 0.0, 5)}{UNLIKE if event.unlike else ''}"
    ranked = sorted(zip(event.probabilities, about.classes, strict=True), reverse=True)[:5]
    shares = ", ".join(f"{name} {share:.3f}" for share, name in ranked)
    return f"{event.path}: {_answer(event)}  ({shares})"


def document(event: ImagePrediction, classes: tuple[str, ...]) -> dict[str, Any]:
    """A prediction as a JSON object; `classes` is () in regression."""
    if event.number is not None:
        return {"path": event.path, "number": event.number, "unlike": event.unlike, "distance": event.distance}
    return {
        "path": event.path,
        "predicted": event.predicted,
        "sure": event.sure,
        "unlike": event.unlike,
        "distance": event.distance,
        "probabilities": dict(zip(classes, event.probabilities, strict=True)),
    }


def _answer(event: ImagePrediction) -> str:
    """The predicted class, or that the model is not sure, or that the photo is unlike its training photos."""
    answer = event.predicted if event.sure else f"not sure, rather {event.predicted}"
    return f"{answer}{UNLIKE}" if event.unlike else answer
