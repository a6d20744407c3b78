"""Reads an exported head and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from studio.engine.training import weight_files
from studio.runs import folder
from studio.spec import UserError


def card_path(out: Path) -> Path:
    """Where the card of an exported file is."""
    return out.with_suffix(".json")


def read(file: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Card and tensors of an exported head.

    Raises:
        UserError: One of the two is missing or damaged.
    """
    if not file.is_file():
        raise UserError(f"There is no run and no exported head at {file}.", "Check the path.", file)
    data = folder.read(card_path(file))
    if file.suffix == ".pt":
        from studio.engine.backbones import weights

        tensors = weight_files.require_head(weights.read(file), file)
    else:
        tensors = weight_files.load_head(file)
    if data.get(weight_files.CHECKSUM) not in (None, weight_files.checksum(tensors)):
        raise UserError(
            f"{file} and {card_path(file).name} do not belong together, or one of them is damaged.",
            "Export the head again, and keep the two files together.",
            file,
        )
    return data, tensors
