"""Settings of the window that persist between starts: recent folders, page, size, splitters, colors.

None of them affects a result; those that do are in a `RunSpec`. A file that cannot be read or written causes no error:
the window then starts with the defaults. The size limit of the cache is stored in a file of its own, which the terminal
reads and writes, too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.spec import UserError
from studio.system import paths
from studio.system.files import atomic_files, json_text

MOST_RECENT = 8


def default_file() -> Path:
    """Path of the settings file, in the system's folder for user settings."""
    return paths.settings_folder() / "window.json"


@dataclass
class Settings:
    """The stored settings of the window. `load` reads them, `save` writes them.

    Attributes:
        recent: Recently opened folders, newest first.
        page: The station shown last.
        geometry: The window's position and size as Qt saves them, base64.
        splitters: State of each splitter by its object name, as Qt saves it, base64.
        columns: Widths of table columns set by the user, by table, then by column number.
        scheme: `system`, `light` or `dark`.
        all_runs: True where the list shows the runs of all folders, and not only those of the open one.
        run_columns: Keys of the columns of the list of runs.
        run_sort: Key of the column by which it is sorted, after “-” for descending order.
        picture_height: Height of the photos in the grid in pixels; 0 for the default.
        favorite_backbones: Names of backbones with a star.
        recent_backbones: Names of recently chosen ones, newest first.
        recent_projects: Recently opened or saved project files, newest first.
        export_folder: Folder of the exports of the Use page; "" for the default.
        file: The settings file; None writes nothing.
    """

    recent: list[str] = field(default_factory=list)
    page: str = "images"
    geometry: str = ""
    splitters: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    scheme: str = "system"
    all_runs: bool = False
    picture_height: int = 0
    run_columns: list[str] = field(default_factory=lambda: ["figure"])
    run_sort: str = "-started"
    favorite_backbones: list[str] = field(default_factory=list)
    recent_backbones: list[str] = field(default_factory=list)
    recent_projects: list[str] = field(default_factory=list)
    export_folder: str = ""
    file: Path | None = None

    def remember_folder(self, folder: str) -> None:
        """Put a folder at the top of the recent ones."""
        self.recent = [folder, *(other for other in self.recent if other != folder)][:MOST_RECENT]

    def remember_project(self, file: str) -> None:
        """Put a project at the top of the recent ones."""
        self.recent_projects = [file, *(other for other in self.recent_projects if other != file)][:MOST_RECENT]

    def save(self) -> None:
        """Write the file atomically; an error of the disk is ignored."""
        if self.file is None:
            return
        body = {key: value for key, value in dataclasses.asdict(self).items() if key != "file"}
        with contextlib.suppress(OSError):
            _write(self.file, json.dumps(body, indent=1, ensure_ascii=False))


def load(file: Path | None = None) -> Settings:
    """Read the settings; missing or invalid ones take their defaults.

    Args:
        file: The settings file; None for the user's own.
    """
    file = file or default_file()
    settings = Settings(file=file)
    try:
        data: Any = json_text.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return settings
    if not isinstance(data, dict):
        return settings
    settings.recent = [item for item in _of(data, "recent", list, []) if isinstance(item, str)][:MOST_RECENT]
    settings.page = _of(data, "page", str, settings.page)
    settings.geometry = _of(data, "geometry", str, "")
    settings.export_folder = _of(data, "export_folder", str, "")
    settings.scheme = _of(data, "scheme", str, settings.scheme)
    settings.all_runs = _of(data, "all_runs", bool, False)
    columns = _of(data, "run_columns", list, settings.run_columns)
    settings.run_columns = [key for key in columns if isinstance(key, str)]
    settings.run_sort = _of(data, "run_sort", str, settings.run_sort)
    settings.picture_height = _of(data, "picture_height", int, 0)
    for key in ("favorite_backbones", "recent_backbones", "recent_projects"):
        setattr(settings, key, [name for name in _of(data, key, list, []) if isinstance(name, str)])
    pairs = _of(data, "splitters", dict, {}).items()
    settings.splitters = {str(key): value for key, value in pairs if isinstance(value, str)}
    for table, widths in _of(data, "columns", dict, {}).items():
        if isinstance(widths, dict):
            settings.columns[str(table)] = {str(key): one for key, one in widths.items() if isinstance(one, int)}
    return settings


def save_cache_limit(gigabytes: float) -> None:
    """Store the size limit of the feature cache, which applies to every process of this user.

    Raises:
        UserError: The limit is invalid, it cannot be written, or an environment variable overrides it.
    """
    if not 0 <= gigabytes < 1e6:  # also true for NaN
        raise UserError(
            f"{gigabytes:g} GB is not a valid size for the cache.",
            "Give a size in gigabytes; 0 stores only what a run is using.",
        )
    if "THAW_CACHE_GB" in os.environ:
        raise UserError(
            f"The environment variable THAW_CACHE_GB={os.environ['THAW_CACHE_GB']} sets the size of the cache.",
            "Remove that variable to choose the size here.",
        )
    file = paths.cache_settings_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write_text(file, json.dumps({"limit_gb": gigabytes}))
    except OSError as error:
        raise UserError(
            f"{file} cannot be written: {error.strerror or error}.", "Check that you may write to its folder.", file
        ) from error


def _of(data: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = data.get(key, default)
    return value if isinstance(value, kind) else default


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(name, file)  # noqa: PTH105 - atomic on the same disk
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
