"""Preprocessing as a part of an exported network: photos of any size to the network's normalized input.

It repeats `preprocess.frame` with Pillow's own arithmetic (`src/libImaging/Resample.c`): a horizontal and a vertical
pass, with weights of 22 bits and integers from 0 to 255 between them. Pillow 13 resizes vertically first if the photo
loses more than twice as many rows as columns, so with it both orders are computed, and one is selected. Each pass is a
product with a matrix that is made from the size of the photo, in operations that every runtime has and computes alike.
The `Resize` of ONNX with `antialias` rounds differently in each runtime.

A sum of pixels times weights of 22 bits has up to 30 bits, and float32 holds 24. So each weight is split into a high
and a low part, whose sums are integers below 2^24, exact in float32 in any order of the additions.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from studio.spec import PreprocessSpec

WEIGHT_SCALE = float(1 << 22)
"""Pillow rounds its weights to multiples of one by this number (`PRECISION_BITS`)."""

LOW = float(1 << 8)
"""The low part of a weight is below half of this; its sum is exact for photos up to 128 times the network's size."""

SUPPORT = {"bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}
"""Half the width of each filter, in pixels of the smaller picture."""


class PhotoInput(nn.Module):
    """Maps upright RGB photos (N, H, W, 3) uint8 of any size to (N, 3, h, w) float32, with (h, w) = `spec.size`."""

    border: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, spec: PreprocessSpec) -> None:
        super().__init__()
        self.spec = spec
        self.either_order = spec.interpolation != "nearest" and _some_down_first()
        self.register_buffer("border", torch.tensor(_border(spec), dtype=torch.float32).view(1, 3, 1, 1))
        # The constants of `normalize_tensor`, which computes shift + pixel * scale.
        mean, std = torch.tensor(spec.mean), torch.tensor(spec.std)
        self.register_buffer("scale", (1 / (255 * std)).view(1, 3, 1, 1))
        self.register_buffer("shift", (-mean / std).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Return the network's input for photos of one size."""
        return self.shift + self.frame(image) * self.scale

    def frame(self, image: Tensor) -> Tensor:
        """Return the pixels (N, 3, h, w), integers from 0 to 255 as float32, that the network sees."""
        # Sizes from `arange`: both of torch's ONNX exporters trace them for photos of any size.
        rows, columns = torch.arange(image.shape[1]), torch.arange(image.shape[2])
        height, width = rows[-1:] + 1, columns[-1:] + 1
        down, across = self._sizes(height, width)
        to_rows, in_rows = self._matrix(rows, height, down, self.spec.size[0])
        to_columns, in_columns = self._matrix(columns, width, across, self.spec.size[1])
        photos = image.permute(0, 3, 1, 2).float()
        resized = _down(to_rows, _across(photos, to_columns))
        if self.either_order:
            other = _across(_down(to_rows, photos), to_columns)
            taller, wider = height - in_rows.sum(), width - in_columns.sum()
            down_first = (taller > 2 * wider.clamp(min=0)).view(1, 1, 1, 1)
            resized = torch.where(down_first, other, resized)
        inside = in_rows.view(1, 1, -1, 1) & in_columns.view(1, 1, 1, -1)
        return torch.where(inside, resized, self.border)

    def _sizes(self, height: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
        """Height and width of the photo after the resize, before the crop or inside the border; see `framing`."""
        spec = self.spec
        if spec.crop == "squash":
            return torch.full_like(height, spec.resize[0]), torch.full_like(width, spec.resize[1])
        if spec.crop == "border":
            share = torch.minimum(spec.size[1] / width.double(), spec.size[0] / height.double())
            sides = (torch.round(side.double() * share).clamp(min=1).long() for side in (height, width))
            down, across = sides
            return down, across
        short = torch.minimum(height, width)
        # Truncated as by Python's `int`, which `framing` uses.
        down = torch.div(height * spec.resize[0], short, rounding_mode="trunc")
        across = torch.div(width * spec.resize[0], short, rounding_mode="trunc")
        return down, across

    def _matrix(self, pixels: Tensor, length: Tensor, whole: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """The matrix (2, side, L) that resizes and crops one axis, and which of its rows are inside the photo.

        The matrix has the high and the low parts of the weights, which are integers.

        Args:
            pixels: Indices of the L pixels.
            length: Number L of pixels.
            whole: Number of pixels after the resize.
            side: Number of pixels of the network's input.
        """
        if self.spec.crop == "border":
            first, last, put = torch.zeros_like(whole), whole, torch.div(side - whole, 2, rounding_mode="floor")
        else:
            missing = side - whole
            first = torch.round(-missing.double() / 2).clamp(min=0).long()
            last = torch.minimum(first + side, whole)
            put = torch.div(missing.clamp(min=0), 2, rounding_mode="floor")
        count = last - first
        place = torch.arange(side) - put
        inside = (place >= 0) & (place < count)
        step = length.double() / whole.double()
        if self.spec.interpolation == "nearest":
            chosen = torch.floor((place + first + 0.5) * step).long()
            return _parts((chosen[:, None] == pixels[None]).double()), inside
        # Pillow converts the box to float32.
        begin = (first * step).float()
        end = torch.minimum(last * step, length.double()).float()
        scale = (end - begin).double() / count.double()
        wide = scale.clamp(min=1.0)
        center = begin.double() + (place + 0.5) * scale
        # In Pillow's order of operations: another one could round a weight to another integer.
        weights = _filter(self.spec.interpolation, (pixels[None] - center[:, None] + 0.5) * (1 / wide))
        total = weights.sum(dim=1, keepdim=True)
        weights = weights * (1 / torch.where(total == 0, torch.ones_like(total), total))
        return _parts(weights), inside


@functools.cache
def _some_down_first() -> bool:
    """True if the installed Pillow resizes some photos vertically before horizontally; found by trying it."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 20, 3), dtype=np.uint8)
    image, method = Image.fromarray(noise), Image.Resampling.BICUBIC
    across_first = image.resize((12, 60), method).resize((12, 20), method)
    return not np.array_equal(np.asarray(image.resize((12, 20), method)), np.asarray(across_first))


def _filter(name: str, x: Tensor) -> Tensor:
    """Pillow's filters at distances `x` (float64), 0 from their support on."""
    x = x.abs()
    nothing = torch.zeros_like(x)
    if name == "bilinear":
        return (1 - x).clamp(min=0)
    if name == "bicubic":
        near = (1.5 * x - 2.5) * x * x + 1
        far = ((x - 5) * x + 8) * x * -0.5 + 2
        return torch.where(x < 1, near, torch.where(x < 2, far, nothing))
    turn = math.pi * x.clamp(min=1e-9)
    windowed = torch.sin(turn) / turn * torch.sin(turn / 3) / (turn / 3)
    return torch.where(x < SUPPORT[name], torch.where(x == 0, torch.ones_like(x), windowed), nothing)


def _parts(weights: Tensor) -> Tensor:
    """High and low parts (2, side, L) of weights (side, L), rounded to 22 bits: weight · 2^22 = high · 2^8 + low."""
    whole = torch.floor(weights.abs() * WEIGHT_SCALE + 0.5) * torch.sign(weights)
    high = torch.floor(whole / LOW + 0.5)
    return torch.stack((high, whole - high * LOW)).float()


def _across(photos: Tensor, to_columns: Tensor) -> Tensor:
    return _pixels(photos @ to_columns[0].T, photos @ to_columns[1].T)


def _down(to_rows: Tensor, photos: Tensor) -> Tensor:
    return _pixels(to_rows[0] @ photos, to_rows[1] @ photos)


def _pixels(high: Tensor, low: Tensor) -> Tensor:
    """Pixels from 0 to 255 of sums with high and low parts: (high · 2^8 + low + 2^21) >> 22, each step exact."""
    unit = WEIGHT_SCALE / LOW
    return torch.floor((high + torch.floor(low / LOW) + unit / 2) / unit).clamp(0.0, 255.0)


def _border(spec: PreprocessSpec) -> tuple[int, int, int]:
    """Color outside the photo; black if a center crop is larger than the photo."""
    return spec.border_color if spec.crop == "border" else (0, 0, 0)
