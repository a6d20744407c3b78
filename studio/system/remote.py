"""Folders by URL (`s3://`, `gs://`, `http(s)://`, `memory://`, `file://`), read through fsspec without a copy on disk.

Files are read whole, into memory. After a network error, reading is tried again; if the error persists, the job ends,
because leaving a photo out for a bad connection would silently change the data set.
"""

from __future__ import annotations

import functools
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from studio.spec import UserError

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each further try to read from a server."""

READERS = 32
"""Number of threads that read photos from a server: each spends most of its time waiting."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):/{1,3}(?=[^/])")

_FINAL = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Errors that would occur again at another try."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """An entry of a folder on a server."""

    name: str
    is_folder: bool
    size: int


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """Size and version of a file on a server, named as in `os.stat_result`.

    Attributes:
        st_size: Bytes.
        st_mtime_ns: A number that changes with the file, made from its ETag or its modification time.
        st_mtime: 0 if there is such a number; else the current time, so that nothing is remembered about the file.
    """

    st_size: int
    st_mtime_ns: int
    st_mtime: float


def url_of(path: object) -> str:
    """The URL that a text is, or that a path was made from (`s3:/bucket/a.jpg`); "" for a path on disk."""
    text = str(path)
    found = _URL.match(text)
    if found is None:
        return ""
    scheme = found[1].lower()
    return f"{scheme}://{'/' if scheme == 'file' else ''}{text[found.end() :]}".rstrip("/")


def read(url: str, limit: int) -> bytes:
    """The content of a file, or its first `limit` + 1 bytes if it is larger.

    Raises:
        FileNotFoundError, PermissionError: There is no such file, or it may not be read.
        UserError: It could not be read in `len(PAUSES)` + 1 tries, or the package for its server is missing.
    """
    files, path = _place(url)

    def attempt() -> bytes:
        size = files.size(path)
        content: bytes = files.cat_file(path) if size is None or size <= limit else files.cat_file(path, 0, limit + 1)
        return content

    return _tried(url, attempt)


def entries(url: str) -> list[RemoteEntry]:
    """The entries of a folder, sorted by name.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: There is no such folder, or it may not be listed.
        UserError: As in `read`.
    """
    files, path = _place(url)

    def attempt() -> list[RemoteEntry]:
        files.invalidate_cache()  # a rescan must see new files
        if not files.isdir(path):  # also if no server answers, which `info` distinguishes
            files.info(path)
            raise NotADirectoryError(url)
        found = {}
        for one in files.ls(path, detail=True):
            inside = str(one["name"]).rstrip("/")
            parent, _, name = inside.rpartition("/")
            # A page of a web server also links to its parent and itself; object stores list the folder's own object.
            if name and parent.endswith(path.rstrip("/").rpartition("/")[2]) and inside != path.rstrip("/"):
                found[name] = RemoteEntry(name, one["type"] == "directory", int(one.get("size") or 0))
        return [found[name] for name in sorted(found)]

    return _tried(url, attempt)


def status(url: str) -> RemoteStatus:
    """Size and version of a file.

    Raises:
        FileNotFoundError, PermissionError: There is no such file, or it may not be read.
        UserError: As in `read`.
    """
    files, path = _place(url)
    about: dict[str, Any] = _tried(url, lambda: files.info(path))
    version = next(
        (about[key] for key in ("ETag", "etag", "LastModified", "updated", "mtime", "created") if about.get(key)), None
    )
    size = int(about.get("size") or 0)
    if version is None:
        return RemoteStatus(size, 0, time.time())
    number = int.from_bytes(hashlib.blake2b(str(version).encode(), digest_size=8).digest()) >> 1
    return RemoteStatus(size, number, 0.0)


@functools.lru_cache(maxsize=16)
def _files_of(scheme: str, host: str) -> Any:
    """The file system of a server; `host` only makes the cache distinguish servers."""
    try:
        import fsspec
    except ImportError:
        raise _missing(f"{scheme}://", "fsspec") from None
    try:
        return fsspec.filesystem(scheme)
    except ImportError as error:
        raise _missing(f"{scheme}://", str(error)) from None
    except ValueError as error:
        raise UserError(
            f"“{scheme}://{host}” cannot be read: its kind of address is not supported ({error}).",
            "Give a path, or a URL that begins with s3://, gs://, https:// or http://.",
        ) from None


def _place(url: str) -> tuple[Any, str]:
    """File system of a URL, and the path in it."""
    scheme, _, rest = url.partition("://")
    files = _files_of(scheme, rest.partition("/")[0])
    return files, str(files._strip_protocol(url))


def _missing(url: str, detail: str) -> UserError:
    return UserError(
        f"Folders by {url} need a package that is not installed here ({detail}).",
        "Install it: pip install “thaw-studio[remote]” (or uv sync --extra remote).",
    )


def _is_final(error: Exception) -> bool:
    """True if another try would fail in the same way."""
    if not isinstance(error, _FINAL):
        return False
    cause = error.__cause__
    if cause is None or isinstance(cause, _FINAL):
        return True
    # fsspec also says “not found” if a web server does not answer.
    if isinstance(status := getattr(cause, "status", None), int):
        return 400 <= status < 500 and status not in (408, 429)
    return not isinstance(cause, OSError) and not type(cause).__module__.startswith("aiohttp")


def _tried(url: str, attempt: Callable[[], Result]) -> Result:
    """The result of the first try that succeeds."""
    for pause in (*PAUSES, None):
        try:
            return attempt()
        except Exception as error:  # each package has errors of its own
            if _is_final(error):
                raise
            if isinstance(error, _FINAL) and isinstance(error.__cause__, Exception):
                error = error.__cause__
            if pause is None:
                raise UserError(
                    f"{url} could not be read in {len(PAUSES) + 1} tries "
                    f"({type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}).",
                    "Check the connection, the address and your credentials, then repeat the command (in the window: "
                    "File › Rescan the folder). What was computed so far is in the cache.",
                ) from error
            time.sleep(pause)
    raise AssertionError
