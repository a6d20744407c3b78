"""Fetches pretrained weights into the hubs' own caches, with progress, so that other programs find them too.

The transfer itself runs in a thread of its own, because a stalled server must not keep a stopped job waiting.
"""

from __future__ import annotations

import hashlib
import re
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from studio.catalogue import catalogue
from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones import download_errors
from studio.engine.backbones.download_errors import BrokenConnectionError
from studio.events import Event, Stage
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import BUNDLED_BACKBONE, UserError

TIMEOUT = 15.0
"""Seconds without an answer after which a server counts as out of reach."""

_LOCKS: dict[str, threading.Lock] = {}
"""One for each file that was ever fetched: a training and a look at its network may want the same weights at once."""


def fetch(info: BackboneInfo, stop: Stop) -> Generator[Event, None, Path]:
    """Download the default weights of `info`; returns the file.

    Raises:
        UserError: There are no pretrained weights, or they cannot be reached.
    """
    if not info.weights:
        raise UserError(
            f"There are no pretrained weights for “{info.name}”.",
            "Choose another backbone, give a file of weights (in the terminal --weights FILE), or train it from random "
            f"weights (“none”); {BUNDLED_BACKBONE} comes with its weights.",
        )
    lock = _LOCKS.setdefault(info.url, threading.Lock())
    if not lock.acquire(blocking=False):
        yield Stage("download", f"Waiting for {info.name}, which is being downloaded")
        while not lock.acquire(timeout=0.1):
            if stop():
                raise Interrupted
        lock.release()
        if (there := catalogue.cached_file(info)) is not None:
            return there
        return (yield from fetch(info, stop))  # the other download was stopped, or failed
    try:
        return (yield from _fetched(info, stop))
    finally:
        lock.release()


def _fetched(info: BackboneInfo, stop: Stop) -> Generator[Event, None, Path]:
    yield Stage("download", f"Downloading {info.name}")
    transfer = _Transfer(_from_hugging_face if info.url.startswith("hf:") else _from_web, info)
    try:
        yield from transfer.watch(stop)
    finally:
        transfer.abandon()
    if isinstance(transfer.error, UserError):
        raise transfer.error
    if transfer.error is not None or transfer.file is None:
        raise download_errors.failed(info, transfer.error, TIMEOUT) from transfer.error
    return transfer.file


class _Transfer:
    """One download in a thread: counters that only it writes and only `watch` reads."""

    def __init__(self, work: Callable[[BackboneInfo, _Transfer], Path], info: BackboneInfo) -> None:
        self.done = 0
        self.total = int(info.download_mb * 1e6)
        self.file: Path | None = None
        self.error: Exception | None = None
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work, info), name="download", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[BackboneInfo, _Transfer], Path], info: BackboneInfo) -> None:
        try:
            self.file = work(info, self)
        except Exception as error:
            self.error = error

    def add(self, count: int) -> None:
        """Called by the transfer for every piece; raises once the download was given up."""
        if self._given_up.is_set():
            raise Interrupted
        self.done += count

    def watch(self, stop: Stop) -> Generator[Event, None, None]:
        pace = Pace("download", unit="MB")
        while self._thread.is_alive():
            if stop():
                raise Interrupted
            self._thread.join(0.1)
            pace.total = self.total / 1e6
            if (told := pace.at(self.done / 1e6)) is not None:
                yield told
        yield pace.end(self.done / 1e6)

    def abandon(self) -> None:
        self._given_up.set()


def _from_web(info: BackboneInfo, transfer: _Transfer) -> Path:
    """Into torch.hub's folder, whole or not at all; the hash in the name is checked as torch.hub does."""
    folder = catalogue.writable(catalogue.torch_hub_folder())
    folder.mkdir(parents=True, exist_ok=True)
    name = info.url.rsplit("/", 1)[-1]
    part = folder / f"{name}.{uuid.uuid4().hex}.part"  # one that was stopped may still wait for its server
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(info.url, timeout=TIMEOUT) as answer, part.open("wb") as out:
            transfer.total = int(answer.headers.get("Content-Length") or transfer.total)
            while piece := answer.read(1 << 18):
                out.write(piece)
                digest.update(piece)
                transfer.add(len(piece))
            expected_bytes = int(answer.headers.get("Content-Length") or transfer.done)
        if transfer.done != expected_bytes:  # urllib takes a broken connection for the end
            raise BrokenConnectionError(transfer.done, expected_bytes)
        expected = re.search(r"-([0-9a-f]{8}|[0-9a-f]{10})\.", name)
        if expected and not digest.hexdigest().startswith(expected[1]):
            raise download_errors.damaged(info, name)
        part.replace(folder / name)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise
    finally:
        part.unlink(missing_ok=True)
    return folder / name


def _from_hugging_face(info: BackboneInfo, transfer: _Transfer) -> Path:
    """Through the hub's own client, which keeps its cache's layout and resumes by itself."""
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]  # the client reports through a progress bar's interface
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            transfer.total = int(kwargs.get("total") or transfer.total)

        def update(self, n: float | None = 1) -> bool | None:
            transfer.add(int(n or 0))
            return None

    folder = catalogue.writable(catalogue.hugging_face_folder())
    for name in ("model.safetensors", "pytorch_model.bin"):
        try:
            file = huggingface_hub.hf_hub_download(
                info.url[3:], name, cache_dir=folder, etag_timeout=TIMEOUT, tqdm_class=Bar
            )
            return Path(file)
        except LocalEntryNotFoundError:  # offline: it is no answer about what the hub has
            raise
        except EntryNotFoundError:
            continue
    raise UserError(f"The hub has no weights file for “{info.name}”.", "Choose another backbone or --weights FILE.")
