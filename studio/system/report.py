"""Report on a defect: versions, platform, and traceback.

It contains names of photos, folders and users only at the user's request: the program's files are named relative to its
folder, and everything that could be a path is removed from error messages.
"""

from __future__ import annotations

import contextlib
import getpass
import importlib.metadata
import os
import platform
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from studio.system import names
from studio.system.log import Defect

LIBRARIES = (
    "thaw-studio", "torch", "torchvision", "timm", "openvino", "PySide6_Essentials", "pyqtgraph", "Pillow", "numpy",
    "scikit-learn", "safetensors", "tifffile", "imagecodecs", "pillow-heif",
)  # fmt: skip
"""Libraries that the program depends on, by the names of their packages."""

LEFT_OUT = "‹path›"
PRIVATE = "‹name›"
MISSING = "not installed"

_PACKAGE = Path(__file__).resolve().parents[1]
_QUOTED = re.compile(r"""(?<!\w)'[^'\n]*'|"[^"\n]*"|“[^”\n]*”""")
_HARMLESS = re.compile(r"[\w.-]*", re.ASCII)
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,11}$")
_PHOTO = re.compile(
    r"\.(?:jpe?g?|jfif|png|tiff?|webp|bmp|gif|hei[cf]|avif|jxl|jp2|p[gnp]m|ico|psd|svg|exr|hdr|dng|cr[23w]|nef|arw|orf|rw2"
    r"|raf|raw|dcm|mp4|mov|avi|pdf|csv|tsv|txt|xlsx?|zip)\b",
    re.IGNORECASE,
)
_BARE_PATH = re.compile(r"(?:~|\b[A-Za-z]:)?[\\/]\S.*|\S*[\w.-][\\/]\S.*|~[^\W\d]\S*")
_KIND = re.compile(r"[\w.]+: |")


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries, none of which is imported."""
    result = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            result[name.replace("_", "-")] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            result[name.replace("_", "-")] = MISSING
    return result


def text(defects: Sequence[Defect], with_names: bool = False, private: Iterable[str] = ()) -> str:
    """The text of the report.

    Args:
        defects: The errors, the first one of which is the most likely cause.
        with_names: Include paths, names and the command line.
        private: Names given by the user, such as folders and classes, to be removed from error messages.
    """
    head = [
        ", ".join(f"{name} {version}" for name, version in versions().items() if version != MISSING),
        f"{platform.system()} {platform.release()}, {platform.machine()}",
    ]
    if with_names:
        head.append(" ".join(map(names.command_word, sys.argv)))
    private_names = sorted({*private, *_user()}, key=len, reverse=True)
    parts = [
        f"{one.time}\n{_without_names(one, private_names) if not with_names else _whole(one)}".rstrip()
        for one in defects
    ]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def without_names(text: str, private: Iterable[str] = ()) -> str:
    """Remove everything that could be a path, and the user's names, from an error message."""
    for name in private:
        if len(name) > 1:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", PRIVATE, text)
    text = _QUOTED.sub(_quoted, text)
    if "\n" in text and _PHOTO.search(text):  # a file name may contain a line break
        return _line(text)
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    # A path without quotation marks may contain spaces, so neither its end nor the start of a relative one is known.
    kind = _KIND.match(line)
    if _PHOTO.search(line) and kind is not None:
        return kind.group() + LEFT_OUT
    return _BARE_PATH.sub(LEFT_OUT, line)


def _quoted(match: re.Match[str]) -> str:
    quoted = match.group()
    inside = quoted[1:-1]
    harmless = _HARMLESS.fullmatch(inside) and not _FILE.search(inside)
    return quoted if harmless or inside == PRIVATE else f"{quoted[0]}{LEFT_OUT}{quoted[-1]}"


def _whole(one: Defect) -> str:
    return "".join(one.trace.format()) if one.trace is not None else one.message


def _without_names(one: Defect, private: Sequence[str]) -> str:
    return without_names(one.message, private) if one.trace is None else "".join(_chain(one.trace, private))


def _chain(trace: traceback.TracebackException, private: Sequence[str]) -> Iterator[str]:
    if trace.__cause__ is not None:
        yield from _chain(trace.__cause__, private)
        yield "\nThe above exception was the direct cause of the following exception:\n\n"
    elif trace.__context__ is not None and not trace.__suppress_context__:
        yield from _chain(trace.__context__, private)
        yield "\nDuring handling of the above exception, another exception occurred:\n\n"
    yield "Traceback (most recent call last):\n"
    frames = [
        traceback.FrameSummary(place, frame.lineno, frame.name, lookup_line=False, line=code)
        for frame in trace.stack
        for place, code in [_place(frame, private)]
    ]
    yield from traceback.StackSummary.from_list(frames).format()
    for line in trace.format_exception_only():
        yield without_names(line.rstrip("\n"), private) + "\n"


def _place(frame: traceback.FrameSummary, private: Sequence[str]) -> tuple[str, str | None]:
    """A file of the program or of a library, relative to its installation folder, and the line of code."""
    path = Path(frame.filename)
    if path.is_relative_to(_PACKAGE):
        return path.relative_to(_PACKAGE.parent).as_posix(), frame.line
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            return Path(*path.parts[path.parts.index(folder) + 1 :]).as_posix(), frame.line
    # Python's own, or a script of the user's, which may contain paths.
    return path.name, without_names(frame.line or "", private)


def _user() -> list[str]:
    """The names of user, home folder and computer."""
    candidates = [Path(os.path.expanduser("~")).name, platform.node()]  # noqa: PTH111  # pathlib raises without a home
    with contextlib.suppress(KeyError, ImportError, OSError):  # in a container, a user ID without a name
        candidates.append(getpass.getuser())
    return [name for name in candidates if name]
