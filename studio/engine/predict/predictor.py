"""What predicts: how photos are read, a compiled or a plain network, and the head's layers; free of torch."""

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
    """A trained run, ready for photos.

    Attributes:
        preprocess: What the network takes.
        reading: Which values of photos of more than 8 bits are black and white, as in its run.
        classes: In the order of the scores.
        target: Name of the number, which is then the only score; "" where classes were learned.
        epoch: Whose weights these are; 0 where it is not known.
        head: Layers on raw features, by name.
        runtime: Computes the features of photos.
    """

    preprocess: PreprocessSpec
    reading: Reading
    classes: tuple[str, ...]
    target: str
    epoch: int
    head: Mapping[str, Array]
    runtime: Runtime
