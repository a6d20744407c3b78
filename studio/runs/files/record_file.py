"""Writes `run.json`, which is replaced atomically."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio.events import Epoch
from studio.runs.files import record
from studio.runs.files.record import RunRecord
from studio.system.files import atomic_files

FILE = "run.json"


class RecordFile:
    """The record file of one run; it caches the JSON of unchanged fields."""

    def __init__(self, run: Path) -> None:
        # Cached, because the file is written at every epoch and checkpoint, of which there may be thousands.
        self._file = run / FILE
        self._json: dict[str, tuple[Any, str]] = {}
        self._hashed = ("", "")
        self._lines: dict[int, tuple[Epoch, str]] = {}

    def write(self, content: RunRecord, now: bool = False) -> None:
        """Write the record; with `now`, wait until it is synced to the disk.

        Raises:
            OSError: The folder is gone or cannot be written.
        """
        parts = []
        for key, value in record.keys_and_values(content):
            text = self._epochs(value) if key == "epochs" else self._text(key, value)
            parts.append(f" {json.dumps(key)}: {text}")
            if key == "spec":
                parts.append(f' "settings_hash": "{self._hash(text)}"')
        with atomic_files.atomic_write_lazy_sync(self._file, now) as temporary:
            temporary.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")

    def line(self, epoch: Epoch) -> str:
        """An epoch as one line of JSON."""
        cached = self._lines.get(epoch.epoch)
        if cached is None or cached[0] is not epoch:
            cached = (epoch, record.epoch_line(epoch))
            self._lines[epoch.epoch] = cached
        return cached[1]

    def _hash(self, spec: str) -> str:
        """Hash of the settings, computed only if they are others than before."""
        if self._hashed[0] != spec:
            self._hashed = (spec, record.hash_of(json.loads(spec)))
        return self._hashed[1]

    def _epochs(self, epochs: tuple[Epoch, ...]) -> str:
        """JSON of the epochs, one per line so that the file is readable."""
        return "[\n  " + ",\n  ".join(map(self.line, epochs)) + "\n ]" if epochs else "[]"

    def _text(self, key: str, value: Any) -> str:
        """JSON of a field, converted only if its value is another object than before."""
        cached = self._json.get(key)
        if cached is None or cached[0] is not value:
            cached = (value, json.dumps(record.json_value(value), ensure_ascii=False))
            self._json[key] = cached
        return cached[1]
