"""Signs that the record of a run was changed after the run: its results are then not those of its settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.runs import folder as runs
from studio.runs.files import record
from studio.system.files import json_text

LOSSES = ("train_loss", "val_loss")


def changes(run: Path) -> tuple[str, ...]:
    """Sentences about contradictions in the files of a run; none in runs of earlier versions without their hash."""
    return tuple(_changes(run))


def _changes(run: Path) -> Iterator[str]:
    about: Any = {}
    with contextlib.suppress(OSError, ValueError):
        about = json_text.loads((run / runs.RUN).read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        return
    known = about.get("settings_hash")
    if known is not None and known != record.hash_of(about.get("spec")):
        yield f"The settings in {runs.RUN} were changed after the run."
    lines = _lines(run / runs.METRICS)
    for epoch in about.get("epochs", ()):
        other = lines.get(epoch.get("epoch"))
        if other is not None and any(epoch.get(name) != other.get(name) for name in LOSSES):
            yield (
                f"{runs.RUN} and {runs.METRICS} disagree on the losses of epoch {epoch['epoch']}: one of them was "
                "changed after the run."
            )
            return


def _lines(file: Path) -> dict[int, dict[str, Any]]:
    """The last line of each epoch; a line that was cut off is left out."""
    found: dict[int, dict[str, Any]] = {}
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in file.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                values = json_text.loads(line)
                found[int(values["epoch"])] = values
    return found
