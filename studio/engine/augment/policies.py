"""TrivialAugment (arXiv 2103.10158) and RandAugment (arXiv 1909.13719) with an explicit random generator.

torchvision has both, but draws from torch's global generator, which is shared by all threads and used by the training.
Operations and strengths are those of torchvision (`TrivialAugmentWide`, `RandAugment`); tests compare each of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from studio.engine.augment.operations import InterpolationMode, functional

FILL = [124, 116, 104]
"""Fill color of the areas outside a rotated or translated photo: ImageNet's mean, about 0 after normalization."""

BINS = 31
"""Number of magnitudes between no change and the strongest one."""

OPERATIONS = (
    "Identity",
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
    "Rotate",
    "Brightness",
    "Color",
    "Contrast",
    "Sharpness",
    "Posterize",
    "Solarize",
    "AutoContrast",
    "Equalize",
)
UNSIGNED = ("Identity", "Posterize", "Solarize", "AutoContrast", "Equalize")
"""Operations whose magnitude has no sign."""


class _Space(NamedTuple):
    """Largest magnitudes of a policy's operations.

    Attributes:
        shear: Tangent of the angle.
        rotation: Degrees.
        bits: Number of bits that posterizing removes.
        factor: Change of brightness, color, contrast and sharpness.
    """

    shear: float
    rotation: float
    bits: int
    factor: float


_WIDE = _Space(0.99, 135.0, 6, 0.99)
_STANDARD = _Space(0.3, 30.0, 4, 0.9)


def trivial_augment(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Apply one random operation of random strength."""
    operation = OPERATIONS[random.integers(len(OPERATIONS))]
    share = int(random.integers(BINS)) / (BINS - 1)
    return apply(image, operation, _with_random_sign(operation, trivial_magnitude(operation, share), random))


def rand_augment(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Apply two random operations of the strength `amount`, 0…1; 0.3 is torchvision's default magnitude of 9."""
    share = round(amount * (BINS - 1)) / (BINS - 1)
    for _ in range(2):
        operation = OPERATIONS[random.integers(len(OPERATIONS))]
        magnitude = _with_random_sign(operation, rand_magnitude(operation, share, image.size), random)
        image = apply(image, operation, magnitude)
    return image


def trivial_magnitude(operation: str, share: float) -> float:
    """Magnitude of an operation of TrivialAugment at `share`, 0…1, of the operation's largest magnitude."""
    return _magnitude(_WIDE, operation, share, (32.0, 32.0))


def rand_magnitude(operation: str, share: float, size: tuple[int, int]) -> float:
    """Magnitude of an operation of RandAugment at `share`, 0…1, of its largest, for a photo of (width, height)."""
    return _magnitude(_STANDARD, operation, share, (150.0 / 331.0 * size[0], 150.0 / 331.0 * size[1]))


def _magnitude(space: _Space, operation: str, share: float, translation: tuple[float, float]) -> float:
    """Magnitude of an operation at `share` of its largest; `translation` is the largest (x, y) in pixels."""
    match operation:
        case "ShearX" | "ShearY":
            return space.shear * share
        case "TranslateX":
            return translation[0] * share
        case "TranslateY":
            return translation[1] * share
        case "Rotate":
            return space.rotation * share
        case "Posterize":
            return round(8 - space.bits * share)
        case "Solarize":
            return 1.0 - share
        case _:
            return space.factor * share


def apply(image: Image.Image, operation: str, magnitude: float) -> Image.Image:
    """Apply an operation; the unit of `magnitude` is a tangent, pixels, degrees, bits, or a share."""
    result: Image.Image = image
    match operation:
        case "ShearX":
            result = _affine(image, shear=[math.degrees(math.atan(magnitude)), 0.0])
        case "ShearY":
            result = _affine(image, shear=[0.0, math.degrees(math.atan(magnitude))])
        case "TranslateX":
            result = _affine(image, translate=[int(magnitude), 0])
        case "TranslateY":
            result = _affine(image, translate=[0, int(magnitude)])
        case "Rotate":
            result = functional.rotate(image, magnitude, InterpolationMode.BILINEAR, fill=FILL)
        case "Brightness":
            result = functional.adjust_brightness(image, 1.0 + magnitude)
        case "Color":
            result = functional.adjust_saturation(image, 1.0 + magnitude)
        case "Contrast":
            result = functional.adjust_contrast(image, 1.0 + magnitude)
        case "Sharpness":
            result = functional.adjust_sharpness(image, 1.0 + magnitude)
        case "Posterize":
            result = functional.posterize(image, int(magnitude))
        case "Solarize":
            result = functional.solarize(image, 255.0 * magnitude)
        case "AutoContrast":
            result = functional.autocontrast(image)
        case "Equalize":
            result = functional.equalize(image)
        case _:
            pass
    return result


def _with_random_sign(operation: str, magnitude: float, random: np.random.Generator) -> float:
    """The magnitude, with a random sign if the operation has two directions."""
    negated = operation not in UNSIGNED and random.random() < 0.5
    return -magnitude if negated else magnitude


def _affine(image: Image.Image, translate: list[int] | None = None, shear: list[float] | None = None) -> Image.Image:
    """Shear an image from its upper left corner, or translate it."""
    result: Image.Image = functional.affine(
        image,
        angle=0.0,
        translate=translate or [0, 0],
        scale=1.0,
        shear=shear or [0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
        fill=FILL,
        center=[0, 0] if shear else None,
    )
    return result
