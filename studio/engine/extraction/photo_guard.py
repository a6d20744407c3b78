"""Detection of photos that change while a run is using them.

A run may read its photos more than once: for head warm-up, for thawed layers, for views. A row's index determines its
label, so after a photo was deleted or replaced all later rows would get wrong labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.events import Dataset
from studio.spec import UserError


class PhotoGuard:
    """Compares the digests of photos with those of the first reading."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def check(self, dataset: Dataset, digests: Sequence[bytes]) -> None:
        """Store the digests at the first call; compare them with the stored ones at later calls.

        Raises:
            UserError: A photo is gone, can no longer be read, or has other content.
        """
        now = {photo.path: digest for photo, digest in zip(dataset.photos, digests, strict=True)}
        if not self._digests:
            self._digests = now
        for path in self._digests:
            self.require(dataset, path, now.get(path, b""))

    def require(self, dataset: Dataset, path: str, digest: bytes) -> None:
        """Compare the digest of one photo with the stored one; b"" stands for a photo that cannot be read.

        Raises:
            UserError: The photo has changed.
        """
        if self._digests.get(path, digest) == digest != b"":
            return
        file = Path(dataset.folder, path)
        change = "was replaced" if digest else "can no longer be read" if file.exists() else "was deleted"
        raise UserError(
            f"{file} {change} while the run was using it.",
            "Put the photo back as it was and resume the run, or train again without it.",
            file,
        )
