"""Events that show single photos as the network gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.spec import AugmentSpec, PreprocessSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Preview:
    """One photo at each step of the preprocessing.

    Attributes:
        path: Absolute path of the photo.
        on_disk: (H, W, 3) uint8, the decoded and upright photo, reduced for the screen.
        disk_size: Width and height on disk in pixels.
        framed: (h, w, 3) uint8, after resize and crop.
        network_input: (h, w, 3) uint8, the normalized input rescaled to 0…255 for the screen; `lowest` becomes black.
        lowest: Lowest value in the normalized input.
        highest: Highest value in the normalized input.
        steps: Descriptions of the preprocessing steps, in order.
        spec: Preprocessing that was applied.
        values: Description of the value range of a photo of more than 8 bits, and where it comes from; "" otherwise.
    """

    path: str
    on_disk: NDArray[np.uint8]
    disk_size: tuple[int, int]
    framed: NDArray[np.uint8]
    network_input: NDArray[np.uint8]
    lowest: float
    highest: float
    steps: tuple[str, ...]
    spec: PreprocessSpec
    values: str = ""


@dataclass(frozen=True)
class AugmentedViews:
    """One training photo before and after augmentation.

    Attributes:
        path: Absolute path of the photo.
        framed: (h, w, 3) uint8, resized and cropped.
        views: (N, h, w, 3) uint8, after all steps: those of the first epochs, or the fixed views.
        spec: Augmentation that was applied.
        seconds: Time to compute one view on one core.
    """

    path: str
    framed: NDArray[np.uint8]
    views: NDArray[np.uint8]
    spec: AugmentSpec
    seconds: float
