"""The augmentation of training photos."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

AugmentKind = Literal["flip", "vertical_flip", "crop", "rotation", "colour", "trivial", "rand"]


@documented
class AugmentStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the augmentation."""

    kind: Annotated[
        AugmentKind,
        Setting(
            label="Kind",
            help="Which transformation is applied",
            option="--augment",
            note="`flip`: left and right swapped. `crop`: a part of the photo, resized to full size. `colour` "
            "(`color` on the command line): brightness, contrast, saturation and hue. `trivial`: TrivialAugment, one "
            "random operation of random strength. `rand`: RandAugment, two random operations of the given strength.",
        ),
    ]
    amount: Annotated[
        float,
        Setting(
            label="Amount",
            help="Strength of the transformation",
            option="--augment",
            note="`crop`: at least 1 - amount of the area. `rotation`: up to amount x 90 degrees. `colour`: factors "
            "1 ± amount. `rand`: amount x 30 as its magnitude. Not used by flips and `trivial`.",
            ge=0,
            le=1,
        ),
    ] = 0.3
    probability: Annotated[
        float,
        Setting(
            label="Probability",
            help="Share of photos that it is applied to",
            option="--augment",
            note="Called `chance` in `run.json`.",
            ge=0,
            le=1,
        ),
    ] = msgspec.field(default=0.5, name="chance")  # the key in stored runs


@documented
class AugmentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The steps applied to training photos, in order; validation photos are never augmented."""

    steps: Annotated[
        tuple[AugmentStep, ...],
        Setting(
            label="Steps",
            help="Transformations, in the order in which they are applied to the resized and cropped photo",
            option="--augment",
        ),
    ] = ()
    views: Annotated[
        int,
        Setting(
            label="Views",
            help="Augmented views of each training photo that are computed once, cached, and trained on beside it",
            zero="random augmentation, new in every epoch, so that nothing can be computed once",
            ge=0,
        ),
    ] = 0

    @property
    def random(self) -> bool:
        """True where every epoch gets different pixels, so that features cannot be computed once."""
        return bool(self.steps) and self.views == 0
