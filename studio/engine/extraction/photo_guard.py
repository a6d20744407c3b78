"""The photos that a run is made from, by their content, while it is under way.

A run may read its photos more than once: for the head's phase, for what is thawed later, for changed views. A row is
known by its number alone, so a photo that was deleted or replaced in between would give every later row another label.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.events import Dataset
from studio.spec import UserError


class PhotoGuard:
    """What was read first; empty until then."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def check(self, dataset: Dataset, digests: Sequence[bytes]) -> None:
        """Remember the photos that were read, or make sure that they are those that were read before.

        Raises:
            UserError: One is gone, can no longer be read, or has another content.
        """
        now = {photo.path: digest for photo, digest in zip(dataset.photos, digests, strict=True)}
        if not self._digests:
            self._digests = now
        for path in self._digests:
            self.require(dataset, path, now.get(path, b""))

    def require(self, dataset: Dataset, path: str, digest: bytes) -> None:
        """Make sure that one photo is the one that was read before; b"" stands for one that cannot be read.

        Raises:
            UserError: It is not.
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
