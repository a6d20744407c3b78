"""The augmentation of training photos."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

AugmentKind = Literal["flip", "vertical_flip", "crop", "rotation", "colour", "trivial", "rand"]


@documented
class AugmentStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change made to a training photo."""

    kind: Annotated[
        AugmentKind,
        Setting(
            label="Kind",
            help="What is changed",
            option="--augment",
            note="`flip`: left and right. `crop`: a part of the photo, made full size. `colour`: brightness, contrast, "
            "saturation, hue. `trivial`: TrivialAugment, one random change of random strength. `rand`: RandAugment, "
            "two random changes of the given strength.",
        ),
    ]
    amount: Annotated[
        float,
        Setting(
            label="Amount",
            help="How far it may go",
            option="--augment",
            note="`crop`: at least 1 - amount of the area. `rotation`: up to amount x 90 degrees. `colour`: factors "
            "1 ± amount. `rand`: amount x 30 as its magnitude. Not used by flips and `trivial`.",
            ge=0,
            le=1,
        ),
    ] = 0.3
    chance: Annotated[
        float, Setting(label="Probability", help="Share of photos it is applied to", option="--augment", ge=0, le=1)
    ] = 0.5


@documented
class AugmentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes made to training photos, in order; validation photos are never changed."""

    steps: Annotated[
        tuple[AugmentStep, ...],
        Setting(
            label="Steps",
            help="Changes, in the order they are applied to the photo as it is framed",
            option="--augment",
        ),
    ] = ()
    views: Annotated[
        int,
        Setting(
            label="Views",
            help="Changed views of each training photo that are made once, cached, and trained on beside it",
            zero="random changes, made anew in every epoch, so that nothing can be computed once",
            ge=0,
        ),
    ] = 0

    @property
    def random(self) -> bool:
        """True where each epoch sees other pixels, so that nothing can be computed once."""
        return bool(self.steps) and self.views == 0
