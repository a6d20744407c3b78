"""Comparison of an exported file with the studio's own predictions, photo by photo."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine.export.model.model_format import Precision
from studio.events import Difference, Event, ImagePrediction, Progress
from studio.formatting.numbers import figures
from studio.jobs import processes
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop

TOLERANCES: dict[Precision, float | None] = {"float32": 1e-3, "float16": 2e-2, "int8": None}
"""Largest difference of a probability; for a regression, as a share of the standard deviation of the predictions."""

LEAST_SAME: dict[Precision, float] = {"float32": 1.0, "float16": 1.0, "int8": 0.98}
"""Share of the photos that must have the same class; where it is below 1, one photo may always differ."""

NUMBER_INT8 = 0.25
"""The tolerance of a regression's number in int8, as a share of the standard deviation of the predictions."""

WITHOUT_STUDIO = (
    "import runpy, sys; sys.modules['studio'] = None; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
)
"""Code that runs a program in which importing the studio fails."""


@dataclass(frozen=True)
class Limits:
    """Limits that a file must meet to pass.

    Attributes:
        tolerance: Largest difference; None if it does not matter.
        least_same: Least share of photos with the same class or value.
        words: Both limits in words.
    """

    tolerance: float | None
    least_same: float
    words: str

    def enough(self, same: int, photos: int) -> bool:
        """True if `same` of `photos` photos are enough to pass."""
        if self.least_same == 1.0:
            return same == photos
        return photos - same <= max(1, math.floor((1 - self.least_same) * photos + 1e-9))


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison; fields as in `Certificate`."""

    photos: int
    same_class: int
    largest_difference: float
    thresholds_same: int | None
    unlike_same: int | None
    first: Difference | None
    passed: bool
    photos_per_second: float


def answers(
    script: Path, photos: Sequence[str], stop: Stop, counted: int | None = None
) -> Generator[Event, None, list[dict[str, Any]]]:
    """Run the stand-alone program of a file on photos; returns its answers in their order.

    If it ends early, the missing answers are errors that say why. Progress counts only the first `counted` photos, or
    all if it is None, because the golden photo is not a validation photo.

    Raises:
        Interrupted: `stop` returned True.
    """
    total = len(photos) if counted is None else counted
    pace = Pace("check", total)
    found: list[dict[str, Any]] = []
    # `-I`: neither the current folder nor PYTHONPATH are searched for packages.
    printed = processes.lines(["-I", "-c", WITHOUT_STUDIO, str(script)], json.dumps(list(photos)), stop, False)
    failure = ""
    yield Progress("check", 0, total)
    while True:
        try:
            line = next(printed)
        except StopIteration as end:
            failure = (str(end.value).strip().splitlines() or ["it gave no answer"])[-1]
            break
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
        if (progress := pace.at(min(total, len(found)))) is not None:
            yield progress
    yield pace.end(min(total, len(found)))
    return [*found, *({"photo": path, "error": failure} for path in photos[len(found) :])]


def read_alone(got: Sequence[dict[str, Any]]) -> list[int]:
    """Positions of the answers about photos that the program could read; of all if it could read none.

    The studio reads some photos that plain Pillow refuses, such as JPEGs without an end marker.
    """
    return [place for place, one in enumerate(got) if not one.get("unreadable")] or list(range(len(got)))


def limits(precision: Precision, expected: Sequence[ImagePrediction], target: str) -> Limits:
    """The limits for a precision; for a regression they follow from the standard deviation of the predictions."""
    tolerance, least = TOLERANCES[precision], LEAST_SAME[precision]
    if target:
        numbers = np.array([one.number or 0.0 for one in expected], np.float64)
        spread = max(float(numbers.std()), 1e-3 * float(np.abs(numbers).max(initial=0.0)), 1e-9)
        share = tolerance if tolerance is not None else NUMBER_INT8
        tolerance = share * spread
        some = "all photos" if least == 1 else f"at least {least:.0%} of the photos (or all but one)"
        return Limits(tolerance, least, f"the value within {figures(tolerance, 3)} for {some}")
    if tolerance is None:
        return Limits(None, least, f"the same class for at least {least:.0%} of the photos (or all but one)")
    return Limits(
        tolerance,
        least,
        f"the same class, the same answer by thresholds and, where the file says it, the same “unlike” for all "
        f"photos, and no probability that differs by more than {tolerance:g}; a photo exactly at a limit may fall "
        "on either side",
    )


def compare(
    expected: Sequence[ImagePrediction],
    got: Sequence[dict[str, Any]],
    classes: Sequence[str],
    rule: Limits,
    target: str,
    has_rule: bool,
    least: dict[str, float] | None = None,
    least_confidence: float = 0.0,
) -> Comparison:
    """Compare the answers of a file with the predictions of the studio.

    Args:
        expected: The predictions of the studio.
        got: The answers of the file, in the same order.
        classes: Names of the classes.
        rule: Limits that the file must meet.
        target: Name of the predicted number; "" for classes.
        has_rule: True if the run has a decision rule.
        least: Thresholds of classes, for photos exactly at one of them.
        least_confidence: Least probability of an answer, for photos exactly at it.
    """
    same = answered = known = silent = 0
    largest, seconds = 0.0, 0.0
    first: Difference | None = None
    has_unlike = any(one.unlike is not None for one in expected) and all(
        "unlike" in one or "error" in one for one in got
    )
    margin = rule.tolerance if rule.tolerance is not None else 0.0
    for one, other in zip(expected, got, strict=True):
        seconds += float(other.get("seconds", 0.0))
        if "error" in other:
            wanted = figures(one.number or 0.0, 6) if target else one.predicted
            first = first or Difference(one.path, 1.0, wanted, str(other["error"]), "no answer")
            largest, silent = max(largest, 1.0), silent + 1
            continue
        if target:
            ours_is, given_is = float(one.number or 0.0), float(other["value"])
            # 1 as without an answer: JSON has no infinity, and the certificate could not be read again.
            difference = abs(given_is - ours_is) if math.isfinite(given_is) else 1.0
            is_same = math.isfinite(given_is) and difference <= margin
            texts = (figures(ours_is, 6), figures(given_is, 6))
            at_limit = False
        else:
            shares = np.array([other["probabilities"].get(name, math.nan) for name in classes])
            ours = np.array(one.probabilities)
            gaps = np.abs(shares - ours)
            difference = float(gaps.max()) if np.isfinite(gaps).all() else 1.0
            top = (classes[int(ours.argmax())], classes[int(np.nan_to_num(shares, nan=-1).argmax())])
            is_same = top[0] == top[1]
            texts = top
            at_limit = (
                any(abs(float(ours[classes.index(name)]) - value) <= margin for name, value in (least or {}).items())
                or abs(float(ours.max()) - least_confidence) <= margin
            )
        agrees = bool(target) or at_limit or (other["class"] == one.predicted and other["sure"] == one.sure)
        unlike = True
        if has_unlike:
            gap = abs(float(other["distance"]) - (one.distance or 0.0))
            unlike = other["unlike"] == one.unlike or gap <= max(margin, 1e-3)
        largest = max(largest, difference)
        same, answered, known = same + is_same, answered + agrees, known + unlike
        beyond = rule.tolerance is not None and difference > rule.tolerance
        if first is None and (not is_same or beyond or not agrees or not unlike):
            why = (
                ("another value" if target else "another class") if not is_same
                else "another probability" if beyond
                else "another answer by the thresholds" if not agrees
                else "taken for unlike the training photos by only one of the two"
            )  # fmt: skip
            first = Difference(one.path, difference, texts[0], texts[1], why)
    photos = len(expected)
    strict = rule.least_same == 1.0
    passed = bool(photos) and not silent and rule.enough(same, photos)
    if not target and rule.tolerance is not None:
        passed = passed and largest <= rule.tolerance
    if strict:
        passed = passed and answered == photos and (not has_unlike or known == photos)
    return Comparison(
        photos,
        same,
        largest,
        answered if has_rule else None,
        known if has_unlike else None,
        first,
        passed,
        photos / seconds if seconds else 0.0,
    )


def golden_difference(
    expected: ImagePrediction, got: dict[str, Any], classes: Sequence[str], rule: Limits, target: str
) -> Difference | None:
    """How the answer of a file for the golden photo differs from that of the studio; None within the limits.

    Within the limits its class may differ: the photo is taken at random, so its two best scores may be nearly equal.
    """
    found = compare([expected], [got], classes, rule, target, has_rule=False)
    within = rule.tolerance is None or found.largest_difference <= rule.tolerance
    if "error" not in got and within:
        return None
    words = [figures(expected.number or 0.0, 6)] if target else [expected.predicted]
    given = str(got["error"]) if "error" in got else figures(float(got["value"]), 6) if target else str(got["class"])
    why = "no answer" if "error" in got else "another value" if target else "another probability"
    return Difference("the golden photo", found.largest_difference, words[0], given, why)


def scores(got: dict[str, Any], target: str) -> dict[str, float]:
    """The scores in an answer of a file, by class or by the name of the number; {} where it has none."""
    found = {} if "error" in got else {target: float(got["value"])} if target else dict(got["probabilities"])
    return found if all(map(math.isfinite, found.values())) else {}
