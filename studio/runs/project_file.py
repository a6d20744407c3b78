"""Project files (`.thaw`): folder of photos, settings, choices and runs, to be opened on this computer or another.

A project is one JSON document that refers to photos and runs and copies none of them. Each path is stored twice,
absolute and relative to the file; the relative one is used where it exists, so that a folder with photos, runs and
project can be copied as a whole.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from studio.spec import RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import UNCHANGED, run_spec_from_json, to_json
from studio.spec.network_file import parse
from studio.spec.structs import replace
from studio.system.files import atomic_files

SUFFIX = ".thaw"
FORMAT = "thaw-project"
VERSION = 1
"""Format version, increased whenever a field changes its meaning; newer files are refused."""

MAX_BYTES = 256 * 2**20
"""Larger files are refused: a journal of 100,000 choices takes 30 MB."""

RESTORE = "Choose another file, or restore a copy."

TABLES = ("targets", "labels", "split_table")
"""Settings of a data set that are paths of files."""


class StoredPath(msgspec.Struct, frozen=True, omit_defaults=True):
    """A path: absolute, as on the computer that saved it, and relative to the project file, with forward slashes."""

    absolute: str
    relative: str = ""

    def here(self, folder: Path) -> str:
        """The path on this computer: the relative one if it exists, else the absolute one, which may not exist.

        Args:
            folder: Folder of the project file.
        """
        beside = os.path.normpath(folder / self.relative) if self.relative else ""
        return beside if beside and os.path.exists(beside) else self.absolute  # noqa: PTH110  # False where not allowed


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a project file.

    Attributes:
        version: Format version.
        saved: Time, ISO 8601 in UTC.
        folder: Folder of the photos.
        spec: Settings, with the paths of the computer that saved them.
        files: Paths of the other files of the settings: tables, weights, an own network.
        journal: Lines of the folder's journal, as they are stored there.
        runs: Folders of its runs.
        shown: Folder of the run that was shown; None for none.
    """

    version: int = VERSION
    saved: str = ""
    folder: StoredPath
    spec: RunSpec
    files: tuple[StoredPath, ...] = ()
    journal: tuple[dict[str, Any], ...] = ()
    runs: tuple[StoredPath, ...] = ()
    shown: StoredPath | None = None


def make(file: Path, spec: RunSpec, journal: Sequence[dict[str, Any]], runs: Sequence[str], shown: str = "") -> Project:
    """A project to be written to `file`."""
    place = file.absolute().parent
    return Project(
        saved=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        folder=_stored(spec.dataset.folder, place),
        spec=spec,
        files=tuple(_stored(path, place) for path in dict.fromkeys(_files(spec))),
        journal=tuple(journal),
        runs=tuple(_stored(run, place) for run in runs),
        shown=_stored(shown, place) if shown else None,
    )


def write(file: Path, project: Project) -> None:
    """Write a project atomically, in place of an earlier one.

    Raises:
        UserError: The file cannot be written, or exists and is not a project.
    """
    if file.exists():
        _require_project(file)
    document: dict[str, Any] = {"format": FORMAT}
    for name in project.__struct_fields__:
        value = getattr(project, name)
        document[name] = to_json(value) if name == "spec" else msgspec.to_builtins(value)
    try:
        atomic_files.write_json(file, document, sync=True)
    except (OSError, UnicodeEncodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(
            f"The project {file} cannot be written ({why}).", "Choose another folder, or free some space.", file
        ) from error


def read(file: Path) -> Project:
    """Read a project; nothing in it is run or unpickled.

    Raises:
        UserError: The file is missing, is not a project, is damaged, or was written by a newer version.
    """
    try:
        if not file.is_file() and not file.is_dir() and file.exists():  # reading it could block forever
            raise _foreign(file, "it is a pipe or a device")
        if file.stat().st_size > MAX_BYTES:
            raise _foreign(file, f"it is too large, {file.stat().st_size / 2**20:,.0f} MB")
        data = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"There is no project {file}.", "Check the path.", file) from error
    except OSError as error:
        raise UserError(
            f"The project {file} cannot be read ({error.strerror or error}).",
            "Check the file and its permissions.",
            file,
        ) from error
    except (ValueError, RecursionError) as error:
        raise _foreign(file, f"it is not JSON, or incomplete: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _foreign(file, f"it does not say “{FORMAT}”")
    version = data.get("version")
    if not isinstance(version, int):
        raise _foreign(file, "it does not state its version")
    if version > VERSION:
        raise UserError(
            f"{file} was written by a newer version of Thaw Studio (format {version}).",
            "Update the program to open this project.",
            file,
        )
    try:
        fields = {key: value for key, value in data.items() if key not in ("format", "spec")}
        project = conversion.convert({**fields, "spec": run_spec_from_json(data.get("spec", {}))}, Project)
    except UserError as error:
        hint = RESTORE if error.hint == UNCHANGED else error.hint
        raise UserError(f"{file}: {error.title}", hint, file) from error
    except (msgspec.ValidationError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _foreign(file, str(error).replace("`", "")) from error
    if not project.folder.absolute:
        raise _foreign(file, "it names no folder of photos")
    return project


def settings_here(project: Project, file: Path, data: str = "") -> tuple[RunSpec, tuple[str, ...]]:
    """The settings with the paths of this computer, and the files (not the folder) that are not on it.

    Args:
        project: The project.
        file: Its file.
        data: Current folder of the photos; "" for the one in the project.
    """
    place = file.absolute().parent
    spec = project.spec
    dataset = spec.dataset.moved(data or project.folder.here(place))
    here = {one.absolute: one.here(place) for one in project.files}
    tables = {name: here.get(getattr(dataset, name), getattr(dataset, name)) for name in TABLES}
    dataset = replace(dataset, **tables)
    backbone = replace(spec.backbone, weights=here.get(spec.backbone.weights, spec.backbone.weights))
    if (network := parse(backbone.name)) is not None:
        backbone = replace(backbone, name=replace(network, path=here.get(network.path, network.path)).name)
    spec = replace(spec, dataset=dataset, backbone=backbone)
    missing = tuple(path for path in _files(spec) if not os.path.exists(path))  # noqa: PTH110
    return spec, missing


def _files(spec: RunSpec) -> Iterator[str]:
    """Paths of all files that the settings name, those inside the folder of photos included."""
    yield from (path for name in TABLES if (path := getattr(spec.dataset, name)))
    if spec.backbone.weights not in ("default", "none"):
        yield spec.backbone.weights
    if (network := parse(spec.backbone.name)) is not None:
        yield network.path


def _stored(path: str, place: Path) -> StoredPath:
    relative = ""
    with contextlib.suppress(ValueError):  # on another drive
        relative = os.path.relpath(path, place).replace(os.sep, "/")
    return StoredPath(path, relative)


def _require_project(file: Path) -> None:
    """Refuse to replace a file that is not a project."""
    try:
        with file.open("rb") as opened:
            start = opened.read(200)
    except OSError as error:
        raise UserError(
            f"The project {file} cannot be written ({error.strerror or error}).", "Choose another name.", file
        ) from error
    if start and f'"{FORMAT}"'.encode() not in start:
        raise UserError(f"{file} exists and is not a project.", "Choose another name, so that nothing is lost.", file)


def _foreign(file: Path, why: str) -> UserError:
    return UserError(
        f"{file} is not a project of Thaw Studio, or is damaged ({why}).",
        RESTORE,
        file,
    )
