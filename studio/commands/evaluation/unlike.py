"""The judged photos that are unlike all training photos."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from studio.commands.evaluation.evaluation_evidence import ProbeResult
from studio.commands.imports import imported
from studio.evaluate import novelty
from studio.events import Event, JudgedPart, Warned
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs import decision_file
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.decision import PLAIN


def document(
    run: Path,
    record: RunRecord,
    judged: JudgedPart,
    weights: WeightsChoice,
    result: ProbeResult | None,
    device: str,
    stop: Stop,
) -> Generator[Event, None, dict[str, Any] | None]:
    """The judged photos that are unlike all training photos, for the document; None if that is unknown.

    It is also None for training photos, which would be compared with themselves.
    """
    if judged.split == "train" or not judged.paths:
        return None
    yield from imported()
    from studio.engine.predict.photos import unlike_photos

    share = (decision_file.read(run, record.classes) or PLAIN).known_kept
    features = result.features if result is not None else None
    try:
        distances = yield from unlike_photos.distances(run, record, judged, weights, share, features, device, stop)
    except UserError as error:
        yield Warned(f"Photos unlike the training photos were not searched for: {error.title}", error.hint)
        return None
    return novelty.document(judged.paths, distances, share) if distances is not None else None
