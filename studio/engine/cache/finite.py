"""Features that are no finite numbers: found before they are kept anywhere, and named with their photo."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.spec import UserError

if TYPE_CHECKING:
    import torch


class NotFinite(Exception):  # noqa: N818  # raised to be turned into a `UserError` where the photo's name is known
    """A row holds NaN or infinity.

    Attributes:
        digest: Of the photo.
        what: `NaN` or `infinity`.
    """

    def __init__(self, digest: bytes, what: str) -> None:
        super().__init__(what)
        self.digest, self.what = digest, what


def is_finite(numbers: NDArray[np.generic]) -> bool:
    """True where there is neither NaN nor infinity; quick for what is as it should be."""
    if not np.issubdtype(numbers.dtype, np.floating):
        return True
    with np.errstate(all="ignore"):
        # One pass without an array of flags; a sum that overflows proves nothing.
        return bool(np.isfinite(numbers.sum()) or np.isfinite(numbers).all())


def require(digests: list[bytes], rows: NDArray[np.generic]) -> None:
    """Raise where a row (of N, one a digest) is not finite.

    Raises:
        NotFinite: For the first one.
    """
    if is_finite(rows):
        return
    for digest, row in zip(digests, rows, strict=True):
        if not is_finite(row):
            raise NotFinite(digest, words(row))


def words(row: NDArray[np.generic]) -> str:
    """Which of the two a row holds."""
    return "NaN" if np.isnan(row).any() else "infinity"


@contextlib.contextmanager
def required(backbone: str, dtype: torch.dtype, photo: Callable[[bytes], str]) -> Iterator[None]:
    """Turns `NotFinite` into a `UserError` that names the photo.

    Args:
        backbone: Its name.
        dtype: What the features are computed in.
        photo: Path of the photo with a digest.
    """
    try:
        yield
    except NotFinite as error:
        raise fault(backbone, photo(error.digest), error.what, dtype) from None


def fault(backbone: str, photo: str, what: str, dtype: torch.dtype | None = None) -> UserError:
    """What is said of a photo whose features are not finite."""
    hint = "Choose other weights: these may be damaged, or be those of another network."
    if dtype is not None and (name := str(dtype).removeprefix("torch.")) != "float32":
        hint = f"Choose float32 in place of {name}, or other weights."
    return UserError(
        f"“{backbone}” gives {what} in place of features for {photo}; nothing was kept of it.", hint, photo
    )
