"""JPEGs decoded and framed on a GPU, like Pillow up to rounding.

Decoders differ: a GPU's transforms and enlarges colours in its own way, a level or two of 255 apart here and there. So
this is used only where the CPU cannot keep up, and only after a trial (`feeding`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from studio.data.images.preprocess import kept_part, whole_size
from studio.data.jpegs import Jpeg
from studio.engine.network.features import quiet
from studio.spec import PreprocessSpec


def can_frame(spec: PreprocessSpec) -> bool:
    """True where torch resizes as this asks."""
    return spec.crop in ("center", "squash") and spec.interpolation in ("bilinear", "bicubic")


def framed(files: Sequence[Jpeg], spec: PreprocessSpec, device: torch.device) -> list[Tensor]:
    """Each file as uint8 (h, w, 3) on the device.

    Raises:
        RuntimeError: One of them cannot be decoded there.
    """
    from torchvision import io

    data = [torch.frombuffer(bytearray(file.data), dtype=torch.uint8) for file in files]
    with quiet():  # torchvision hands its decoders over to torchcodec, which is no part of it
        photos = io.decode_jpeg(data, io.ImageReadMode.RGB, device)
    return [frame(upright(photo, file.orientation), spec) for photo, file in zip(photos, files, strict=True)]


def upright(photo: Tensor, orientation: int) -> Tensor:
    """Turn and mirror (3, h, w) as its EXIF orientation asks."""
    if orientation >= 5:
        photo = photo.transpose(1, 2)
    across, down = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    return photo.flip([2] * across + [1] * down) if across or down else photo


def frame(photo: Tensor, spec: PreprocessSpec) -> Tensor:
    """Resize and crop (3, h, w) of uint8 to (h, w, 3), as `preprocess.frame`."""
    across, down = whole_size((photo.shape[2], photo.shape[1]), spec)
    # As Pillow: first across, then down, each rounded to whole levels.
    resized = _resized(_resized(photo[None], (photo.shape[1], across), spec), (down, across), spec)
    resized = resized[0].permute(1, 2, 0)
    height, width = spec.size
    (left, right, put_left), (top, bottom, put_top) = kept_part(across, width), kept_part(down, height)
    middle = resized[top:bottom, left:right]
    if middle.shape[:2] == (height, width):
        return middle.contiguous()
    canvas = middle.new_zeros((height, width, 3))
    canvas[put_top : put_top + middle.shape[0], put_left : put_left + middle.shape[1]] = middle
    return canvas


def _resized(photo: Tensor, size: tuple[int, int], spec: PreprocessSpec) -> Tensor:
    given = nn.functional.interpolate(photo.float(), size, mode=spec.interpolation, align_corners=False, antialias=True)
    return given.round().clamp(0, 255).to(torch.uint8)
