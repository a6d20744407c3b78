"""Folders for the program's own files.

They follow the platform's conventions. If these define no folder, or one that cannot be written, a folder in the
temporary folder is used.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from studio.spec import UserError
from studio.system import remote
from studio.system.files import json_text

NAME = "thaw-studio"
DEFAULT_CACHE_GB = 20.0


def runs_folder() -> Path:
    """Default folder of runs."""
    return _there_or_spare(_data() / "runs", "runs")


def sample_folder() -> Path:
    """Folder of the sample photos."""
    return _there_or_spare(_data() / "digits", "digits")


def journals_folder() -> Path:
    """Folder of the journals of choices, one subfolder per folder of photos."""
    return _there_or_spare(_data() / "journals", "journals")


def queues_folder() -> Path:
    """Folder of the queues of runs, one file per window."""
    return _there_or_spare(_data() / "queues", "queues")


def sweeps_folder() -> Path:
    """Folder of the records of sweeps, one subfolder per sweep."""
    return _there_or_spare(_data() / "sweeps", "sweeps")


def cache_folder() -> Path:
    """Folder of the feature cache. It may be deleted at any time; features are then computed again."""
    own = own_cache_folder()
    return own if can_write(own) else spare_folder() / "features"


def own_cache_folder() -> Path:
    """Preferred folder of the feature cache, writable or not: `THAW_CACHE_FOLDER`, the user's choice, or the usual."""
    chosen = os.environ.get("THAW_CACHE_FOLDER")
    if chosen is None:
        try:
            chosen = json_text.loads(preferences_file().read_text(encoding="utf-8"))["cache_folder"]
        except (OSError, ValueError, TypeError, KeyError):
            chosen = None
    if isinstance(chosen, str) and chosen and Path(chosen).is_absolute():
        return Path(chosen)
    return _platform(platformdirs.user_cache_dir, "cache") / "features"


def hashes_folder() -> Path:
    """Folder of the hashes of photo files. It may be deleted at any time; files are then hashed again."""
    return _there_or_spare(_platform(platformdirs.user_cache_dir, "cache") / "hashes", "hashes")


def maps_folder() -> Path:
    """Folder of computed maps of photos. It may be deleted at any time; maps are then computed again."""
    return _there_or_spare(_platform(platformdirs.user_cache_dir, "cache") / "maps", "maps")


def pasted_folder() -> Path:
    """Folder of the photos pasted into the window."""
    return _there_or_spare(_data() / "pasted", "pasted")


def cache_settings_file() -> Path:
    """Settings of the cache; separate from the window's settings, so that an open window does not overwrite them."""
    return settings_folder() / "cache.json"


def preferences_file() -> Path:
    """The user's preferences; separate from the window's settings, which an open window overwrites."""
    return settings_folder() / "preferences.json"


def settings_folder() -> Path:
    """Folder of permanent settings."""
    return _platform(platformdirs.user_config_dir, "settings")


def state_folder() -> Path:
    """Folder of the log."""
    return _platform(platformdirs.user_state_dir, "state")


def spare_folder() -> Path:
    """This user's private folder in the temporary folder, for files that have no other place.

    Raises:
        UserError: There is no temporary folder that can be written.
    """
    try:
        folder = _spare_path()
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode)):
            raise PermissionError(f"{folder} belongs to another user")  # and that user could read and replace its files
    except OSError as error:
        raise UserError(
            "There is no folder for files of this program: neither the home folder nor the temporary folder can be "
            f"written ({error.strerror or error}).",
            "Set HOME or TMPDIR to a folder of yours.",
        ) from error
    return folder


def is_spare(path: Path) -> bool:
    """True for a path in the temporary folder."""
    try:
        return path.is_relative_to(_spare_path())
    except OSError:
        return False


def can_write(folder: Path) -> bool:
    """True if a folder can be written or created."""
    # If a parent may not be entered, os.path returns False, while pathlib raises before Python 3.12.
    existing = next((place for place in (folder, *folder.parents) if os.path.exists(place)), folder)  # noqa: PTH110
    return os.path.isdir(existing) and os.access(existing, os.W_OK | os.X_OK)  # noqa: PTH112


def expanded(path: str | Path) -> Path:
    """A path with “~” expanded; unchanged if there is no such user, or no home folder."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # pathlib raises there


def absolute(path: str | os.PathLike[str]) -> str:
    """An absolute path without “..” and with “~” expanded, in which links stay as they are; a URL stays one."""
    return remote.url_of(path) or os.path.abspath(expanded(os.fspath(path)))  # noqa: PTH100


def is_folder(path: str | Path) -> bool:
    """True for a folder on disk, and for any URL: only reading it shows whether there is one."""
    return bool(remote.url_of(path)) or expanded(path).is_dir()


def cache_limit() -> int:
    """Size limit of the feature cache in bytes: `THAW_CACHE_GB`, the user's setting, or 20 GB."""
    chosen: object = os.environ.get("THAW_CACHE_GB")
    if chosen is None:
        try:
            chosen = json_text.loads(cache_settings_file().read_text(encoding="utf-8"))["limit_gb"]
        except (OSError, ValueError, TypeError, KeyError):
            chosen = None
    return int(_gigabytes(chosen) * 1e9)


def _spare_path() -> Path:
    return Path(tempfile.gettempdir()) / (f"{NAME}-{os.getuid()}" if hasattr(os, "getuid") else NAME)


def _data() -> Path:
    return _platform(platformdirs.user_data_dir, "data")


def _platform(ask: Callable[..., str], purpose: str) -> Path:
    """A folder by the platform's conventions, or one in the temporary folder if the user has no home folder."""
    try:
        folder = Path(ask(NAME, appauthor=False))
    except RuntimeError:  # no HOME and no entry for the user ID, as in a container
        return spare_folder() / purpose
    return folder if folder.is_absolute() and folder.parts[1:2] != ("~",) else spare_folder() / purpose


def _there_or_spare(folder: Path, name: str) -> Path:
    """The folder if it exists or can be created, else one in the temporary folder."""
    existing = os.path.isdir(folder)  # noqa: PTH112  # as in `can_write`
    return folder if existing or can_write(folder) else spare_folder() / name


def _gigabytes(chosen: object) -> float:
    try:
        number = float(str(chosen))
    except ValueError:
        return DEFAULT_CACHE_GB
    return number if 0 <= number < 1e9 else DEFAULT_CACHE_GB
