"""TrivialAugment (arXiv 2103.10158) and RandAugment (arXiv 1909.13719) with random numbers that are handed in.

torchvision has both, but draws from torch's one generator of the whole process, which threads share and training needs
for itself. The operations and their strengths are torchvision's (`TrivialAugmentWide`, `RandAugment`); the tests
compare each of them with it.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from studio.engine.augment.operations import InterpolationMode, change

FILL = [124, 116, 104]
"""What stands where a turned or moved photo leaves a gap: ImageNet's mean color, about 0 after normalization."""

BINS = 31
"""Steps between no change and the strongest."""

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


def trivial(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """One random operation of random strength, from the wide space."""
    operation = OPERATIONS[random.integers(len(OPERATIONS))]
    share = int(random.integers(BINS)) / (BINS - 1)
    return applied(image, operation, _signed(operation, wide(operation, share), random))


def rand(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Two random operations of the strength `amount`, 0…1; 0.3 is torchvision's default magnitude of 9."""
    share = round(amount * (BINS - 1)) / (BINS - 1)
    for _ in range(2):
        operation = OPERATIONS[random.integers(len(OPERATIONS))]
        magnitude = _signed(operation, usual(operation, share, image.size), random)
        image = applied(image, operation, magnitude)
    return image


def wide(operation: str, share: float) -> float:
    """Magnitude in TrivialAugment's wide space; `share` 0…1 of the strongest."""
    match operation:
        case "TranslateX" | "TranslateY":
            return 32.0 * share
        case "Rotate":
            return 135.0 * share
        case "Posterize":
            return round(8 - 6 * share)
        case "Solarize":
            return 1.0 - share
        case _:
            return 0.99 * share


def usual(operation: str, share: float, size: tuple[int, int]) -> float:
    """Magnitude in RandAugment's space for a photo of this width and height; `share` 0…1 of the strongest."""
    match operation:
        case "ShearX" | "ShearY":
            return 0.3 * share
        case "TranslateX":
            return 150.0 / 331.0 * size[0] * share
        case "TranslateY":
            return 150.0 / 331.0 * size[1] * share
        case "Rotate":
            return 30.0 * share
        case "Posterize":
            return round(8 - 4 * share)
        case "Solarize":
            return 1.0 - share
        case _:
            return 0.9 * share


def applied(image: Image.Image, operation: str, magnitude: float) -> Image.Image:
    """One operation; `magnitude` in its own unit: the tangent of an angle, pixels, degrees, bits, or a share."""
    made: Image.Image = image
    match operation:
        case "ShearX":
            made = _moved(image, shear=[math.degrees(math.atan(magnitude)), 0.0])
        case "ShearY":
            made = _moved(image, shear=[0.0, math.degrees(math.atan(magnitude))])
        case "TranslateX":
            made = _moved(image, translate=[int(magnitude), 0])
        case "TranslateY":
            made = _moved(image, translate=[0, int(magnitude)])
        case "Rotate":
            made = change.rotate(image, magnitude, InterpolationMode.BILINEAR, fill=FILL)
        case "Brightness":
            made = change.adjust_brightness(image, 1.0 + magnitude)
        case "Color":
            made = change.adjust_saturation(image, 1.0 + magnitude)
        case "Contrast":
            made = change.adjust_contrast(image, 1.0 + magnitude)
        case "Sharpness":
            made = change.adjust_sharpness(image, 1.0 + magnitude)
        case "Posterize":
            made = change.posterize(image, int(magnitude))
        case "Solarize":
            made = change.solarize(image, 255.0 * magnitude)
        case "AutoContrast":
            made = change.autocontrast(image)
        case "Equalize":
            made = change.equalize(image)
        case _:
            pass
    return made


def _signed(operation: str, magnitude: float, random: np.random.Generator) -> float:
    """Half of what has two directions goes the other way."""
    turned = operation not in UNSIGNED and random.random() < 0.5
    return -magnitude if turned else magnitude


def _moved(image: Image.Image, translate: list[int] | None = None, shear: list[float] | None = None) -> Image.Image:
    """Sheared from the upper left corner, or moved."""
    made: Image.Image = change.affine(
        image,
        angle=0.0,
        translate=translate or [0, 0],
        scale=1.0,
        shear=shear or [0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
        fill=FILL,
        center=[0, 0] if shear else None,
    )
    return made
