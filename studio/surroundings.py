"""Gives the process what libraries take for granted and a container may lack: a home folder and a user's name."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import Any

from studio import places
from studio.spec import Fault


def settle() -> None:
    """Complete the environment of this process; called once, before libraries are imported."""
    if not _has_home():
        with contextlib.suppress(Fault):  # a command that needs a folder says so; others do not
            os.environ["HOME"] = str(places.spare_folder())
    if not _has_name():
        os.environ["USER"] = f"user-{os.getuid()}"
    # `PYTHONWARNINGS=error` is meant for the user's own programs; here it would end imports of libraries.
    filters: Any = warnings.filters
    filters[:] = [("default", *rest) if action == "error" else (action, *rest) for action, *rest in filters]


def _has_home() -> bool:
    home = os.path.expanduser("~")  # noqa: PTH111  # pathlib's raises where there is none
    return os.path.isabs(home)  # noqa: PTH117


def _has_name() -> bool:
    if os.name != "posix" or any(os.environ.get(name) for name in ("LOGNAME", "USER", "LNAME", "USERNAME")):
        return True
    import pwd

    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return True
