"""The document of `thaw evaluate --json`: the evaluation of a run's predictions on one split."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import label_errors, slices, verdict_rules
from studio.evaluate.documents import decision
from studio.evaluate.documents.values import interval as interval
from studio.evaluate.probabilities import abstention, calibration, curve_areas, scores, thresholds
from studio.evaluate.rules.splits import TRAINING_PHOTOS
from studio.evaluate.slices import Slice, SliceValues
from studio.evaluate.verdict_facts import Facts, ScratchRun
from studio.events import Epoch, JudgedPart, Split
from studio.spec.decision import DecisionRule

MOST_PHOTOS = 100
"""Most photos in the lists of the hardest photos and of likely label errors."""

MOST_THRESHOLDS = 5_000_000
"""Number of classes times number of photos above which no thresholds are chosen: it would take too many seconds."""

PART_WORDS: Mapping[Split, str] = {
    "train": TRAINING_PHOTOS,
    "val": "validation photos",
    "test": "test photos",
}


@dataclass(frozen=True)
class RunFacts:
    """Facts about the run for the document, besides its predictions.

    Attributes:
        classes: Names of the classes, in the order of the labels.
        epochs: Epochs of the run up to the evaluated one.
        later: Its epochs after that.
        all_frozen: True if only the head was trained.
        best_probe: Name and predictions (N,) of the best quick probe; None where there is none.
        probe_rows: The rows of the document under “probe”; None where there is no probe.
        out_of_sample: (N, K) probabilities of a classifier that was not fitted on the photos, for label errors among
            training photos; None where there are none.
        slices: Slices of the photos, from `part_slices`; None for those by folder alone.
        threshold: Rule of the thresholds, as in `thresholds.parse`.
        fitted_on: Predictions on another part, on which thresholds and temperature are chosen; None for a cross-fit.
        decision: The stored decision rule of the run; None where there is none.
        pairs: Paths of pairs of a training photo and a judged one that show the same.
        scratch: A run from scratch on the same photos; None where there is none.
        test_judgments: Number of other runs and epochs judged on the same test photos.
        test_repeats: How often this run and epoch were judged on them before.
        settled: Paths of photos whose label the user settled; they are no longer likely label errors.
    """

    classes: tuple[str, ...]
    epochs: Sequence[Epoch] = ()
    all_frozen: bool = False
    best_probe: tuple[str, NDArray[Any]] | None = None
    probe_rows: Mapping[str, Any] | None = None
    out_of_sample: NDArray[np.float64] | None = None
    slices: Sequence[Slice] | None = None
    threshold: str = "f1"
    fitted_on: JudgedPart | None = None
    decision: DecisionRule | None = None
    pairs: Sequence[tuple[str, str]] = ()
    scratch: ScratchRun | None = None
    test_judgments: int = 0
    test_repeats: int = 0
    settled: frozenset[str] = frozenset()
    later: Sequence[Epoch] = ()


def classification(part: JudgedPart, run: RunFacts) -> dict[str, Any]:
    """The document of predicted classes, without the facts about the run that its caller adds."""
    labels, probabilities = part.truth, part.predicted
    finite = bool(np.isfinite(probabilities).all())
    shares = np.nan_to_num(probabilities, nan=0.0, posinf=0.0, neginf=0.0)
    predicted = shares.argmax(axis=1)
    matrix = scores.confusion(labels, predicted, len(run.classes))
    metrics = scores.overall(labels, shares)
    rows = scores.per_class(matrix, run.classes)
    place_of = {path: place for place, path in enumerate(part.paths)}
    word, reasons = verdict_rules.verdict(
        Facts(
            labels,
            predicted,
            rows,
            metrics["loss"].value if finite else float("nan"),
            PART_WORDS[part.split],
            _train_accuracy(part, run),
            run.epochs,
            run.all_frozen,
            run.best_probe,
            tuple(place_of[path] for _, path in run.pairs),
            run.scratch,
            run.test_judgments,
            run.later,
            run.test_repeats,
        )
    )
    return {
        "metrics": {key: interval(one) for key, one in metrics.items()},
        "per_class": [_class_row(row) for row in rows],
        "confusion": {"classes": list(run.classes), "counts": matrix.tolist()},
        "verdict": {
            "word": word,
            "reasons": [
                {
                    "rule": reason.rule,
                    "severity": reason.severity,
                    "text": reason.text,
                    "photos": [part.paths[photo] for photo in reason.photos[:MOST_PHOTOS]],
                    "classes": [run.classes[label] for label in reason.classes],
                    "evidence": reason.evidence or ("photos" if reason.photos else "classes" if reason.classes else ""),
                    "run": reason.run,
                    "proposal": reason.proposal,
                }
                for reason in reasons
            ],
        },
        "slices": slice_rows(part, part_slices(part, SliceValues()) if run.slices is None else run.slices),
        "leakage": [list(pair) for pair in run.pairs],
        "probe": dict(run.probe_rows) if run.probe_rows is not None else None,
        "calibration": calibration_row(labels, shares, run.fitted_on),
        "abstention": {
            "risk_area": abstention.risk_area(labels, shares),
            "answered": [
                {"coverage": one.coverage, "confidence": one.confidence, "accuracy": interval(one.accuracy)}
                for one in abstention.table(labels, shares)
            ],
        },
        "threshold": threshold_rows(labels, shares, run),
        "decision": decision.document(part, run.decision, run.classes) if run.decision is not None else None,
        "hardest": hardest(part, shares, run.classes),
        **_label_errors(part, shares if part.split != "train" else run.out_of_sample, run),
    }


def calibration_row(
    labels: NDArray[Any], probabilities: NDArray[Any], fitted_on: JudgedPart | None = None
) -> dict[str, Any]:
    """Calibration error, reliability table and temperature as JSON."""
    other = (fitted_on.truth, fitted_on.predicted) if fitted_on is not None else None
    result = calibration.calibration(labels, probabilities, other)
    return {
        "fitted_on": fitted_on.split if fitted_on is not None else "cross-fit",
        "error": result.error,
        "loss": result.loss,
        "temperature": result.temperature,
        "scaled_error": result.scaled_error,
        "scaled_loss": result.scaled_loss,
        "bins": [asdict(one) for one in result.bins],
    }


def hardest(part: JudgedPart, probabilities: NDArray[Any], classes: Sequence[str]) -> list[dict[str, Any]]:
    """The photos with the highest losses, the worst first."""
    losses = scores.losses(part.truth, probabilities)
    predicted = probabilities.argmax(axis=1) if len(losses) else losses
    return [
        {
            "path": part.paths[photo],
            "true": classes[part.truth[photo]],
            "predicted": classes[predicted[photo]],
            "probability": float(probabilities[photo].max()),
            "loss": float(losses[photo]),
        }
        for photo in np.argsort(-losses, kind="stable")[:MOST_PHOTOS]
    ]


def _label_errors(part: JudgedPart, probabilities: NDArray[Any] | None, run: RunFacts) -> dict[str, Any]:
    """Photos whose label is likely wrong, the worst first; none where there are no out-of-sample probabilities."""
    lists: dict[str, list[dict[str, Any]]] = {"label_errors": [], "label_errors_settled": []}
    if probabilities is None:
        return lists
    margins = label_errors.margins(probabilities, part.truth)
    for photo in label_errors.candidates(probabilities, part.truth):
        rows = lists["label_errors_settled" if part.paths[photo] in run.settled else "label_errors"]
        if len(rows) < MOST_PHOTOS:
            rows.append(
                {
                    "path": part.paths[photo],
                    "label": run.classes[part.truth[photo]],
                    "suggested": run.classes[int(probabilities[photo].argmax())],
                    "margin": float(margins[photo]),
                }
            )
    return lists


def part_slices(part: JudgedPart, values: SliceValues, regression: bool = False) -> tuple[Slice, ...]:
    """Slices of the judged photos, the worst first.

    Args:
        part: The photos.
        values: Their properties besides their folders.
        regression: True for regression.
    """
    folders = [posixpath.dirname(path) or "." for path in part.paths]
    if regression:
        errors = np.abs(np.nan_to_num(np.asarray(part.predicted, np.float64) - part.truth))
        return slices.worst_first(folders, values, errors, regression=True)
    labels = part.truth.tolist()
    if len(set(zip(folders, labels, strict=True))) == len(set(labels)):
        folders = [""] * len(folders)  # one folder per class: these slices are the rows of the classes
    guesses = np.nan_to_num(part.predicted).argmax(axis=1) if len(labels) else part.truth
    return slices.worst_first(folders, values, guesses == part.truth)


def slice_rows(part: JudgedPart, own: Sequence[Slice]) -> list[dict[str, Any]]:
    """Slices of the photos as JSON, each with its first photos."""
    return [
        {
            "by": one.by,
            "slice": one.name,
            **interval(one.score),
            "few": one.score.n < slices.FEW,
            "photos": [part.paths[photo] for photo in one.photos[:MOST_PHOTOS]],
        }
        for one in own
    ]


def threshold_rows(labels: NDArray[Any], probabilities: NDArray[Any], run: RunFacts) -> dict[str, Any] | None:
    """The threshold of each class that has photos, judged on photos it was not chosen on; None for very large parts."""
    if len(run.classes) * len(labels) > MOST_THRESHOLDS:
        return None
    (words, rule), rows, other = thresholds.parse(run.threshold), [], run.fitted_on
    for label, name in enumerate(run.classes):
        own, positive = probabilities[:, label], labels == label
        if not positive.any():
            continue
        if other is not None:
            chosen_on = (other.predicted[:, label], other.truth == label)
            threshold = thresholds.chosen_elsewhere(chosen_on, (own, positive), rule)
        else:
            threshold = thresholds.cross_fitted(own, positive, rule)
        points = thresholds.curve(own, positive)
        rows.append(
            {
                "class": name,
                "value": threshold.value if math.isfinite(threshold.value) else None,  # the rule cannot be met
                "precision": interval(threshold.precision),
                "recall": interval(threshold.recall),
                "f1": interval(threshold.f1),
                "folds": threshold.folds,
                "roc_area": points.area,
                "average_precision": points.average_precision,
                "roc_area_interval": interval(curve_areas.roc_area(points)),
                "average_precision_interval": interval(curve_areas.average_precision(points)),
            }
        )
    return {"rule": words, "chosen_on": other.split if other is not None else "cross-fit", "classes": rows}


def _train_accuracy(part: JudgedPart, run: RunFacts) -> float | None:
    epoch = next((one for one in run.epochs if one.epoch == part.epoch), None)
    return epoch.train("accuracy") if epoch is not None and part.split != "train" else None


def _class_row(row: scores.ClassScores) -> dict[str, Any]:
    return {
        "name": row.name,
        "support": row.support,
        "precision": interval(row.precision),
        "recall": interval(row.recall),
        "f1": interval(row.f1),
        "note": row.note,
    }
