"""The pixels at the right and at the bottom of a photo that the first convolutions of a network do not reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

MOST_STEPS = 64
"""Number of smaller and of larger sizes that are tried for one that fits: more than the side of the largest patches."""


@dataclass(frozen=True)
class Reach:
    """Geometry of a convolution of the photo along one side.

    Attributes:
        kernel: Number of weights.
        stride: Distance of two outputs in pixels.
        padding: Pixels added at the beginning, and as many at the end.
        dilation: Distance of two weights in pixels.
    """

    kernel: int
    stride: int
    padding: int
    dilation: int

    def outputs(self, side: int) -> int:
        """Number of outputs along a side of `side` pixels."""
        return (side + 2 * self.padding - self.dilation * (self.kernel - 1) - 1) // self.stride + 1

    def unseen(self, side: int) -> int:
        """Number of pixels after the last one that the convolution reads."""
        places = (
            output * self.stride + weight * self.dilation - self.padding
            for output in range(self.outputs(side))
            for weight in range(self.kernel)
        )
        return side - 1 - max((place for place in places if place < side), default=-1)


class Stem:
    """The convolutions that read the photo (1, C, H, W) itself, as observed in a pass."""

    def __init__(self, photo: Sequence[int]) -> None:
        self._photo = tuple(photo)
        self._reaches: list[tuple[Reach, Reach]] = []
        self._is_known = True

    def unseen(self) -> int:
        """Number of rows or columns, whichever is larger, that none of them reads; 0 if that is unknown."""
        return max(self._unseen(axis, side) for axis, side in enumerate(self._photo[2:]))

    def fitting(self) -> tuple[int, ...]:
        """The nearest smaller and the nearest larger side of which all pixels are read, where they were found."""
        side = self._photo[2]
        down = (one for one in range(side - 1, max(0, side - MOST_STEPS - 1), -1) if not self._unseen(0, one))
        up = (one for one in range(side + 1, side + MOST_STEPS + 1) if not self._unseen(0, one))
        return tuple(one for one in (next(down, None), next(up, None)) if one is not None)

    def _unseen(self, axis: int, side: int) -> int:
        if not self._is_known:
            return 0
        return min((pair[axis].unseen(side) for pair in self._reaches), default=0)

    def read(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        """Forward hook of a convolution."""
        if not isinstance(module, nn.Conv2d) or not inputs or not isinstance(inputs[0], Tensor):
            return
        if tuple(inputs[0].shape) != self._photo or not isinstance(output, Tensor):
            return
        if isinstance(module.padding, str):
            self._is_known &= module.padding != "same"  # "same" padding reads every pixel
            padding = (0, 0)
        else:
            padding = (int(module.padding[0]), int(module.padding[1]))
        reaches = [
            Reach(module.kernel_size[axis], module.stride[axis], padding[axis], module.dilation[axis])
            for axis in (0, 1)
        ]
        sides = [reach.outputs(self._photo[2 + axis]) for axis, reach in enumerate(reaches)]
        if list(output.shape[2:]) != sides:  # a subclass that pads in its own code
            self._is_known = False
        self._reaches.append((reaches[0], reaches[1]))


@contextmanager
def watched(network: nn.Module, photo: Sequence[int]) -> Iterator[Stem]:
    """Record the convolutions that read a photo of this shape in the passes inside the block."""
    stem = Stem(photo)
    handles = [one.register_forward_hook(stem.read) for one in network.modules() if isinstance(one, nn.Conv2d)]
    try:
        yield stem
    finally:
        for handle in handles:
            handle.remove()
