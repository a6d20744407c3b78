"""Export of the head as a state dict of torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


class StateDictFile:
    """State dict of torch, as a `format.HeadFormat`."""

    suffix = ".pt"
    title = "PyTorch state dict"

    def write(self, tensors: dict[str, Tensor], about: dict[str, Any], file: Path) -> None:  # noqa: ARG002
        """See `format.HeadFormat`."""
        import torch

        torch.save(tensors, file)
