"""Interface of a format for exported heads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class HeadFormat(Protocol):
    """A form of file for the head's tensors; the card stands beside each.

    Attributes:
        suffix: Ending of its files.
        title: For people who choose one.
    """

    suffix: str
    title: str

    def write(self, tensors: dict[str, Tensor], about: dict[str, Any], file: Path) -> None:
        """Write the tensors to `file`, whose name has another ending meanwhile.

        Args:
            tensors: Of the head, and under `backbone.` what moved.
            about: The card.
            file: To be written.
        """
        ...
