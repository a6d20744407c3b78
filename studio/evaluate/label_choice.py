"""Chooses which photos to label next: doubtful ones that differ from each other.

Doubt is one minus the margin, the difference of the two highest probabilities (T. Scheffer, C. Decomain, S. Wrobel,
"Active Hidden Markov Models for Information Extraction", IDA 2001). Doubt alone chooses many photos of one kind, so the
choice among the most doubtful ones is the greedy k-center of O. Sener and S. Savarese ("Active Learning for
Convolutional Neural Networks: A Core-Set Approach", ICLR 2018), in which the distance to the nearest photo that is
already chosen is multiplied by the doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import novelty

Rows = NDArray[np.float32]

LEAST_DISTANCE = 1e-4
"""Photos with a smaller cosine distance show the same, up to the rounding of their features."""


class Doubt(NamedTuple):
    """How doubtful a prediction is.

    Attributes:
        value: 0…1.
        why: The reason in words.
    """

    value: float
    why: str


def of_class(probabilities: Sequence[float], classes: Sequence[str], distance: float | None) -> Doubt:
    """The doubt about a predicted class.

    A photo that is unlike the training photos (beyond the limit of the distance) is doubtful for that reason, too: its
    probabilities mean little.

    Args:
        probabilities: Probability of each class.
        classes: Names of the classes.
        distance: Distance to the training photos, as a multiple of the limit; None where it is unknown.
    """
    order = sorted(range(len(classes)), key=lambda label: (-probabilities[label], label))[:2]
    first, *rest = order
    second = probabilities[rest[0]] if rest else 0.0
    margin = 1.0 - (probabilities[first] - second)
    beyond = _beyond(distance)
    if beyond > margin:
        return Doubt(beyond, _unlike(distance or 0.0))
    words = f"{classes[first]} {probabilities[first]:.2f}"
    words = f"between {words} and {classes[rest[0]]} {second:.2f}" if rest else words
    return Doubt(margin, f"{words}, {_unlike(distance)}" if distance is not None and distance > 1 else words)


def of_number(distance: float) -> Doubt:
    """The doubt about a predicted number: by the distance (as in `of_class`), as there are no probabilities."""
    share = distance / (1.0 + distance)
    near = f"distance to the training photos {distance:.2f} times the limit"
    return Doubt(share, _unlike(distance) if distance > 1 else near)


def _beyond(distance: float | None) -> float:
    return 1.0 - 1.0 / distance if distance is not None and distance > 1 else 0.0


def _unlike(distance: float) -> str:
    return f"unlike the training photos ({distance:.2f} times the limit)"


def choose(doubts: NDArray[np.float64], rows: Rows, number: int) -> list[int]:
    """Positions of the photos to label, in the order of the choice.

    The first one is the most doubtful. Each other one has the highest product of its doubt and its cosine distance to
    the nearest chosen photo. Copies of a chosen photo are never chosen. Ties go to the first photo.

    Args:
        doubts: (N,) doubt of each photo.
        rows: (N, D) features.
        number: Number of photos; fewer are returned where no others are left that differ.
    """
    if not len(doubts) or number < 1:
        return []
    units = novelty.unit(rows)
    chosen = [int(np.argmax(doubts))]
    nearest = 1 - units @ units[chosen[0]]
    while len(chosen) < min(number, len(doubts)):
        score = np.where(nearest > LEAST_DISTANCE, np.maximum(doubts, np.finfo(np.float64).tiny) * nearest, -1.0)
        score[chosen] = -1.0
        place = int(np.argmax(score))
        if score[place] < 0:
            break
        chosen.append(place)
        nearest = np.minimum(nearest, 1 - units @ units[place])
    return chosen
