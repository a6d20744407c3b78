"""Detection of photos that change while a run is using them.

A run may read its photos more than once: for head warm-up, for thawed layers, for views. Rows are identified by their
index, so after a photo was deleted or replaced, every later row would get another label.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.events import Dataset
from studio.spec import UserError


class PhotoGuard:
    """Digests of the photos as first read; empty before that."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def check(self, dataset: Dataset, digests: Sequence[bytes]) -> None:
        """Store the digests, or check them against the stored ones.

        Raises:
            UserError: A photo is gone, can no longer be read, or has other content.
        """
        now = {photo.path: digest for photo, digest in zip(dataset.photos, digests, strict=True)}
        if not self._digests:
            self._digests = now
        for path in self._digests:
            self.require(dataset, path, now.get(path, b""))

    def require(self, dataset: Dataset, path: str, digest: bytes) -> None:
        """Check one photo against the stored digest; b"" stands for one that cannot be read.

        Raises:
            UserError: It has changed.
        """
        if self._digests.get(path, digest) == digest != b"":
            return
        file = Path(dataset.folder, path)
        what = "was replaced" if digest else "can no longer be read" if file.exists() else "was deleted"
        raise UserError(
            f"{file} {what} while the run was using it.",
            "Put the photo back as it was and resume the run, or train again without it.",
            file,
        )
