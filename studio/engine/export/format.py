"""Interface of a format for exported heads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class HeadFormat(Protocol):
    """A file format for the head's tensors; the card is a separate file.

    Attributes:
        suffix: Suffix of its files, with the dot.
        title: Display name.
    """

    suffix: str
    title: str

    def write(self, tensors: dict[str, Tensor], about: dict[str, Any], file: Path) -> None:
        """Write the tensors to `file`, a temporary file without the format's suffix.

        Args:
            tensors: Tensors of the head, and those of trained backbone layers with the prefix `backbone.`.
            about: The card.
            file: The file to write.
        """
        ...
