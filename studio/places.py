"""Where the program keeps its own files. Everything is found through the platform's conventions, nothing is created."""

from __future__ import annotations

import json
import os
from pathlib import Path

import platformdirs

NAME = "thaw-studio"
DEFAULT_CACHE_GB = 20.0


def runs_folder() -> Path:
    """Runs that were not given a folder of their own."""
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "runs"


def sample_folder() -> Path:
    """The sample photos."""
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "digits"


def cache_folder() -> Path:
    """Computed features. May be deleted at any time: it only costs computing them again."""
    return Path(platformdirs.user_cache_dir(NAME, appauthor=False)) / "features"


def cache_settings_file() -> Path:
    """What the user chose for the cache; beside the window's settings, so that a window that is open keeps it."""
    return Path(platformdirs.user_config_dir(NAME, appauthor=False)) / "cache.json"


def cache_limit() -> int:
    """Size the feature cache may have, in bytes: `THAW_CACHE_GB`, or what the user chose, or 20 GB."""
    chosen: object = os.environ.get("THAW_CACHE_GB")
    if chosen is None:
        try:
            chosen = json.loads(cache_settings_file().read_text(encoding="utf-8"))["limit_gb"]
        except (OSError, ValueError, TypeError, KeyError):
            chosen = None
    return int(_gigabytes(chosen) * 1e9)


def _gigabytes(chosen: object) -> float:
    try:
        number = float(str(chosen))
    except ValueError:
        return DEFAULT_CACHE_GB
    return number if 0 <= number < 1e9 else DEFAULT_CACHE_GB
