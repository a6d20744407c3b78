"""The augmentation of training photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AugmentKind = Literal["flip", "vertical_flip", "crop", "rotation", "colour", "trivial", "rand"]


@dataclass(frozen=True)
class AugmentStep:
    """One change made to a training photo.

    Attributes:
        kind: `flip` (left and right), `vertical_flip`, `crop` (a part of the photo, made full size), `rotation`,
            `colour` (brightness, contrast, saturation, hue), `trivial` (TrivialAugment: one random change of random
            strength), `rand` (RandAugment: two random changes of the given strength).
        amount: How far it may go, 0…1: `crop` at least 1 - amount of the area, `rotation` up to amount x 90 degrees,
            `colour` factors 1 ± amount, `rand` amount x 30 as its magnitude; not used by flips and `trivial`.
        chance: Share of photos it is applied to, 0…1.
    """

    kind: AugmentKind
    amount: float = 0.3
    chance: float = 0.5


@dataclass(frozen=True)
class AugmentSpec:
    """Changes made to training photos, in order; validation photos are never changed.

    Attributes:
        steps: In the order they are applied to the photo as it is framed for the network.
        views: 0 changes each photo anew in every epoch, so nothing of it can be computed once. With N above 0, N
            changed views of each training photo are made once, cached, and trained on beside the photo itself.
    """

    steps: tuple[AugmentStep, ...] = ()
    views: int = 0

    @property
    def random(self) -> bool:
        """True where each epoch sees other pixels, so that nothing can be computed once."""
        return bool(self.steps) and self.views == 0
