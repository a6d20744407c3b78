"""Preprocessing of an upright photo to the network's input.

Pretrained weights expect exactly the resize and crop they were trained with, so “center” equals torchvision's `Resize`
and `CenterCrop` on Pillow images. Those resize the whole photo and discard the margin; here one Pillow call resizes
only the part inside the crop. Pillow's filters read beyond the edge of that part, so the pixels are equal up to
rounding.

The photos of a data set are decoded by a few threads with limited look-ahead (`load`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth.reading import DIGEST_BYTES as DIGEST_BYTES
from studio.data.bit_depth.reading import STANDALONE, Reading
from studio.data.formats import pixel_budget
from studio.data.images import decode, framing, measuring
from studio.events import Event, Photo, Preview, ValueRanges, Waiting
from studio.jobs.workers import map_ordered, run_one
from studio.spec import PreprocessSpec, UserError

_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
}
_SCREEN = 1024
"""Longer side of a photo on the screen, in pixels."""


@dataclass(frozen=True, slots=True)
class LoadedPhoto:
    """A loaded photo, or the reason why there is none.

    Attributes:
        index: Index among the requested photos.
        digest: Key of the photo (see `Reading.digest`), 16 bytes; b"" where it cannot be read at all.
        pixels: (h, w, 3) uint8; None where the photo was not needed or cannot be decoded.
        reason: Reason why it cannot be decoded; "" otherwise.
    """

    index: int
    digest: bytes
    pixels: NDArray[np.uint8] | None
    reason: str


def frame(image: Image.Image, spec: PreprocessSpec) -> NDArray[np.uint8]:
    """Resize and crop an RGB image.

    Returns:
        (h, w, 3) uint8 with (h, w) = `spec.size`. Where a “center” crop is larger than the resized photo, the rest is
        black, as in torchvision; “border” fills it with `spec.border_color`.
    """
    if spec.crop == "border":
        return _bordered(image, spec)
    return _middle(image, spec, framing.whole_size(image.size, spec))


def normalize(pixels: NDArray[np.uint8], spec: PreprocessSpec) -> NDArray[np.float32]:
    """Normalize pixels: scale them to 0…1, subtract the mean, divide by the standard deviation.

    Args:
        pixels: (N, h, w, 3) uint8.
        spec: Preprocessing, for the mean and standard deviation of each channel.

    Returns:
        (N, 3, h, w) float32, contiguous.
    """
    out = np.empty((pixels.shape[0], 3, *pixels.shape[1:3]), np.float32)
    for channel, (mean, std) in enumerate(zip(spec.mean, spec.std, strict=True)):
        np.multiply(pixels[..., channel], np.float32(1 / (255 * std)), out=out[:, channel])
        out[:, channel] -= np.float32(mean / std)
    return out


def describe(spec: PreprocessSpec) -> tuple[str, ...]:
    """Descriptions of the preprocessing steps, in order."""
    height, width = spec.size
    if spec.crop == "squash":
        across, down = spec.resize[1], spec.resize[0]
        frames = [f"Resize to {across} × {down} pixels, whatever the aspect ratio ({spec.interpolation})."]
        if spec.resize != spec.size:
            frames.append(f"Center crop of {width} × {height} pixels.")
    elif spec.crop == "border":
        frames = [
            f"Resize to fit into {width} × {height} pixels, aspect ratio kept ({spec.interpolation}).",
            f"Fill the rest with {border_words(spec)}.",
        ]
    else:
        frames = [
            f"Resize so that the shorter side is {spec.resize[0]} pixels ({spec.interpolation}).",
            f"Center crop of {width} × {height} pixels.",
        ]
    mean, std = (", ".join(f"{number:.3f}" for number in numbers) for numbers in (spec.mean, spec.std))
    return (*frames, f"Scale to 0…1, subtract the mean ({mean}), divide by the standard deviation ({std}).")


def border_words(spec: PreprocessSpec) -> str:
    """The color of the border in words: “the mean color, RGB 124 116 104”."""
    color = spec.border_color
    names = {(0, 0, 0): "black", (255, 255, 255): "white"}
    if isinstance(spec.fill, tuple) and color in names:
        return names[color]
    return f"the mean color, RGB {' '.join(map(str, color))}"


def preview(path: str, spec: PreprocessSpec, ranges: ValueRanges | None = None) -> Generator[Event, None, None]:
    """Job that shows one photo at each step of its preprocessing.

    Args:
        path: Path of the photo.
        spec: The preprocessing.
        ranges: Value ranges of its data set; None without a data set.

    Yields:
        One `Preview`, after any number of `Waiting` events while the disk does not answer.

    Raises:
        UserError: The photo cannot be read.
    """
    try:
        reading = STANDALONE if ranges is None else measuring.reading_of(ranges)
        image, values = yield from run_one(functools.partial(_read, reading), path)
    except decode.Unreadable as error:
        raise UserError(
            f"“{path}” cannot be read: {error.reason}.", "Choose another photo, or replace the file.", path
        ) from error
    framed = frame(image, spec)
    numbers = normalize(framed[None], spec)[0]
    lowest, highest = float(numbers.min()), float(numbers.max())
    stretched = (numbers - lowest) * (255.0 / ((highest - lowest) or 1.0))
    shown = image.copy()
    shown.thumbnail((_SCREEN, _SCREEN), Image.Resampling.BICUBIC, reducing_gap=2.0)
    yield Preview(
        path=str(Path(path).absolute()),
        on_disk=np.asarray(shown),
        disk_size=image.size,
        framed=framed,
        network_input=np.rint(stretched).astype(np.uint8).transpose(1, 2, 0),
        lowest=lowest,
        highest=highest,
        steps=(f"Decode {image.width} × {image.height} pixels and rotate them upright.", *describe(spec)),
        spec=spec,
        values=values,
    )


def _read(reading: Reading, path: str) -> tuple[Image.Image, str]:
    """A decoded photo, and the description of its value range."""
    data = decode.contents(path)
    return decode.from_bytes(data, reading), reading.words(data)


def load(
    root: str | Path,
    photos: Iterable[Photo],
    spec: PreprocessSpec,
    workers: int | None = None,
    needed: Callable[[bytes], bool] | None = None,
    ahead: int = 4,
    reading: Reading = STANDALONE,
) -> Generator[LoadedPhoto | None, None, None]:
    """Read, decode and preprocess photos, in order, with limited look-ahead.

    Args:
        root: Folder of the data set.
        photos: The photos; consumed lazily.
        spec: The preprocessing.
        workers: Threads; None for one per core.
        needed: Called with the digest of each file; if it returns False, the photo is not decoded. It is called in the
            worker threads and must be thread-safe.
        ahead: Number of loaded photos per thread that may wait for the consumer.
        reading: Rule for the value range of photos of more than 8 bits.

    Yields:
        One `LoadedPhoto` per photo, with the reason if it is unreadable; None ten times a second while the next one is
            not ready. `close()` stops the threads.
    """
    one = functools.partial(_load, Path(root), spec, needed, reading)
    return map_ordered(one, enumerate(photos), workers, ahead)


def load_one(path: Path, spec: PreprocessSpec, reading: Reading = STANDALONE) -> Generator[Waiting, None, LoadedPhoto]:
    """Like `load`, for one photo."""
    one = functools.partial(_load, path.parent, spec, None, reading)
    return (yield from run_one(lambda photo: one((0, Photo(photo.name, 0, "train"))), path))


def _load(
    root: Path,
    spec: PreprocessSpec,
    needed: Callable[[bytes], bool] | None,
    reading: Reading,
    numbered: tuple[int, Photo],
) -> LoadedPhoto:
    index, photo = numbered
    digest = b""
    try:
        data = decode.contents(root / photo.path)
        digest = reading.digest(data)
        if needed is not None and not needed(digest):
            return LoadedPhoto(index, digest, None, "")
        with pixel_budget.SHARED.use():  # until the photo is resized
            return LoadedPhoto(index, digest, frame(decode.from_bytes(data, reading), spec), "")
    except decode.Unreadable as error:
        return LoadedPhoto(index, digest, None, error.reason)


def _middle(image: Image.Image, spec: PreprocessSpec, whole: tuple[int, int]) -> NDArray[np.uint8]:
    """Center crop of the photo as if resized to `whole`, without resizing the rest."""
    height, width = spec.size
    left, right, put_left = framing.crop_part(whole[0], width)
    top, bottom, put_top = framing.crop_part(whole[1], height)
    across, down = image.width / whole[0], image.height / whole[1]
    box = (left * across, top * down, min(right * across, image.width), min(bottom * down, image.height))
    if spec.interpolation == "nearest":  # a rounding error would select another pixel
        middle = _resized(image, (0, 0, *image.size), whole, spec).crop((left, top, right, bottom))
    else:
        middle = _resized(image, box, (right - left, bottom - top), spec)
    if middle.size == (width, height):
        return np.asarray(middle)
    canvas = Image.new("RGB", (width, height))
    canvas.paste(middle, (put_left, put_top))
    return np.asarray(canvas)


def _bordered(image: Image.Image, spec: PreprocessSpec) -> NDArray[np.uint8]:
    height, width = spec.size
    inside = framing.inside_size(image.size, spec)
    canvas = Image.new("RGB", (width, height), spec.border_color)
    fitted = _resized(image, (0, 0, *image.size), inside, spec)
    canvas.paste(fitted, ((width - inside[0]) // 2, (height - inside[1]) // 2))
    return np.asarray(canvas)


def _resized(
    image: Image.Image, box: tuple[float, float, float, float], size: tuple[int, int], spec: PreprocessSpec
) -> Image.Image:
    if spec.interpolation not in _FILTERS:
        raise UserError(f"There is no interpolation “{spec.interpolation}”.", f"Choose one of {', '.join(_FILTERS)}.")
    return image.resize(size, _FILTERS[spec.interpolation], box=box)
