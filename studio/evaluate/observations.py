"""What an epoch tells, in words a person can act on, from the numbers of the epochs alone.

A table of losses is read by few; "validation loss rising while training loss falls" is read by all. The words of an
epoch depend on the epochs before it, except that only the best of all is called "best so far".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio.events import Epoch

Tone = Literal["good", "plain", "caution", "bad"]

RISING = 3
"""Epochs in a row with rising validation and falling training loss that are called overfitting; two may be noise."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What happened in one epoch.

    Attributes:
        words: A few words, lower case, no full stop.
        tone: How to take it.
    """

    words: str
    tone: Tone = "plain"


def observe(epochs: Sequence[Epoch]) -> tuple[Observation, ...]:
    """One observation an epoch, in the order of `epochs`. Validation loss decides, because it moves before accuracy."""
    found: list[Observation] = []
    best = -1
    for position, epoch in enumerate(epochs):
        if not (math.isfinite(epoch.train_loss) and math.isfinite(epoch.val_loss)):
            found.append(Observation("loss is not a number: lower the learning rate", "bad"))
        elif best < 0 or epoch.val_loss < epochs[best].val_loss:
            best = position
            found.append(Observation("improving"))
        elif _overfits(epochs[max(0, position - RISING) : position + 1]):
            found.append(Observation("validation loss rising while training loss falls: overfitting", "caution"))
        else:
            since = position - best
            found.append(Observation(f"no better for {since} epochs" if since > 1 else "no better"))
    if best >= 0:
        found[best] = Observation("best so far", "good")
    return tuple(found)


def _overfits(last: Sequence[Epoch]) -> bool:
    """True where each of the last epochs lost on validation and gained on training."""
    if len(last) <= RISING:
        return False
    return all(
        later.val_loss > earlier.val_loss and later.train_loss < earlier.train_loss
        for earlier, later in itertools.pairwise(last)
    )
