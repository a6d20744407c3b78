"""Changes made to training photos: flips, crops, rotations, colors, and the automatic policies.

Every random number comes from a generator that `key` alone determines, one for each place in the list. So a photo is
changed the same way whatever the batch, the thread and the order of photos, a run that goes on sees the same pixels as
one that was never stopped, and the random numbers of training (dropout, shuffling) are untouched. That is why
torchvision's functions are called with numbers drawn here rather than its transforms, which draw from torch's one
generator of the whole process. Photos are changed as Pillow images: integer arithmetic on one thread, so the same on
every number of cores.
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
from studio.engine.augment.operations import InterpolationMode, change
from studio.engine.augment.policies import FILL
from studio.jobs.workers import default_workers
from studio.planning.augmentation import MOST_TURN, SMALLEST_CROP
from studio.spec import AugmentSpec, AugmentStep

HUE = 0.25
"""Share of the color circle by which the amount 1 may shift hues; 0.4 gives the usual 0.1."""

ASPECT = (3 / 4, 4 / 3)
"""How far a crop may be narrower or wider than the photo, as in torchvision's `RandomResizedCrop`."""


def changed(pixels: NDArray[np.uint8], spec: AugmentSpec, key: int) -> NDArray[np.uint8]:
    """One framed photo after all steps, in order.

    Args:
        pixels: (H, W, 3) uint8.
        spec: The steps; `views` is not looked at.
        key: Determines every random number; 0 up to below 2**63.

    Returns:
        (H, W, 3) uint8, an array of its own.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    for place, step in enumerate(spec.steps):
        random = np.random.default_rng((key, place))
        if random.random() < step.chance:
            image = _change(image, step, random)
    return np.array(image)


def all_changed(pixels: NDArray[np.uint8], spec: AugmentSpec, keys: Sequence[int]) -> NDArray[np.uint8]:
    """Framed photos (N, H, W, 3) after all steps, each with its own key, computed on all cores."""
    out = np.empty_like(pixels)

    def one(place: int) -> None:
        out[place] = changed(pixels[place], spec, keys[place])

    with ThreadPoolExecutor(default_workers(), thread_name_prefix="changes") as pool:
        deque(pool.map(one, range(len(pixels))), maxlen=0)  # raises what a thread raised
    return out


def key_of(seed: int, epoch: int, digest: bytes) -> int:
    """A key for one photo in one epoch (or one fixed view of it), the same on every machine; below 2**63."""
    data = seed.to_bytes(8, "little") + epoch.to_bytes(8, "little") + digest
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def _change(image: Image.Image, step: AugmentStep, random: np.random.Generator) -> Image.Image:
    """`step` applied with numbers from `random`."""
    made: Image.Image
    match step.kind:
        case "flip":
            made = change.horizontal_flip(image)
        case "vertical_flip":
            made = change.vertical_flip(image)
        case "crop":
            made = _cropped(image, step.amount, random)
        case "rotation":
            degrees = random.uniform(-1.0, 1.0) * step.amount * MOST_TURN
            made = change.rotate(image, degrees, InterpolationMode.BILINEAR, fill=FILL)
        case "colour":
            made = _colored(image, step.amount, random)
        case "trivial":
            made = policies.trivial(image, random)
        case "rand":
            made = policies.rand(image, step.amount, random)
    return made


def _cropped(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """A part of the photo with 1 - amount … 1 of its area, made as large as the photo."""
    area = random.uniform(max(SMALLEST_CROP, 1.0 - amount), 1.0)
    # Width and height as shares of the photo's, sqrt(area * aspect) and sqrt(area / aspect), are both at most 1.
    low, high = math.log(max(ASPECT[0], area)), math.log(min(ASPECT[1], 1.0 / area))
    aspect = math.exp(random.uniform(low, high))
    width = min(image.width, math.ceil(image.width * math.sqrt(area * aspect)))
    height = min(image.height, math.ceil(image.height * math.sqrt(area / aspect)))
    left = int(random.integers(image.width - width + 1))
    top = int(random.integers(image.height - height + 1))
    size = [image.height, image.width]
    made: Image.Image = change.resized_crop(
        image, top, left, height, width, size, InterpolationMode.BILINEAR, antialias=True
    )
    return made


def _colored(image: Image.Image, amount: float, random: np.random.Generator) -> Image.Image:
    """Brightness, contrast, saturation and hue moved in random order, as torchvision's `ColorJitter` does."""
    brightness, contrast, saturation = random.uniform(1.0 - amount, 1.0 + amount, 3)
    hue = random.uniform(-amount, amount) * HUE
    for which in random.permutation(4):
        if which == 0:
            image = change.adjust_brightness(image, float(brightness))
        elif which == 1:
            image = change.adjust_contrast(image, float(contrast))
        elif which == 2:
            image = change.adjust_saturation(image, float(saturation))
        else:
            image = change.adjust_hue(image, float(hue))
    return image
