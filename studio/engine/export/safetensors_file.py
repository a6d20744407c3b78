"""Export of the head as a `.safetensors` file, whose header has the epoch and a checksum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.training.run_files.file_names import CHECKSUM

if TYPE_CHECKING:
    from torch import Tensor


class SafetensorsFile:
    """Safetensors, as a `format.HeadFormat`."""

    suffix = ".safetensors"
    title = "Safetensors"

    def write(self, tensors: dict[str, Tensor], about: dict[str, Any], file: Path) -> None:
        """See `format.HeadFormat`."""
        from safetensors.torch import save_file

        header = {
            CHECKSUM: about[CHECKSUM],
            "format": "pt",
            "made_by": about["made_by"],
            "epoch": str(about["epoch"]),
            "which": about["which"],
        }
        save_file(tensors, file, metadata=header)
