"""TrivialAugment (arXiv 2103.10158) and RandAugment (arXiv 1909.13719) with an explicit generator of random numbers.

torchvision has both, but draws from torch's global generator, which threads share and training needs for itself. The
operations and their strengths are torchvision's (`TrivialAugmentWide`, `RandAugment`); the tests compare each of them
with it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from studio.engine.augment.operations import InterpolationMode, change

FILL = [124, 116, 104]
"""Color of the gaps beside a rotated or moved photo: ImageNet's mean, about 0 after normalization."""

BINS = 31
"""Number of magnitudes from no change to the strongest."""

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


class _Space(NamedTuple):
    """Strongest magnitudes of a policy.

    Attributes:
        shear: Tangent of the angle.
        rotation: Degrees.
        bits: Bits that posterizing removes.
        factor: Change of brightness, color, contrast and sharpness.
    """

    shear: float
    rotation: float
    bits: int
    factor: float


_WIDE = _Space(0.99, 135.0, 6, 0.99)
_USUAL = _Space(0.3, 30.0, 4, 0.9)


def trivial(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """One random operation of random strength, from the wide space."""
    operation = OPERATIONS[random.integers(len(OPERATIONS))]
    share = int(random.integers(BINS)) / (BINS - 1)
    return apply(image, operation, _signed(operation, wide(operation, share), random))


def rand(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Two random operations of the strength `amount`, 0…1; 0.3 is torchvision's default magnitude of 9."""
    share = round(amount * (BINS - 1)) / (BINS - 1)
    for _ in range(2):
        operation = OPERATIONS[random.integers(len(OPERATIONS))]
        magnitude = _signed(operation, usual(operation, share, image.size), random)
        image = apply(image, operation, magnitude)
    return image


def wide(operation: str, share: float) -> float:
    """Magnitude in TrivialAugment's wide space; `share` 0…1 of the strongest."""
    return _magnitude(_WIDE, operation, share, (32.0, 32.0))


def usual(operation: str, share: float, size: tuple[int, int]) -> float:
    """Magnitude in RandAugment's space for a photo of this width and height; `share` 0…1 of the strongest."""
    return _magnitude(_USUAL, operation, share, (150.0 / 331.0 * size[0], 150.0 / 331.0 * size[1]))


def _magnitude(space: _Space, operation: str, share: float, translation: tuple[float, float]) -> float:
    """Magnitude of an operation at `share` of the strongest; `translation` is the largest one in pixels, x and y."""
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
    """The image after one operation. The unit of `magnitude` is a tangent, pixels, degrees, bits, or a share."""
    result: Image.Image = image
    match operation:
        case "ShearX":
            result = _moved(image, shear=[math.degrees(math.atan(magnitude)), 0.0])
        case "ShearY":
            result = _moved(image, shear=[0.0, math.degrees(math.atan(magnitude))])
        case "TranslateX":
            result = _moved(image, translate=[int(magnitude), 0])
        case "TranslateY":
            result = _moved(image, translate=[0, int(magnitude)])
        case "Rotate":
            result = change.rotate(image, magnitude, InterpolationMode.BILINEAR, fill=FILL)
        case "Brightness":
            result = change.adjust_brightness(image, 1.0 + magnitude)
        case "Color":
            result = change.adjust_saturation(image, 1.0 + magnitude)
        case "Contrast":
            result = change.adjust_contrast(image, 1.0 + magnitude)
        case "Sharpness":
            result = change.adjust_sharpness(image, 1.0 + magnitude)
        case "Posterize":
            result = change.posterize(image, int(magnitude))
        case "Solarize":
            result = change.solarize(image, 255.0 * magnitude)
        case "AutoContrast":
            result = change.autocontrast(image)
        case "Equalize":
            result = change.equalize(image)
        case _:
            pass
    return result


def _signed(operation: str, magnitude: float, random: np.random.Generator) -> float:
    """The magnitude, negated in half of the cases where the operation has two directions."""
    negated = operation not in UNSIGNED and random.random() < 0.5
    return -magnitude if negated else magnitude


def _moved(image: Image.Image, translate: list[int] | None = None, shear: list[float] | None = None) -> Image.Image:
    """The image sheared from its upper left corner, or translated."""
    result: Image.Image = change.affine(
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
