"""Writes `run.json`, which is always replaced as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio.events import Epoch
from studio.runs import record
from studio.runs.record import RunRecord
from studio.system import atomic_files

FILE = "run.json"


class RecordFile:
    """The file of one run.

    It is written at every epoch and checkpoint, of which there may be thousands, so the JSON of a field is made only
    when the field has another value: a write takes a millisecond or two.
    """

    def __init__(self, run: Path) -> None:
        self._file = run / FILE
        self._json: dict[str, tuple[Any, str]] = {}
        self._lines: dict[int, tuple[Epoch, str]] = {}

    def write(self, of: RunRecord, now: bool = False) -> None:
        """Write the record; `now` waits until it is safe on the disk.

        Raises:
            OSError: The folder is gone or cannot be written.
        """
        parts = []
        for key, value in record.keys_and_values(of):
            content = self._epochs(value) if key == "epochs" else self._content(key, value)
            parts.append(f" {json.dumps(key)}: {content}")
        with atomic_files.atomic_write_lazy_sync(self._file, now) as beside:
            beside.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")

    def line(self, epoch: Epoch) -> str:
        """An epoch as a line of JSON."""
        known = self._lines.get(epoch.epoch)
        if known is None or known[0] is not epoch:
            known = (epoch, record.epoch_line(epoch))
            self._lines[epoch.epoch] = known
        return known[1]

    def _epochs(self, epochs: tuple[Epoch, ...]) -> str:
        """The epochs as lines, for readability of the file."""
        return "[\n  " + ",\n  ".join(map(self.line, epochs)) + "\n ]" if epochs else "[]"

    def _content(self, key: str, value: Any) -> str:
        known = self._json.get(key)
        if known is None or known[0] is not value:
            known = (value, json.dumps(record.json_value(value), ensure_ascii=False))
            self._json[key] = known
        return known[1]
