"""Events of the map of photos, on which each photo is near those with similar features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.spec import BackboneSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MapMethod = Literal["pca", "tsne"]


@dataclass(frozen=True)
class LabelSuspect:
    """A photo whose label is likely wrong, by its nearest neighbors.

    Attributes:
        path: Path of the photo, relative to the folder.
        label: Name of its class when the map was computed.
        suggested: Name of the other class with the most votes of its neighbors, weighted by similarity.
        agree: Number of its nearest neighbors of the suggested class.
        of: Number of nearest neighbors that were counted.
    """

    path: str
    label: str
    suggested: str
    agree: int
    of: int


@dataclass(frozen=True)
class PhotosMapped:
    """The map of a folder's photos; sent again whenever it has become better.

    Attributes:
        folder: Folder of the photos.
        backbone: The backbone whose features they are placed by.
        paths: Path of each photo, relative to the folder.
        features: Number of features.
        positions: (N, 2) float32; photos with similar features are near each other.
        method: `pca`: the first two principal components; `tsne`.
        iterations: Iterations of t-SNE so far.
        complete: True for the final map.
        explained: Share of the variance that the two principal components explain.
        neighbors: (N, k) int32, the most similar photos of each, the most similar first; None before they are known.
        suspects: Photos whose label is likely wrong, the most likely first; () before the neighbors are known.
    """

    folder: str
    backbone: BackboneSpec
    paths: tuple[str, ...]
    features: int
    positions: NDArray[np.float32]
    method: MapMethod = "pca"
    iterations: int = 0
    complete: bool = False
    explained: float = 0.0
    neighbors: NDArray[np.int32] | None = None
    suspects: tuple[LabelSuspect, ...] = ()
