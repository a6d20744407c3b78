"""Photos about which a run and other runs of the same folder disagree, by their stored validation predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import disagreement
from studio.evaluate.compare import comparison
from studio.evaluate.compare.comparison import JudgedPhoto
from studio.events import JudgedPart
from studio.jobs.worker_pauses import unhurried
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.runs.files.record import RunRecord
from studio.spec import UserError

MOST_RUNS = 5
"""Largest number of other runs that are compared: the newest ones."""

MOST_NUMBERS = 2_000_000
"""Largest number of probabilities (photos × classes) for which other runs are read; more take many seconds."""

MOST_PHOTOS = 100
LEAST = 0.01
"""Disagreement in nats below which a photo is not listed."""


def disagreements(run: Path, record: RunRecord, judged: JudgedPart) -> dict[str, Any] | None:
    """The photos, the greatest disagreement first; None if no other run judged them."""
    if judged.split != "val" or record.target or not 0 < judged.predicted.size <= MOST_NUMBERS:
        return None
    names: list[str] = []
    predicted = [np.asarray(judged.predicted, np.float64)]
    for where in sorted(run.parent.iterdir(), reverse=True):  # the names of runs begin with their time
        if where != run and len(names) < MOST_RUNS and (theirs := _predicted(where, record, judged)) is not None:
            predicted.append(theirs)
            names.append(where.name)
    if not names:
        return None
    scores = disagreement.scores(predicted)
    order = [photo for photo in np.argsort(-scores, kind="stable")[:MOST_PHOTOS] if scores[photo] >= LEAST]
    return {"runs": names, "photos": [_row(photo, scores[photo], predicted, record, judged) for photo in order]}


def _row(
    photo: np.int64, score: np.float64, predicted: list[NDArray[np.float64]], record: RunRecord, judged: JudgedPart
) -> dict[str, Any]:
    votes: dict[str, int] = {}
    for one in predicted:
        if np.isfinite(one[photo]).all():
            name = record.classes[int(one[photo].argmax())]
            votes[name] = votes.get(name, 0) + 1
    return {
        "path": judged.paths[photo],
        "true": record.classes[judged.truth[photo]],
        "predicted": record.classes[int(np.nan_to_num(predicted[0][photo]).argmax())],
        "votes": votes,
        "disagreement": float(score),
    }


def _predicted(where: Path, record: RunRecord, judged: JudgedPart) -> NDArray[np.float64] | None:
    """Probabilities (N, K) of another run for the judged photos, NaN for others; None if it judged none of them."""
    try:
        if not (where / runs.RUN).is_file():
            return None
        other = runs.read(where, only_known=False)
        same = other.spec.dataset.folder == record.spec.dataset.folder and other.classes == record.classes
        stored = judged_photos.stored(where, other, judged.folder) if same and not other.target else None
    except (OSError, ValueError, UserError):
        return None
    if stored is None:
        return None
    own, theirs = comparison.match(_photos(judged), _photos(stored))
    if not len(own):
        return None
    result = np.full(judged.predicted.shape, np.nan)
    result[own] = stored.predicted[theirs]
    return result


def _photos(part: JudgedPart) -> list[JudgedPhoto]:
    return [JudgedPhoto(path, content) for path, content in unhurried(zip(part.paths, part.contents, strict=True))]
