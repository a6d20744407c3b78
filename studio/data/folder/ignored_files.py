"""Names in folders of photos that are not photos, and the reasons for leaving them out.

Files of the operating system and of tools are left out whatever their suffix, and so are hidden files. Rules for files
do not apply to folders: a class may be called “license” or “thumbs.db”. Every file that is left out is listed with its
reason; `merge_repeated` merges many files with the same reason, so that they do not hide the important ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from studio.data.images.decode import SUFFIXES
from studio.events import Skipped

_SYSTEM_FILES = frozenset(
    {
        ".ds_store", ".directory", ".gitattributes", ".gitignore", ".gitkeep", ".localized", "desktop.ini",
        "ehthumbs.db", "icon\r", "thumbs.db",
    }
)  # fmt: skip
_SYSTEM_FOLDERS = frozenset(
    {
        ".fseventsd", ".git", ".ipynb_checkpoints", ".spotlight-v100", ".thumbnails", ".trashes", "$recycle.bin",
        "@eadir", "__macosx", "lost+found", "system volume information",
    }
)  # fmt: skip
_VIDEOS = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".wmv"})
_RAWS = frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf"})
_MODERN = {".jxl": "JPEG XL", ".jp2": "JPEG 2000"}

_SYSTEM_FILE = "a file of the operating system or a tool, not a photo"
_SYSTEM_FOLDER = "a folder of the operating system or a tool, not a class"
_HIDDEN_FILE = "hidden: its name begins with a dot"
_HIDDEN_FOLDER = "a hidden folder: its name begins with a dot"

MAX_ROWS_OF_A_REASON = 10
"""Number of files left out for one reason that are listed individually; more are listed as one row with a count."""


def folder_reason(name: str) -> str:
    """Reason why a folder is left out because of its name; "" where it is not."""
    small = name.lower()
    if small in _SYSTEM_FOLDERS or small.startswith(".trash-"):
        return _SYSTEM_FOLDER
    return _HIDDEN_FOLDER if name.startswith(".") else ""


def file_reason(name: str) -> str:
    """Reason why a file is left out because of its name; "" where it is not."""
    small = name.lower()
    if small in _SYSTEM_FILES or small.startswith("._"):
        return _SYSTEM_FILE
    if name.startswith("."):
        return _HIDDEN_FILE
    ending = suffix(name)
    if ending in SUFFIXES:
        return ""
    if ending in _MODERN:
        return f"a {_MODERN[ending]} photo, which cannot be read here: save it as JPEG"
    if ending in _RAWS:
        return "a raw photo, which cannot be read here: save it as JPEG"
    if ending in _VIDEOS:
        return "a video, not a photo"
    return f"not a photo: {ending} files are not read" if ending else "not a photo: its name has no suffix such as .jpg"


def suffix(name: str) -> str:
    """Suffix in lower case with its dot, "" where there is none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def is_stray(item: Skipped) -> bool:
    """True for files and folders left out because of their names alone."""
    name = item.path.rsplit("/", 1)[-1]
    return bool(item.reason) and item.reason in (file_reason(name), folder_reason(name))


def merge_repeated(skipped: Iterable[Skipped]) -> tuple[Skipped, ...]:
    """Left-out files sorted by path; many that are left out for the same kind of name become one row with a count.

    Photos that cannot be read or used keep one row each, because the user has to examine each of them.
    """
    rows = sorted(skipped, key=lambda item: item.path)
    kinds: dict[str, list[Skipped]] = {}
    for item in rows:
        if is_stray(item):
            kinds.setdefault(item.reason, []).append(item)
    large = {reason: items for reason, items in kinds.items() if len(items) > MAX_ROWS_OF_A_REASON}
    merged = {id(item): index for items in large.values() for index, item in enumerate(items)}
    result: list[Skipped] = []
    for item in rows:
        place = merged.get(id(item))
        if place is None:
            result.append(item)
        elif place == 0:
            count = sum(other.count for other in large[item.reason])
            result.append(replace(item, reason=f"{item.reason} (and {count - 1:,} more like it)", count=count))
    return tuple(result)
