"""Where the program keeps its own files.

Places follow the platform's conventions; where those name no folder, or one that cannot be written, it is one in the
temporary folder.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from studio.spec import UserError

NAME = "thaw-studio"
DEFAULT_CACHE_GB = 20.0


def runs_folder() -> Path:
    """Runs that were not given a folder of their own."""
    return _there_or_spare(_data() / "runs", "runs")


def sample_folder() -> Path:
    """The sample photos."""
    return _there_or_spare(_data() / "digits", "digits")


def cache_folder() -> Path:
    """Computed features. May be deleted at any time: it only costs computing them again."""
    own = own_cache_folder()
    return own if can_write(own) else spare_folder() / "features"


def own_cache_folder() -> Path:
    """Where computed features belong; whether it can be written or not."""
    return _platform(platformdirs.user_cache_dir, "cache") / "features"


def cache_settings_file() -> Path:
    """What the user chose for the cache; beside the window's settings, so that a window that is open keeps it."""
    return settings_folder() / "cache.json"


def settings_folder() -> Path:
    """What the user chose once for all."""
    return _platform(platformdirs.user_config_dir, "settings")


def state_folder() -> Path:
    """The log."""
    return _platform(platformdirs.user_state_dir, "state")


def spare_folder() -> Path:
    """This user's part of the temporary folder, for what has no other place; it is made private.

    Raises:
        UserError: There is no temporary folder that can be written.
    """
    try:
        folder = _spare_path()
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if hasattr(os, "getuid") and (found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode)):
            raise PermissionError(f"{folder} belongs to another user")  # who could read and replace what lies there
    except OSError as error:
        raise UserError(
            "There is no folder for files of this program: neither the home folder nor the temporary folder can be "
            f"written ({error.strerror or error}).",
            "Set HOME or TMPDIR to a folder of yours.",
        ) from error
    return folder


def is_spare(path: Path) -> bool:
    """True for what lies in the temporary folder because it has no other place."""
    try:
        return path.is_relative_to(_spare_path())
    except OSError:
        return False


def can_write(folder: Path) -> bool:
    """True where a folder can be written, or made."""
    # os.path's answer False where a folder on the way may not be entered; pathlib's raise there before Python 3.12.
    there = next((place for place in (folder, *folder.parents) if os.path.exists(place)), folder)  # noqa: PTH110
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)  # noqa: PTH112


def expanded(path: str | Path) -> Path:
    """A path with the home folder in place of “~”; as it is where there is no such user, or no home."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # pathlib's raises there


def cache_limit() -> int:
    """Size the feature cache may have, in bytes: `THAW_CACHE_GB`, or what the user chose, or 20 GB."""
    chosen: object = os.environ.get("THAW_CACHE_GB")
    if chosen is None:
        try:
            chosen = json.loads(cache_settings_file().read_text(encoding="utf-8"))["limit_gb"]
        except (OSError, ValueError, TypeError, KeyError):
            chosen = None
    return int(_gigabytes(chosen) * 1e9)


def _spare_path() -> Path:
    return Path(tempfile.gettempdir()) / (f"{NAME}-{os.getuid()}" if hasattr(os, "getuid") else NAME)


def _data() -> Path:
    return _platform(platformdirs.user_data_dir, "data")


def _platform(ask: Callable[..., str], purpose: str) -> Path:
    """A folder by the platform's conventions; a spare one where the user has no home."""
    try:
        folder = Path(ask(NAME, appauthor=False))
    except RuntimeError:  # no HOME, and no name for the user's number: a container
        return spare_folder() / purpose
    return folder if folder.is_absolute() and folder.parts[1:2] != ("~",) else spare_folder() / purpose


def _there_or_spare(folder: Path, name: str) -> Path:
    """The folder where it exists or can be made, else a spare one."""
    there = os.path.isdir(folder)  # noqa: PTH112  # as in `can_write`
    return folder if there or can_write(folder) else spare_folder() / name


def _gigabytes(chosen: object) -> float:
    try:
        number = float(str(chosen))
    except ValueError:
        return DEFAULT_CACHE_GB
    return number if 0 <= number < 1e9 else DEFAULT_CACHE_GB
