"""Detection of NaN and infinity in features, before they are stored, with the photo in the message."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.spec import UserError

if TYPE_CHECKING:
    import torch


class NotFinite(Exception):  # noqa: N818  # converted to a `UserError` where the photo's name is known
    """A row holds NaN or infinity.

    Attributes:
        digest: Digest of the photo.
        what: `NaN` or `infinity`.
    """

    def __init__(self, digest: bytes, what: str) -> None:
        super().__init__(what)
        self.digest, self.what = digest, what


def is_finite(numbers: NDArray[np.generic]) -> bool:
    """True where there is neither NaN nor infinity; fast where that is so."""
    if not np.issubdtype(numbers.dtype, np.floating):
        return True
    with np.errstate(all="ignore"):
        # One pass without an array of flags; but a sum that overflows proves nothing.
        return bool(np.isfinite(numbers.sum()) or np.isfinite(numbers).all())


def require(digests: list[bytes], rows: NDArray[np.generic]) -> None:
    """Check that all rows (N, one per digest) are finite.

    Raises:
        NotFinite: For the first row that is not.
    """
    if is_finite(rows):
        return
    for digest, row in zip(digests, rows, strict=True):
        if not is_finite(row):
            raise NotFinite(digest, words(row))


def words(row: NDArray[np.generic]) -> str:
    """Kind of the bad number in a row: "NaN" or "infinity"."""
    return "NaN" if np.isnan(row).any() else "infinity"


@contextlib.contextmanager
def required(backbone: str, dtype: torch.dtype, photo: Callable[[bytes], str]) -> Iterator[None]:
    """Convert `NotFinite` to a `UserError` that names the photo.

    Args:
        backbone: Name of the backbone.
        dtype: Type in which the features are computed.
        photo: Returns the path of the photo with a digest.
    """
    try:
        yield
    except NotFinite as error:
        raise fault(backbone, photo(error.digest), error.what, dtype) from None


def fault(backbone: str, photo: str, what: str, dtype: torch.dtype | None = None) -> UserError:
    """The error for a photo whose features are not finite."""
    hint = "Choose other weights: these may be damaged, or be those of another network."
    if dtype is not None and (name := str(dtype).removeprefix("torch.")) != "float32":
        hint = f"Choose float32 in place of {name}, or other weights."
    return UserError(f"“{backbone}” gives {what} in place of features for {photo}; they were not stored.", hint, photo)
