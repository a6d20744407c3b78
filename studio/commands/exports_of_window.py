"""The exports of the window: several formats, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from studio.commands.results import export_model
from studio.events import Events, ExportStep, Saved
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.session.model_exports import ModelOffer
from studio.spec import UserError

NAME = "model"
"""Name of the files, before the precision and the suffix of the format."""


def export_models(run: str, folder: str, wanted: Sequence[tuple[str, str]], which: WeightsChoice) -> Work:
    """Write a run in several formats, each with its certificate; one that cannot be made leaves the others.

    Yields `ExportStep` before each, and `ModelExported` behind it, or another `ExportStep` with the reason.

    Args:
        run: Folder of the run.
        folder: Folder of the files, which is made where it is missing.
        wanted: Name and precision of each format.
        which: The best or the last epoch.
    """

    def work(stop: Stop) -> Events:
        for name, precision in wanted:
            yield ExportStep(name)
            try:
                number = cast(Literal["float32", "float16", "int8"], precision)
                for event in export_model(Path(run), file_of(folder, name, precision), name, number, which)(stop):
                    if not isinstance(event, Saved):
                        yield event
            except UserError as error:
                yield ExportStep(name, f"{error.title} {error.hint}".strip())

    return work


def file_of(folder: str, name: str, precision: str) -> Path:
    """The file of a format in a folder: each format and precision has a name of its own."""
    from studio.engine.export.model import model_registry

    one = model_registry.model_format(name)
    usual = precision == one.precisions[0]
    return Path(folder, f"{NAME}{'' if usual else f'-{precision}'}{one.suffix}")


def offers() -> tuple[ModelOffer, ...]:
    """The formats of whole models, each with the reason why it cannot be written here."""
    from studio.engine.export.model import model_registry

    return tuple(
        ModelOffer(one.name, one.title, one.suffix, one.precisions, model_registry.missing(one))
        for one in model_registry.MODEL_FORMATS
    )
