"""Interface of a format for whole models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from studio.engine.export.model.whole_model import WholeModel

Precision = Literal["float32", "float16", "int8"]


class ModelFormat(Protocol):
    """A file format for the whole model of a run. The module of a format imports torch inside its functions only.

    Attributes:
        name: Name on the command line.
        suffix: Suffix of its files, with the dot.
        title: Display name.
        companion: Suffix of a second file that it writes beside its own; "" for none.
        precisions: Number types of the weights that it can be written with, the default first.
        writers: Ways to write it, in the order in which they are tried; the first whose file passes is taken.
        libraries: Modules to write and to load it, with the packages that have them.
        used: Packages that the stand-alone program needs besides numpy and Pillow.
        runtime: Package that loads it in the comparison.
        known_difference: What the runtime computes differently from the run, in a sentence; "" for nothing known.
        script: Lines of the stand-alone program that load `FILE`, set `ABOUT`, and define `outputs(image)`, which maps
            an upright RGB photo (H, W, 3) uint8 to the outputs by name, each for one photo.
    """

    name: str
    suffix: str
    title: str
    companion: str
    precisions: tuple[Precision, ...]
    writers: tuple[str, ...]
    libraries: dict[str, str]
    used: tuple[str, ...]
    runtime: str
    known_difference: str
    script: str

    def write(
        self, model: WholeModel, about: dict[str, Any], file: Path, precision: Precision, writer: str, photos: list[str]
    ) -> None:
        """Write the model to `file`, and its companion file, if any, beside it.

        Args:
            model: The model.
            about: Its description; it goes into the file, or into a card beside it.
            file: The file, with its final name in a folder of its own.
            precision: Number type of the weights.
            writer: One of `writers`.
            photos: Paths of training photos, for a precision that is calibrated on them.

        Raises:
            UserError: The model cannot be written in this format.
        """
        ...
