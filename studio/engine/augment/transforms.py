"""Augmentation of training photos: flips, crops, rotations, colors, and the automatic policies.

All random numbers of a step come from a generator that is seeded by `key` and the step's index. So the augmentation of
a photo depends neither on batch, thread and order of photos nor on interruptions of the run, and does not affect the
random numbers of training (dropout, shuffling). That is why torchvision's functions are called with numbers drawn here,
instead of its transforms, which draw from torch's global generator. Photos are augmented as Pillow images, with integer
arithmetic on one thread, so the result is the same on any number of cores.
"""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.augment import policies
from studio.engine.augment.operations import InterpolationMode, functional
from studio.engine.augment.policies import FILL
from studio.jobs.workers import default_workers
from studio.planning.augmentation import MAX_ROTATION, MIN_CROP
from studio.spec import AugmentSpec, AugmentStep

HUE = 0.25
"""Largest shift of hues as a share of the color circle, at amount 1; an amount of 0.4 gives the usual 0.1."""

ASPECT = (3 / 4, 4 / 3)
"""Largest change of a crop's aspect ratio, as in torchvision's `RandomResizedCrop`."""


def augment(pixels: NDArray[np.uint8], spec: AugmentSpec, key: int) -> NDArray[np.uint8]:
    """Apply all steps, in order, to one preprocessed photo.

    Args:
        pixels: The photo, (H, W, 3) uint8.
        spec: The steps; `views` is ignored.
        key: Seed of all random numbers; at least 0 and below 2**63.

    Returns:
        The augmented photo, a new array (H, W, 3) of uint8.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    for place, step in enumerate(spec.steps):
        random = np.random.default_rng((key, place))
        if random.random() < step.probability:
            image = _apply_step(image, step, random)
    return np.array(image)


def augment_all(pixels: NDArray[np.uint8], spec: AugmentSpec, keys: Sequence[int]) -> NDArray[np.uint8]:
    """Apply all steps to preprocessed photos (N, H, W, 3), each with its own key, on all cores."""
    out = np.empty_like(pixels)

    def one(place: int) -> None:
        out[place] = augment(pixels[place], spec, keys[place])

    with ThreadPoolExecutor(default_workers(), thread_name_prefix="changes") as pool:
        deque(pool.map(one, range(len(pixels))), maxlen=0)  # re-raises exceptions of the threads
    return out


def key_of(seed: int, epoch: int, digest: bytes) -> int:
    """Key of a photo in an epoch, or of one of its fixed views: the same on every machine, below 2**63."""
    data = seed.to_bytes(8, "little") + epoch.to_bytes(8, "little") + digest
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def _apply_step(image: Image.Image, step: AugmentStep, random: np.random.Generator) -> Image.Image:
    """Apply a step with random numbers from `random`."""
    result: Image.Image
    match step.kind:
        case "flip":
            result = functional.horizontal_flip(image)
        case "vertical_flip":
            result = functional.vertical_flip(image)
        case "crop":
            result = _crop(image, step.amount, random)
        case "rotation":
            degrees = random.uniform(-1.0, 1.0) * step.amount * MAX_ROTATION
            result = functional.rotate(image, degrees, InterpolationMode.BILINEAR, fill=FILL)
        case "colour":
            result = _jitter_colors(image, step.amount, random)
        case "trivial":
            result = policies.trivial_augment(image, random)
        case "rand":
            result = policies.rand_augment(image, step.amount, random)
    return result


def _crop(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Crop 1 - amount (at least `MIN_CROP`) … 1 of the photo's area, and resize it to the size of the photo."""
    area = random.uniform(max(MIN_CROP, 1.0 - amount), 1.0)
    # Width and height as shares of the photo's, sqrt(area * aspect) and sqrt(area / aspect), are both at most 1.
    low, high = math.log(max(ASPECT[0], area)), math.log(min(ASPECT[1], 1.0 / area))
    aspect = math.exp(random.uniform(low, high))
    width = min(image.width, math.ceil(image.width * math.sqrt(area * aspect)))
    height = min(image.height, math.ceil(image.height * math.sqrt(area / aspect)))
    left = int(random.integers(image.width - width + 1))
    top = int(random.integers(image.height - height + 1))
    size = [image.height, image.width]
    result: Image.Image = functional.resized_crop(
        image, top, left, height, width, size, InterpolationMode.BILINEAR, antialias=True
    )
    return result


def _jitter_colors(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Change brightness, contrast, saturation and hue in random order, as torchvision's `ColorJitter` does."""
    brightness, contrast, saturation = random.uniform(1.0 - amount, 1.0 + amount, 3)
    hue = random.uniform(-amount, amount) * HUE
    for which in random.permutation(4):
        if which == 0:
            image = functional.adjust_brightness(image, float(brightness))
        elif which == 1:
            image = functional.adjust_contrast(image, float(contrast))
        elif which == 2:
            image = functional.adjust_saturation(image, float(saturation))
        else:
            image = functional.adjust_hue(image, float(hue))
    return image
