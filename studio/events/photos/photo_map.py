"""Events of the map of photos: a place for each photo, near those of alike photos."""

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
        label: Name of its class when it was judged.
        suggested: Name of the class that most of its neighbors have.
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
        positions: (N, 2) float32; alike photos are near each other.
        method: `pca`: the first two principal components; `tsne`.
        iterations: Iterations of t-SNE so far.
        complete: True where nothing better follows.
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
