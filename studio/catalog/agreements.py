"""The user's agreements to run files of code, stored by the hash of their content in the folder of settings."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from studio.spec import UserError
from studio.spec.network_file import NetworkFile
from studio.system import paths
from studio.system.files import atomic_files

FILE = "trusted_networks.json"


def is_agreed(file: NetworkFile) -> bool:
    """True if the user has agreed to run a file of this content, or if it holds no code."""
    return not file.is_python or (bool(file.content) and file.content in _read())


def agree(file: NetworkFile) -> None:
    """Remember that the user has agreed to run this content.

    Raises:
        UserError: The folder of settings cannot be written.
    """
    agreed = _read()
    agreed[file.content] = {"path": file.path, "agreed": datetime.datetime.now(datetime.UTC).isoformat("T", "seconds")}
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write_text(place, json.dumps(agreed, indent=1, ensure_ascii=False))
    except OSError as error:
        raise UserError(
            f"The agreement to run {file.title} cannot be remembered in {place} ({error.strerror or error}).",
            "Make that folder writable.",
            place,
        ) from error


def require(file: NetworkFile) -> None:
    """Check that the user has agreed to run a file of code.

    Raises:
        UserError: There is no agreement to this content.
    """
    if not is_agreed(file):
        raise UserError(
            f"{file.path} is code that would run on this computer, and you have not agreed to run it as it is now "
            f"(SHA-256 {file.content[:12]}…).",
            "Read the file. If you trust it, add --trust in the terminal, call studio.trust(FILE) in Python, or choose "
            "the file in the window.",
            file.path,
        )


def _place() -> Path:
    return paths.settings_folder() / FILE


def _read() -> dict[str, dict[str, str]]:
    """The stored agreements; none if their file cannot be read, so that the user is asked again."""
    try:
        stored = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in stored.items() if isinstance(value, dict)} if isinstance(stored, dict) else {}
