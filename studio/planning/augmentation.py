"""Names, descriptions and costs of augmentation steps, for window, command line and records.

`studio.engine.augment` applies them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.formatting.numbers import NARROW
from studio.spec import AugmentKind, AugmentSpec, AugmentStep, UserError

MIN_CROP = 0.05
"""Smallest share of a photo's area in a crop, at any amount."""

MAX_ROTATION = 90.0
"""Largest rotation in degrees, at amount 1."""

MACS_PER_SECOND = 40e9
"""Multiply-accumulates per second of a typical processor, for estimates before anything was measured."""


@dataclass(frozen=True)
class Kind:
    """A kind of augmentation step.

    Attributes:
        title: Display name.
        about: Description, part of a sentence.
        has_amount: False if it has no strength.
        amount: Default amount.
        probability: Default probability.
    """

    title: str
    about: str
    has_amount: bool = False
    amount: float = 0.3
    probability: float = 1.0


KINDS: Mapping[AugmentKind, Kind] = MappingProxyType(
    {
        "flip": Kind(
            "Flip",
            "left and right swapped; not for photos whose mirror image means something else, such as letters",
            probability=0.5,
        ),
        "vertical_flip": Kind(
            "Vertical flip",
            "top and bottom swapped; only for photos without up and down, such as aerial photos",
            probability=0.5,
        ),
        "crop": Kind("Crop", "a part of the photo, enlarged to full size", True),
        "rotation": Kind("Rotation", "rotated about the center", True, 0.15),
        "colour": Kind("Color", "brightness, contrast, saturation and hue changed", True, 0.2),
        "trivial": Kind("TrivialAugment", "one random operation of random strength"),
        "rand": Kind("RandAugment", "two random operations of the given strength", True),
    }
)


def name_of(kind: str) -> str:
    """The name of a kind as users type it."""
    return kind.replace("colour", "color")


NAMES = tuple(map(name_of, KINDS))
"""Names of the kinds as users type them; in records “color” is “colour”."""


def default_step(kind: AugmentKind) -> AugmentStep:
    """A step of a kind, with its default amount and probability."""
    defaults = KINDS[kind]
    return AugmentStep(kind, defaults.amount, defaults.probability)


def extent(step: AugmentStep) -> str:
    """Strength of a step in words: "up to 27°"; "" if its kind has none."""
    match step.kind:
        case "crop":
            return f"at least {_percent(max(MIN_CROP, 1 - step.amount))} of the area"
        case "rotation":
            return f"up to {step.amount * MAX_ROTATION:.3g}°"
        case "colour":
            return f"up to ± {_percent(step.amount)}"
        case "rand":
            return f"strength {round(step.amount * 30)} of 30"
        case _:
            return ""


def how_often(step: AugmentStep) -> str:
    """Probability of a step in words: "every photo", "50 % of photos"."""
    if step.probability >= 1:
        return "every photo"
    return "no photo" if step.probability <= 0 else f"{_percent(step.probability)} of photos"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}{NARROW}%"


def words(step: AugmentStep) -> str:
    """Description of a step in one line: "Rotation up to 27°, every photo"."""
    return f"{' '.join(filter(None, (KINDS[step.kind].title, extent(step))))}, {how_often(step)}"


def is_certain(spec: AugmentSpec) -> bool:
    """True if nothing is random, so that all views of a photo are the same."""
    return all(step.probability <= 0 or (step.probability >= 1 and "flip" in step.kind) for step in spec.steps)


def parse(text: str) -> AugmentStep:
    """Parse a step from the command line: `kind`, `kind:amount` or `kind:amount:probability`.

    Raises:
        UserError: The text is not a step.
    """
    name, *numbers = text.split(":")
    normalized = name.strip().lower().replace("-", "_").replace("color", "colour")
    kind = next((known_kind for known_kind in KINDS if known_kind == normalized), None)
    if kind is None:
        near = difflib.get_close_matches(normalized, KINDS, n=1)
        proposal = f"Did you mean {name_of(near[0])}? " if near else ""
        raise UserError(f"There is no augmentation called “{name}”.", f"{proposal}Available: {', '.join(NAMES)}.")
    if len(numbers) > 2:
        raise UserError(
            f"“{text}” has too many numbers.", "Write kind:amount:probability, for instance rotation:0.2:0.5."
        )
    step = default_step(kind)
    values = [_number(part, text) for part in numbers]
    amount, probability = (*values, *(step.amount, step.probability)[len(values) :])
    return AugmentStep(step.kind, amount, probability)


def _number(part: str, text: str) -> float:
    try:
        value = float(part)
    except ValueError as error:
        raise UserError(
            f"“{part}” in “{text}” is not a number.", "Use numbers from 0 to 1, for instance 0.3."
        ) from error
    if not 0 <= value <= 1:  # also refuses NaN, unlike `value < 0 or value > 1`
        raise UserError(f"“{part}” in “{text}” is not between 0 and 1.", "Use numbers from 0 to 1, for instance 0.3.")
    return value


# ------------------------------------------------------------------------------------------------- cost


@dataclass(frozen=True)
class Cost:
    """Work that augmentation adds to a run.

    Attributes:
        once: Number of views that pass through the network once, before training.
        each_epoch: Number of photos that pass through the whole network in every epoch, because they are not cached.
        rows: Number of rows that each epoch trains on.
        seconds_once: Time for all of `once`.
        seconds_each_epoch: Time for all of `each_epoch`.
        measured: True if the time per photo was measured on this computer; False if it is estimated from the size of
            the network.
    """

    once: int
    each_epoch: int
    rows: int
    seconds_once: float
    seconds_each_epoch: float
    measured: bool


def cost(spec: AugmentSpec, photos: int, macs: int, measured: float | None = None, change: float = 0.0) -> Cost:
    """Estimate the work that augmentation adds to a run.

    Args:
        spec: The augmentation.
        photos: Number of training photos.
        macs: Multiply-accumulates of one pass through the network.
        measured: Measured seconds per photo and pass on this computer; None without a measurement.
        change: Seconds that it takes to augment a photo.
    """
    per_photo = (macs / MACS_PER_SECOND if measured is None else measured) + change
    once = photos * spec.views if spec.steps else 0
    each = photos if spec.random else 0
    return Cost(once, each, photos + once, once * per_photo, each * per_photo, measured is not None)
