"""The record of a sweep (`sweep.json`): which run belongs to which settings, so that the sweep can be continued."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from studio.runs import folder as runs
from studio.spec import RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import run_spec_from_json, to_json
from studio.spec.structs import asdict
from studio.system import paths
from studio.system.files import atomic_files

FILE = "sweep.json"
VERSION = 1


class SweepEntry(msgspec.Struct, frozen=True):
    """A run of a sweep.

    Attributes:
        settings: Its values of the varied settings, as text by name.
        spec: All its settings.
        run: Absolute path of its folder; "" before it began.
        stopped: Epoch after which the median rule stopped it; 0 where it did not.
        failure: Why it did not begin, or failed, one sentence; "" otherwise.
    """

    settings: dict[str, str]
    spec: RunSpec
    run: str = ""
    stopped: int = 0
    failure: str = ""


class _Stored(msgspec.Struct, frozen=True):
    """An entry as in the file."""

    settings: dict[str, str]
    spec: dict[str, Any]
    run: str = ""
    stopped: int = 0
    failure: str = ""


class _Document(msgspec.Struct, frozen=True):
    """The content of the file; `test` are the metrics of `tested`, the winner at that time, on the test photos."""

    version: int = VERSION
    space: dict[str, Any] = {}  # msgspec copies the default
    runs: tuple[_Stored, ...] = ()
    tested: str = ""
    test: dict[str, Any] | None = None


def default_folder(title: str, key: str) -> Path:
    """Default folder of a sweep.

    Args:
        title: Name of its space.
        key: Text that identifies the sweep, so that the same command continues it.
    """
    return paths.sweeps_folder() / f"{title}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


class SweepRecord:
    """The record of one sweep; every change is written at once, atomically.

    Args:
        folder: Folder of the sweep.
        space: What it varies, as it was read.

    Raises:
        UserError: There is a record that cannot be read.
    """

    def __init__(self, folder: Path, space: Mapping[str, Any]) -> None:
        self._folder = folder
        self._space = dict(space)
        self._entries: dict[RunSpec, SweepEntry] = {}
        self._tested = ""
        self._test: dict[str, Any] | None = None
        self._read()

    def entry(self, spec: RunSpec) -> SweepEntry | None:
        """The run with these settings; None where the sweep has none."""
        return self._entries.get(spec)

    def put(self, entry: SweepEntry) -> SweepEntry:
        """Add a run, or replace the one with the same settings."""
        self._entries[entry.spec] = entry
        self._write()
        return entry

    def test_of(self, run: str) -> dict[str, Any] | None:
        """The metrics of a run on the test photos; None where it was not judged on them."""
        return self._test if self._tested == run else None

    def put_test(self, run: str, metrics: Mapping[str, Any]) -> None:
        """Store the metrics of the winner on the test photos."""
        self._tested, self._test = run, dict(metrics)
        self._write()

    def new_run_folder(self, spec: RunSpec, inside: bool) -> Path:
        """Create an empty folder for a run: in that of the sweep (`inside`), or among the user's runs."""
        if not inside:
            return runs.new_folder(spec)
        for number in itertools.count(len(self._entries) + 1):
            place = self._folder / f"run-{number:03}"
            try:
                place.mkdir(parents=True)
            except FileExistsError:
                continue
            return place
        raise AssertionError  # the loop has no end

    def _read(self) -> None:
        file = self._folder / FILE
        try:
            document = conversion.decode(file.read_bytes(), _Document)
            if document.version > VERSION:
                title = f"{file} was written by a newer version of Thaw Studio (format {document.version})."
                raise UserError(title, "Update the program to continue this sweep.", file)
            for one in document.runs:
                spec = run_spec_from_json(one.spec)
                self._entries[spec] = SweepEntry(one.settings, spec, one.run, one.stopped, one.failure)
            self._tested, self._test = document.tested, document.test
        except FileNotFoundError:
            return
        except (OSError, ValueError, UserError) as error:
            if isinstance(error, UserError) and error.file:
                raise
            why = error.title.removesuffix(".") if isinstance(error, UserError) else error
            title = f"{file} cannot be read as the record of a sweep ({why})."
            raise UserError(title, "Move it away to start the sweep over; its runs stay.", file) from error

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        stored = [{**asdict(one), "spec": to_json(one.spec)} for one in self._entries.values()]
        document = {
            "version": VERSION, "space": self._space, "runs": stored, "tested": self._tested, "test": self._test,
        }  # fmt: skip
        atomic_files.write_json(self._folder / FILE, document)
