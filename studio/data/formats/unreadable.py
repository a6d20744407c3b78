"""The exception of all modules that read image files."""

from __future__ import annotations

MAX_PIXELS = 178_956_970
"""Larger images are refused: the bound at which Pillow itself refuses; 512 MiB as RGB."""


class Unreadable(ValueError):  # noqa: N818  (a state of the file, not of this program)
    """A file that is not a readable photo.

    Attributes:
        reason: Continues “it is …” or “it …”: "not an image", "cut off: the file ends early".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
