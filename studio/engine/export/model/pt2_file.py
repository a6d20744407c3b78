"""Export of a whole model as a program of torch.export, with the preprocessing in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.export.model.model_format import Precision

if TYPE_CHECKING:
    from studio.engine.export.model.whole_model import WholeModel

ABOUT = "about.json"
"""Name of the description in the file."""


class Pt2File:
    """A program of torch.export, as a `model_format.ModelFormat`."""

    name = "pt2"
    suffix = ".pt2"
    title = "PyTorch program (torch.export)"
    companion = ""
    precisions: tuple[Precision, ...] = ("float32",)
    writers: tuple[str, ...] = ("torch.export",)
    libraries: dict[str, str] = {"torch": "torch"}  # noqa: RUF012  # never changed
    used: tuple[str, ...] = ("torch",)
    runtime = "torch"
    known_difference = ""
    script = """
import torch

extra = {"about.json": ""}
network = torch.export.load(FILE, extra_files=extra).module()
ABOUT = json.loads(extra["about.json"])


def outputs(image):
    with torch.no_grad():
        found = network(torch.from_numpy(image.copy())[None])
    return {name: rows[0].numpy() for name, rows in zip(ABOUT["outputs"], found, strict=True)}
"""

    def write(
        self,
        model: WholeModel,
        about: dict[str, Any],
        file: Path,
        precision: Precision,  # noqa: ARG002
        writer: str,  # noqa: ARG002
        photos: list[str],  # noqa: ARG002
    ) -> None:
        """See `model_format.ModelFormat`."""
        import torch

        from studio.engine.export.model import examples

        torch.export.save(examples.program(model), file, extra_files={ABOUT: json.dumps(about, ensure_ascii=False)})
