"""What is known of the changes made to training photos without making them: names, words, and what they cost.

The window's list, the terminal's `--augment` and the run's record say the same thing in the same words.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.spec import AugmentKind, AugmentSpec, AugmentStep, UserError

SMALLEST_CROP = 0.05
"""Share of the area that a crop keeps at least, whatever is asked for."""

MOST_TURN = 90.0
"""Degrees of a rotation by the amount 1."""

MACS_A_SECOND = 40e9
"""What a common processor computes of a network; an estimate, used until something was measured here."""


@dataclass(frozen=True)
class Change:
    """One kind of change.

    Attributes:
        title: Its name.
        about: What it does, half a sentence.
        has_amount: False where nothing can be more or less.
        amount: The usual amount.
        chance: The usual chance.
    """

    title: str
    about: str
    has_amount: bool = False
    amount: float = 0.3
    chance: float = 1.0


CHANGES: Mapping[AugmentKind, Change] = MappingProxyType(
    {
        "flip": Change(
            "Flip", "left and right swapped; not where mirror images mean something else, as letters do", chance=0.5
        ),
        "vertical_flip": Change(
            "Vertical flip", "top and bottom swapped; only where photos have no up and down, as from above", chance=0.5
        ),
        "crop": Change("Crop", "a part of the photo, made full size", True),
        "rotation": Change("Rotation", "turned about the center", True, 0.15),
        "colour": Change("Color", "brightness, contrast, saturation and hue moved", True, 0.2),
        "trivial": Change("TrivialAugment", "one random change of random strength"),
        "rand": Change("RandAugment", "two random changes of the given strength", True),
    }
)


def usual(kind: AugmentKind) -> AugmentStep:
    """A step of this kind with its usual amount and chance."""
    change = CHANGES[kind]
    return AugmentStep(kind, change.amount, change.chance)


def extent(step: AugmentStep) -> str:
    """How far a step may go: "up to 27°"; "" where there is no more or less."""
    match step.kind:
        case "crop":
            return f"at least {_percent(max(SMALLEST_CROP, 1 - step.amount))} of the area"
        case "rotation":
            return f"up to {step.amount * MOST_TURN:.3g}°"
        case "colour":
            return f"up to ± {_percent(step.amount)}"
        case "rand":
            return f"strength {round(step.amount * 30)} of 30"
        case _:
            return ""


def how_often(step: AugmentStep) -> str:
    """On which share of photos: "every photo", "50 % of photos"."""
    if step.chance >= 1:
        return "every photo"
    return "no photo" if step.chance <= 0 else f"{_percent(step.chance)} of photos"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}\u202f%"


def words(step: AugmentStep) -> str:
    """A step in one line: "Rotation up to 27°, every photo"."""
    return f"{' '.join(filter(None, (CHANGES[step.kind].title, extent(step))))}, {how_often(step)}"


def is_certain(spec: AugmentSpec) -> bool:
    """True where chance has no say: every view of a photo is the same."""
    return all(step.chance <= 0 or (step.chance >= 1 and "flip" in step.kind) for step in spec.steps)


def parse(text: str) -> AugmentStep:
    """A step as the terminal writes it: `kind`, `kind:amount` or `kind:amount:chance`.

    Raises:
        UserError: It is none.
    """
    name, *numbers = text.split(":")
    written = name.strip().lower().replace("-", "_").replace("color", "colour")
    kind = next((one for one in CHANGES if one == written), None)
    if kind is None:
        near = difflib.get_close_matches(written, CHANGES, n=1)
        proposal = f"Did you mean {near[0]}? " if near else ""
        raise UserError(f"There is no change of photos called “{name}”.", f"{proposal}There are {', '.join(CHANGES)}.")
    if len(numbers) > 2:
        raise UserError(f"“{text}” has too many numbers.", "Write kind:amount:chance, for instance rotation:0.2:0.5.")
    step = usual(kind)
    values = [_number(part, text) for part in numbers]
    amount, chance = (*values, *(step.amount, step.chance)[len(values) :])
    return AugmentStep(step.kind, amount, chance)


def _number(part: str, text: str) -> float:
    try:
        value = float(part)
    except ValueError as error:
        raise UserError(
            f"“{part}” in “{text}” is not a number.", "Use numbers from 0 to 1, for instance 0.3."
        ) from error
    if not 0 <= value <= 1:  # not a number is not
        raise UserError(f"“{part}” in “{text}” is not between 0 and 1.", "Use numbers from 0 to 1, for instance 0.3.")
    return value


# ------------------------------------------------------------------------------------------------- what it costs


@dataclass(frozen=True)
class Cost:
    """Work that the changes add.

    Attributes:
        once: Views that pass through the network once, before training.
        each_epoch: Photos that pass through the whole network in every epoch, because nothing of them can be kept.
        rows: Rows that each epoch trains on.
        seconds_once: For all of `once`.
        seconds_each_epoch: For all of `each_epoch`.
        measured: True where a photo's time was measured on this computer, False where it follows from the network's
            size.
    """

    once: int
    each_epoch: int
    rows: int
    seconds_once: float
    seconds_each_epoch: float
    measured: bool


def cost(spec: AugmentSpec, photos: int, macs: int, measured: float | None = None, change: float = 0.0) -> Cost:
    """What the changes add to a training.

    Args:
        spec: The changes.
        photos: Training photos.
        macs: Multiplications of one pass through the network.
        measured: Seconds that a photo's pass took here; None where none was seen.
        change: Seconds that changing a photo takes.
    """
    a_photo = (macs / MACS_A_SECOND if measured is None else measured) + change
    once = photos * spec.views if spec.steps else 0
    each = photos if spec.random else 0
    return Cost(once, each, photos + once, once * a_photo, each * a_photo, measured is not None)
