"""Predictions of a run on one split with their labels, and the documents made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.events.split import Split


@dataclass(frozen=True)
class JudgedPart:
    """Predictions of a run on the photos of one split, with their labels.

    Attributes:
        split: The split.
        epoch: Epoch of the weights; 0 if it is unknown.
        folder: Folder of the photos.
        paths: Path of each photo, relative to the folder.
        contents: Hash of each photo's content; "" where it is unknown.
        truth: (N,) labels (int64), or true numbers (float64) in regression.
        predicted: (N, K) class probabilities, or (N,) predicted numbers in regression.
    """

    split: Split
    epoch: int
    folder: str
    paths: tuple[str, ...]
    contents: tuple[str, ...]
    truth: NDArray[Any]
    predicted: NDArray[np.float32]


@dataclass(frozen=True)
class RunEvaluated:
    """The evaluation of a run on one split; its document is that of `thaw evaluate --json`."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class RunsCompared:
    """The comparison of two runs; its document is that of `thaw compare --json`."""

    document: Mapping[str, Any]
