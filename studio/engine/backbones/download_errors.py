"""User errors of failed downloads: no connection, a refusal by the server, a full disk."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.spec import BUNDLED_BACKBONE, UserError
from studio.system.failures import first_line

HUB = "huggingface.co"

OFFLINE_SETTINGS = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
UNWRITABLE = (errno.EACCES, errno.EROFS, errno.EPERM)
UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ECONNREFUSED)
UNREACHABLE_NAMES = frozenset(("ConnectError", "ConnectionError", "ProxyError", "NewConnectionError", "MaxRetryError"))
"""Names of the exceptions for an unreachable server in HTTP clients other than Python's own."""


BROKEN_NAMES = frozenset(("RemoteProtocolError", "ReadError", "WriteError", "ChunkedEncodingError"))
"""Names of their exceptions for a connection that broke."""


def download_error(info: BackboneInfo, error: Exception | None, timeout: float) -> UserError:
    """Return the error for weights that could not be downloaded.

    Args:
        info: The backbone.
        error: Exception of the download; None if the server did not answer within `timeout`.
        timeout: Seconds that the download waited for an answer.
    """
    reason, hint = _reason(info, error, timeout)
    size = f" ({info.download_mb:.0f} MB)" if info.download_mb else ""
    return UserError(
        f"The weights of “{info.name}”{size} are not on this computer and could not be downloaded: {reason}.",
        f"{hint} {_by_hand(info)} {BUNDLED_BACKBONE} comes with its weights.",
    )


def hash_error(info: BackboneInfo, file: str) -> UserError:
    """Return the error for a file whose hash is not the one in its name."""
    return UserError(
        f"The downloaded weights of “{info.name}” are damaged: the hash of {file} is not the one in its name.",
        f"Try again. {_by_hand(info)}",
        file,
    )


def host_of(info: BackboneInfo) -> str:
    """Return the name of the server that has the weights."""
    return HUB if info.url.startswith("hf:") else urllib.parse.urlsplit(info.url).hostname or info.url


def _folder(info: BackboneInfo) -> Path:
    return catalog.hugging_face_folder() if info.url.startswith("hf:") else catalog.torch_hub_folder()


def _by_hand(info: BackboneInfo) -> str:
    """Return instructions for downloading the file manually."""
    if info.url.startswith("hf:"):
        file = f"model.safetensors of {HUB}/{info.url[3:]}"
        return f"Or download {file} on another computer and choose the file (in the terminal --weights FILE)."
    return (
        f"Or download {info.url} on another computer and copy it into {catalog.torch_hub_folder()}, or choose the "
        "file (in the terminal --weights FILE)."
    )


def _reason(info: BackboneInfo, error: Exception | None, timeout: float) -> tuple[str, str]:
    """Return the reason of the failure, and a hint."""
    errors = list(_chain(error))
    online = "Check the connection and try again."
    numbers = {one.errno for one in errors if isinstance(one, OSError)}
    if numbers.intersection(DISK_FULL):
        return f"the disk of {_folder(info)} is full", f"Free {info.download_mb:.0f} MB there and try again."
    if numbers.intersection(UNWRITABLE):
        return f"{_folder(info)} cannot be written", "Make it writable, or set TORCH_HOME or HF_HOME to another folder."
    status = next((code for one in errors if (code := _status(one))), 0)
    if status:
        return _refusal(info, status)
    switch = next(
        (name for name in OFFLINE_SETTINGS if os.environ.get(name, "0").lower() not in ("", "0", "false")), ""
    )
    if info.url.startswith("hf:") and switch:
        return f"downloads are switched off here ({switch} is set)", f"Unset {switch} and try again."
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in errors):
        return f"{host_of(info)} did not answer within {timeout:.0f} seconds", online
    if any(isinstance(one, ssl.SSLError) for one in errors):
        return (
            f"the certificate of {host_of(info)} could not be verified",
            "Check the clock of this computer and the proxy.",
        )
    broken = next((one for one in errors if isinstance(one, BrokenConnectionError)), None)
    if broken is not None:
        return str(broken), "Try again."
    if any(
        isinstance(one, ConnectionResetError | http.client.IncompleteRead | BrokenPipeError)
        or type(one).__name__ in BROKEN_NAMES
        for one in errors
    ):
        return "the connection broke", "Try again."
    if (
        error is None
        or numbers.intersection(UNREACHABLE)
        or any(isinstance(one, socket.gaierror | ConnectionError | urllib.error.URLError) for one in errors)
        or any(type(one).__name__ in UNREACHABLE_NAMES for one in errors)
    ):
        return f"there is no connection to {host_of(info)}", online
    return first_line(errors[0]), "Try again."


class BrokenConnectionError(OSError):
    """A connection that ended before the file did."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"the connection broke after {done:,} of {total:,} bytes")


def _refusal(info: BackboneInfo, status: int) -> tuple[str, str]:
    host = host_of(info)
    if status in (404, 410):
        return f"{host} no longer has them (status {status})", "Choose another backbone."
    if status in (401, 403):
        return f"{host} refused access (status {status})", "Sign in there and accept the terms of these weights first."
    if status == 429 or status >= 500:
        return f"{host} is busy or out of order (status {status})", "Try again later."
    return f"{host} answered with status {status}", "Try again later."


def _status(error: BaseException) -> int:
    """Return the HTTP status of a server's error; 0 if there was none."""
    code = error.code if isinstance(error, urllib.error.HTTPError) else None
    code = code or getattr(getattr(error, "response", None), "status_code", 0)
    return code if isinstance(code, int) and code >= 400 else 0


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and, recursively, its `reason`, cause and context."""
    visited: set[int] = set()
    pending = [error]
    while pending:
        one = pending.pop(0)
        if not isinstance(one, BaseException) or id(one) in visited:
            continue
        visited.add(id(one))
        yield one
        pending += [getattr(one, "reason", None), one.__cause__, one.__context__]
