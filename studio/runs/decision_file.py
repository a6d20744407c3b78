"""The decision rule of a run, in a file beside its record, or in the card of an exported head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio.runs import folder, head_card
from studio.runs.files import record_file
from studio.spec import UserError
from studio.spec.decision import VERSION, DecisionRule
from studio.spec.encoding import conversion
from studio.system.files import atomic_files

FILE = "decision.json"


CHOOSE_AGAIN = (
    "Restore a copy of it, or remove it (“thaw threshold RUN --clear”) and choose thresholds and temperature again."
)


def read(run: Path, classes: Sequence[str]) -> DecisionRule | None:
    """The decision rule of a run; None where none was chosen.

    Args:
        run: Folder of the run.
        classes: Its classes.

    Raises:
        UserError: The file cannot be read, belongs to another run, or was written by a newer version.
    """
    file = run / FILE
    try:
        rule = conversion.decode(file.read_bytes(), DecisionRule)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # not ignored: the answers would not follow the user's choice
        raise UserError(
            f"{file} cannot be read ({error}).",
            CHOOSE_AGAIN,
            file,
        ) from error
    if rule.version > VERSION:
        raise UserError(
            f"{file} was written by a newer version of Thaw Studio.", "Update the program to use this rule.", file
        )
    _require_classes(rule, classes, file, CHOOSE_AGAIN)
    return rule


def of_source(source: Path) -> DecisionRule | None:
    """The decision rule of a run (its folder or `run.json`) or of an exported head; None where none was chosen.

    Raises:
        UserError: It cannot be read, or belongs to another run.
    """
    if source.is_dir() or source.name == record_file.FILE:
        run = source if source.is_dir() else source.parent
        return read(run, folder.read(run, only_known=False).classes) if (run / FILE).exists() else None
    card = head_card.read(source)
    if card.decision is not None:
        _require_classes(card.decision, card.classes, head_card.path_of(source), "Export the head again.")
    return card.decision


def _require_classes(rule: DecisionRule, classes: Sequence[str], file: Path, advice: str) -> None:
    """Refuse a rule of another run: thresholds of classes that this one lacks would be ignored."""
    unknown = [one.name for one in rule.thresholds if one.name not in classes]
    if unknown:
        raise UserError(f"{file} has a threshold for “{unknown[0]}”, which is not a class of the run.", advice, file)


def write(run: Path, rule: DecisionRule | None) -> None:
    """Store the decision rule of a run; None removes it.

    Raises:
        UserError: The file cannot be written.
    """
    file = run / FILE
    try:
        if rule is None:
            file.unlink(missing_ok=True)
            return
        atomic_files.write_json(file, msgspec.to_builtins(rule), sync=True)
    except OSError as error:
        raise UserError(
            f"{file} cannot be written ({error.strerror or error}).", "Make the folder of the run writable.", file
        ) from error
