"""The predictor of a run: its preprocessing, the runtime of its network, and its head; imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.data.bit_depth.reading import Reading
from studio.engine.predict.head_arrays import Array
from studio.spec import PreprocessSpec

if TYPE_CHECKING:
    from studio.engine.extraction.runtime import Runtime


@dataclass(frozen=True)
class Predictor:
    """A trained run that can predict photos.

    Attributes:
        preprocess: The network's preprocessing.
        reading: Rule for the value range of photos of more than 8 bits, as in its run.
        classes: Names of the classes, in the order of the scores.
        target: Name of the regression target, the only score then; "" for classes.
        epoch: Epoch of the weights; 0 if it is unknown.
        head: Tensors of the head's layers on raw features, by name.
        runtime: Computes the features of photos.
    """

    preprocess: PreprocessSpec
    reading: Reading
    classes: tuple[str, ...]
    target: str
    epoch: int
    head: Mapping[str, Array]
    runtime: Runtime
