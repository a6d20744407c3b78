"""The exports of the window: several formats, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from studio.commands.results import export_model
from studio.events import Events, ExportStep, Saved
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.runs.certificates import UNPROVED
from studio.session.model_exports import FEATURES, ModelOffer
from studio.spec import UserError

NAME = "model"
"""Name of the files, before the precision and the suffix of the format."""

FILES = ("npz", "csv", "parquet", "safetensors")
"""Types of files with features, without the dot: those of `WRITERS` of `feature_vectors`, which imports torch."""


def export_models(run: str, folder: str, wanted: Sequence[tuple[str, str]], which: WeightsChoice) -> Work:
    """Write a run in several formats, each with its certificate; a failure does not prevent the other ones.

    Yields `ExportStep` before each, and `ModelExported` after it, or another `ExportStep` with the reason of a failure.
    Existing files, for instance of another run, are not replaced: the new ones are called `model-2`, `model-3`, …

    Args:
        run: Folder of the run.
        folder: Folder for the files; created if it is missing.
        wanted: Name and precision of each format; of features, the type of file.
        which: The best or the last epoch.
    """

    def work(stop: Stop) -> Events:
        turn = _free_turn(folder, wanted)
        for name, precision in wanted:
            yield ExportStep(name)
            try:
                number = None if name == FEATURES else cast(Literal["float32", "float16", "int8"], precision)
                for event in export_model(Path(run), file_of(folder, name, precision, turn), name, number, which)(stop):
                    if not isinstance(event, Saved):
                        yield event
            except UserError as error:
                yield ExportStep(name, f"{error.title} {error.hint}".strip())

    return work


def file_of(folder: str, name: str, precision: str, turn: int = 1) -> Path:
    """The file of a format in a folder; its name says precision and number of the export (`turn`)."""
    if name == FEATURES:
        return Path(folder, f"{name if turn == 1 else f'{name}-{turn}'}.{precision}")
    from studio.engine.export.model import model_registry

    one = model_registry.model_format(name)
    usual = precision == one.precisions[0]
    stem = NAME if turn == 1 else f"{NAME}-{turn}"
    return Path(folder, f"{stem}{'' if usual else f'-{precision}'}{one.suffix}")


def _free_turn(folder: str, wanted: Sequence[tuple[str, str]]) -> int:
    """The first number of an export none of whose files is in the folder, verified or not."""
    turn = 1
    while True:
        files = [file_of(folder, name, precision, turn) for name, precision in wanted]
        if not any(file.exists() or file.with_name(file.name + UNPROVED).exists() for file in files):
            return turn
        turn += 1


def offers() -> tuple[ModelOffer, ...]:
    """The formats of whole models, each with the reason if it cannot be written here, and of features."""
    from studio.engine.export.model import model_registry

    written = tuple(
        ModelOffer(one.name, one.title, one.suffix, one.precisions, model_registry.missing(one))
        for one in model_registry.MODEL_FORMATS
    )
    reason = model_registry.core_ml_missing()
    core_ml = ModelOffer(model_registry.CORE_ML, "Core ML", ".mlpackage", ("float32",), reason)
    return (*written, core_ml, ModelOffer(FEATURES, "Features and labels", f".{FILES[0]}", FILES))
