"""Example photos with which torch traces a whole model, and the exported program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torch.export import ExportedProgram

    from studio.engine.export.model.whole_model import WholeModel


def image(model: WholeModel) -> Tensor:
    """Two photos (2, H, W, 3) uint8, not square and not of the network's input size."""
    height, width = model.base.preprocess.size
    shape = (2, height + 61, width + 90, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def program(model: WholeModel) -> ExportedProgram:
    """The model as a program of torch.export, for any number of photos, all of one size."""
    dynamic = torch.export.Dim.DYNAMIC
    with torch.no_grad():
        return torch.export.export(
            model.photo_network,
            (image(model),),
            dynamic_shapes=({0: dynamic, 1: dynamic, 2: dynamic},),
            strict=False,
        )
