"""Detection of NaN and infinity in features before they are stored."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.spec import UserError

if TYPE_CHECKING:
    import torch


class NotFiniteError(Exception):  # converted to a `UserError` where the photo's name is known
    """A row contains NaN or infinity.

    Attributes:
        digest: Digest of the photo.
        what: `NaN` or `infinity`.
    """

    def __init__(self, digest: bytes, what: str) -> None:
        super().__init__(what)
        self.digest, self.what = digest, what


def is_finite(numbers: NDArray[np.generic]) -> bool:
    """True if an array contains neither NaN nor infinity."""
    if not np.issubdtype(numbers.dtype, np.floating):
        return True
    with np.errstate(all="ignore"):
        # A finite sum proves it in one pass without an array of flags; a sum that overflows proves nothing.
        return bool(np.isfinite(numbers.sum()) or np.isfinite(numbers).all())


def require_finite(digests: list[bytes], rows: NDArray[np.generic]) -> None:
    """Check that all rows are finite; `rows` has one per digest.

    Raises:
        NotFiniteError: For the first row that is not.
    """
    if is_finite(rows):
        return
    for digest, row in zip(digests, rows, strict=True):
        if not is_finite(row):
            raise NotFiniteError(digest, kind_of(row))


def kind_of(row: NDArray[np.generic]) -> str:
    """Return the kind of non-finite number in a row: "NaN" or "infinity"."""
    return "NaN" if np.isnan(row).any() else "infinity"


@contextlib.contextmanager
def photo_errors(backbone: str, dtype: torch.dtype, photo: Callable[[bytes], str]) -> Iterator[None]:
    """Convert `NotFiniteError` to a `UserError` that names the photo.

    Args:
        backbone: Name of the backbone.
        dtype: Type in which the features are computed.
        photo: Returns the path of the photo with a digest.
    """
    try:
        yield
    except NotFiniteError as error:
        raise not_finite_error(backbone, photo(error.digest), error.what, dtype) from None


def not_finite_error(backbone: str, photo: str, what: str, dtype: torch.dtype | None = None) -> UserError:
    """Return the error for a photo whose features are not finite."""
    hint = "Choose other weights: these may be damaged or belong to another network."
    if dtype is not None and (name := str(dtype).removeprefix("torch.")) != "float32":
        hint = f"Choose float32 in place of {name}, or other weights."
    return UserError(f"The features of {photo} from “{backbone}” contain {what}; they were not stored.", hint, photo)
