"""Where the program keeps its own files. Everything is found through the platform's conventions, nothing is created."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

NAME = "thaw-studio"


def runs_folder() -> Path:
    """Runs that were not given a folder of their own."""
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "runs"


def sample_folder() -> Path:
    """The sample photos."""
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "digits"


def cache_folder() -> Path:
    """Computed features. May be deleted at any time: it only costs computing them again."""
    return Path(platformdirs.user_cache_dir(NAME, appauthor=False)) / "features"


def cache_limit() -> int:
    """Size the feature cache may have, in bytes: 20 GB unless `THAW_CACHE_GB` says otherwise."""
    try:
        gigabytes = float(os.environ.get("THAW_CACHE_GB", "20"))
    except ValueError:
        gigabytes = 20.0
    return int(gigabytes * 1e9)
