"""Reads the card of an exported head, a JSON file beside it; `studio.engine.export.card` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from studio.events import ValueRanges
from studio.runs.certificates import UNPROVED
from studio.runs.files import value_ranges
from studio.spec import RunSpec, UserError
from studio.spec.decision import DecisionRule
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import run_spec_from_json
from studio.system.files import json_text

MADE_BY = "Thaw Studio"

SUFFIXES = (".safetensors", ".pt")
"""Suffixes of exported heads."""

WHOLE = (".onnx", ".pt2", ".xml")
"""Suffixes of files that hold whole models; `model_card` reads them."""

WHOLE_KIND = "whole model"
"""The kind in the card of a whole model."""


class ExportedNovelty(msgspec.Struct, frozen=True):
    """The file beside an exported head with which photos unlike all training photos are recognized.

    Attributes:
        crc32: Checksum of its tensors.
    """

    crc32: str


class HeadCard(msgspec.Struct, frozen=True, kw_only=True):
    """An exported head: its classes, its backbone, and the epoch of its run.

    Attributes:
        spec: Settings of the run.
        classes: Names of the classes, in the order of the scores.
        target: Name of the regression target; "" for classes.
        weights_hash: Fingerprint of the backbone that it was trained on.
        value_range: Value ranges of photos of more than 8 bits.
        epoch: Epoch of the weights; 0 if it is unknown.
        epochs: Number of epochs of the run.
        best_epoch: Best epoch of the run; 0 if it is unknown.
        which: “last”, “best”, “last and best” or "".
        criterion: Criterion of the best epoch, in words.
        decision: How probabilities become answers; None where the most probable class is the answer.
        novelty: How photos unlike the training photos are recognized; None where they are not.
        crc32: Checksum of the tensors; None in cards of version 0.1.
    """

    spec: RunSpec
    classes: tuple[str, ...]
    target: str = ""
    weights_hash: str = ""
    value_range: ValueRanges
    epoch: int = 0
    epochs: int = 0
    best_epoch: int = 0
    which: str = ""
    criterion: str = ""
    decision: DecisionRule | None = None
    novelty: ExportedNovelty | None = None
    crc32: str | None = None


class WholeModelError(UserError):
    """A file of a whole model was given in place of a head."""


def _whole(file: Path) -> UserError:
    title = f"{file} holds a whole model, which gives predictions only: no features, steps or heatmaps."
    return WholeModelError(title, "Use the run, or an exported head.", file)


def path_of(head: Path) -> Path:
    """Path of the card of an exported head; of one that did not pass its check, `CARD.json.unproved`."""
    if head.suffix == UNPROVED:
        return head.with_name(f"{head.with_suffix('').with_suffix('.json').name}{UNPROVED}")
    return head.with_suffix(".json")


def novelty_path_of(head: Path) -> Path:
    """Path of the file with features of training photos beside an exported head."""
    return head.with_suffix(".novelty.safetensors")


def read(head: Path) -> HeadCard:
    """Read the card of an exported head.

    Raises:
        UserError: The file is not an exported head, or its card is missing or cannot be read.
        WholeModelError: The file holds a whole model.
    """
    if head.suffix.lower() in WHOLE:
        raise _whole(head)
    if head.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"{head.name} is not a model that Thaw Studio can read, and was not opened: files of other programs, such "
            "as pickles, can run code.",
            f"Choose a run, or a file that “thaw export” wrote ({', '.join((*SUFFIXES, *WHOLE))}).",
            head,
        )
    return read_card(head)


def read_card(head: Path) -> HeadCard:
    """Like `read`, also for a head that did not pass its check."""
    file = path_of(head)
    try:
        data = json_text.loads(file.read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get("kind") == WHOLE_KIND:
            raise _whole(head)
        if not isinstance(data, dict) or "spec" not in data:
            raise ValueError("no spec in it")
        return conversion.convert(_complete(data), HeadCard)
    except FileNotFoundError as error:
        raise UserError(
            f"The card {file.name} is not beside {head}.", "Put it back, or export the head again.", file
        ) from error
    except WholeModelError:
        raise
    except UserError as error:
        raise UserError(f"{file}: {error.title}", error.hint, file) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise UserError(
            f"{file} cannot be read as the card of a head ({error}).", "Export the head again.", file
        ) from error


def require_free(head: Path, text: str) -> None:
    """Refuse to replace the card of another exported file: `a.pt` and `a.safetensors` have the same card, `a.json`.

    Args:
        head: File to be written.
        text: Its card.

    Raises:
        UserError: The other file is there, and its card is not this one.
    """
    file = path_of(head)
    others = (head.with_suffix(suffix) for suffix in SUFFIXES if suffix != head.suffix)
    other = next((one for one in others if one.exists()), None)
    if other is None or not file.exists():
        return
    try:
        same = file.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        same = False
    if not same:
        raise UserError(
            f"{file} is the card of {other.name}, and would be replaced by another one.", "Choose another name.", file
        )


def is_card(file: Path) -> bool:
    """True if a file is a card that this program wrote."""
    try:
        data = json_text.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("made_by") == MADE_BY


def _complete(data: dict[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in data.items() if value is not None}
    return fields | {"spec": run_spec_from_json(data["spec"]), "value_range": value_ranges.of(data)}
