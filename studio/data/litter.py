"""What lies in folders of photos and is no photo: what to pass over silently, and what to say about the rest.

A data set that came from a Mac, a NAS or a notebook is full of files nobody put there. Naming each would bury the
one line that matters, so those the system makes are passed over. Everything else that is left out is told.
"""

from __future__ import annotations

from studio.data.decode import SUFFIXES

_SILENT = frozenset(
    {
        ".ds_store", ".directory", ".fseventsd", ".git", ".gitattributes", ".gitignore", ".gitkeep",
        ".ipynb_checkpoints", ".localized", ".spotlight-v100", ".thumbnails", ".trashes", "$recycle.bin", "@eadir",
        "__macosx", "desktop.ini", "ehthumbs.db", "icon\r", "lost+found", "system volume information", "thumbs.db",
    }
)  # fmt: skip
_PAPERS = frozenset({"readme", "license", "licence", "copying", "notice"})
_VIDEOS = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".wmv"})
_RAWS = frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf"})
_MODERN = {".heic": "HEIC", ".heif": "HEIC", ".avif": "AVIF", ".jxl": "JPEG XL", ".jp2": "JPEG 2000"}


def silent(name: str) -> bool:
    """True for what operating systems, tools and authors leave in folders: nobody expects it to be a photo."""
    small = name.lower()
    if small in _SILENT or small.startswith(("._", ".trash-")):
        return True
    return small.partition(".")[0] in _PAPERS and suffix(name) not in SUFFIXES


def hidden(name: str) -> bool:
    """True for what its owner has put out of sight."""
    return name.startswith(".")


def suffix(name: str) -> str:
    """Ending in small letters with its dot, "" where there is none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def reason(name: str) -> str:
    """Why a file that is not a photo is left out."""
    ending = suffix(name)
    if ending in _MODERN:
        return f"a {_MODERN[ending]} photo, which cannot be read here: save it as JPEG"
    if ending in _RAWS:
        return "a raw photo, which cannot be read here: save it as JPEG"
    if ending in _VIDEOS:
        return "a video, not a photo"
    return f"not a photo: {ending} files are not read" if ending else "not a photo: its name has no ending such as .jpg"
