"""Download of pretrained weights into the hubs' own caches, which other programs use, too.

The transfer runs in a thread of its own, because a stalled server must not keep a stopped job waiting.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones import download_errors
from studio.engine.backbones.download_errors import BrokenConnectionError
from studio.events import Event, Stage
from studio.formatting.numbers import megabytes
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import BUNDLED_BACKBONE, UserError

TIMEOUT = 15.0
"""Seconds without an answer after which a server counts as unreachable."""

_LOCKS: dict[str, threading.Lock] = {}
"""A lock for each URL: a run and an inspection of its network may request the same weights at once."""


def fetch(info: BackboneInfo, stop: Stop) -> Generator[Event, None, Path]:
    """Download the default weights of `info`; return the file.

    Raises:
        UserError: There are no pretrained weights, or they cannot be downloaded.
    """
    if not info.weights:
        raise UserError(
            f"There are no pretrained weights for “{info.name}”.",
            "Choose another backbone or a weights file (in the terminal --weights FILE), or train it from random "
            f"weights (“none”); {BUNDLED_BACKBONE} comes with its weights.",
        )
    lock = _LOCKS.setdefault(info.url, threading.Lock())
    if not lock.acquire(blocking=False):
        yield Stage("download", f"Waiting for {info.name}, which is being downloaded")
        while not lock.acquire(timeout=0.1):
            if stop():
                raise Interrupted
        lock.release()
        if (file := catalog.cached_file(info)) is not None:
            return file
        return (yield from fetch(info, stop))  # the other download was stopped or failed
    try:
        return (yield from _download(info, stop))
    finally:
        lock.release()


def _download(info: BackboneInfo, stop: Stop) -> Generator[Event, None, Path]:
    yield Stage("download", f"Downloading {info.name}")
    transfer = _Transfer(_from_hugging_face if info.url.startswith("hf:") else _from_web, info)
    try:
        yield from transfer.watch(stop)
    finally:
        transfer.abandon()
    if isinstance(transfer.error, UserError):
        raise transfer.error
    if transfer.error is not None or transfer.file is None:
        raise download_errors.download_error(info, transfer.error, TIMEOUT) from transfer.error
    return transfer.file


class _Transfer:
    """A download in a thread. Only the thread writes its counters, and only `watch` reads them."""

    def __init__(self, work: Callable[[BackboneInfo, _Transfer], Path], info: BackboneInfo) -> None:
        self.done = self.resumed = 0
        self.total = int(info.download_mb * 1e6)
        self._name = info.name
        self.file: Path | None = None
        self.error: Exception | None = None
        self._canceled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work, info), name="download", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[BackboneInfo, _Transfer], Path], info: BackboneInfo) -> None:
        try:
            self.file = work(info, self)
        except Exception as error:
            self.error = error

    def add(self, count: int) -> None:
        """Count `count` more bytes; raises `Interrupted` after `abandon`."""
        if self._canceled.is_set():
            raise Interrupted
        self.done += count

    def watch(self, stop: Stop) -> Generator[Event, None, None]:
        pace, before = Pace("download", unit="MB"), 0
        while self._thread.is_alive():
            if stop():
                raise Interrupted
            self._thread.join(0.1)
            if self.resumed != before:
                before = self.resumed
                yield Stage("download", f"Continuing the download of {self._name} after {megabytes(before)}")
                pace = Pace("download", unit="MB", done_before=before / 1e6)
            pace.total = self.total / 1e6
            if (progress := pace.at(self.done / 1e6)) is not None:
                yield progress
        yield pace.end(self.done / 1e6)

    def abandon(self) -> None:
        self._canceled.set()


def _from_web(info: BackboneInfo, transfer: _Transfer) -> Path:
    """Download a complete file into torch.hub's folder, and verify the hash in its name as torch.hub does.

    A download that broke off or was stopped is continued by the next one, if the hash in the name can verify the whole.
    """
    folder = catalog.writable(catalog.torch_hub_folder())
    folder.mkdir(parents=True, exist_ok=True)
    name = info.url.rsplit("/", 1)[-1]
    expected = re.search(r"-([0-9a-f]{8}|[0-9a-f]{10})\.", name)
    _into_file(info, info.url, folder / name, expected[1] if expected else "", transfer)
    return folder / name


def _into_file(info: BackboneInfo, url: str, file: Path, expected: str, transfer: _Transfer) -> None:
    """Download a file, or the rest of it, and verify that its SHA-256 begins with `expected`; "" if it is unknown."""
    with _unfinished(file, bool(expected)) as part:
        try:
            answer, transfer.resumed = _open(url, part)
            digest = hashlib.sha256()
            with answer, part.open("r+b" if transfer.resumed else "wb") as out:
                while transfer.done < transfer.resumed and (piece := out.read(1 << 18)):
                    digest.update(piece)
                    transfer.add(len(piece))
                length = answer.headers.get("Content-Length")
                expected_bytes = transfer.resumed + int(length) if length else 0
                transfer.total = expected_bytes or transfer.total
                while piece := answer.read(1 << 18):
                    out.write(piece)
                    digest.update(piece)
                    transfer.add(len(piece))
        except urllib.error.HTTPError as error:
            error.close()  # the exception holds the connection open
            raise
        if transfer.done != (expected_bytes or transfer.done):  # urllib reports a broken connection as the end
            raise BrokenConnectionError(transfer.done, expected_bytes)
        if not digest.hexdigest().startswith(expected):
            raise download_errors.hash_error(info, file.name)
        part.replace(file)


@contextlib.contextmanager
def _unfinished(file: Path, resumable: bool) -> Iterator[Path]:
    """The path of an unfinished download, which remains after an error if it can be continued.

    While another program, or a stopped transfer of this one, still writes it, this download has a file of its own.
    """
    part = file.with_name(f"{file.name}.part")
    lock = FileLock(part.with_name(f"{part.name}.lock"), timeout=0)
    try:
        if resumable:
            lock.acquire()
    except (OSError, NotImplementedError):  # held by another, or a file system without locks
        resumable = False
    if not resumable:
        part = file.with_name(f"{file.name}.{uuid.uuid4().hex}.part")
    try:
        yield part
    except BaseException as error:
        full = isinstance(error, OSError) and error.errno in download_errors.DISK_FULL
        if not resumable or full or isinstance(error, UserError):  # or its hash is wrong
            part.unlink(missing_ok=True)
        raise
    finally:
        if resumable and not part.exists():
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _open(url: str, part: Path) -> tuple[Any, int]:
    """Request a file from where `part` ends; returns the answer and the bytes of `part` that it continues."""
    size = part.stat().st_size if part.exists() else 0
    if size:
        try:
            answer = urllib.request.urlopen(
                urllib.request.Request(url, headers={"Range": f"bytes={size}-"}), timeout=TIMEOUT
            )
        except urllib.error.HTTPError as error:
            if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            error.close()
        else:
            if answer.status == http.client.OK:  # a server that sends whole files only
                return answer, 0
            if str(answer.headers.get("Content-Range")).startswith(f"bytes {size}-"):
                return answer, size
            answer.close()
    return urllib.request.urlopen(url, timeout=TIMEOUT), 0


def _from_hugging_face(info: BackboneInfo, transfer: _Transfer) -> Path:
    """Download into the hub's cache, whose layout its own client maintains.

    The client begins every download anew. So the file is put among those of the cache first, if its hash is known; the
    client then finds it there.
    """
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

    folder, repository = catalog.writable(catalog.hugging_face_folder()), info.url[3:]
    for name in ("model.safetensors", "pytorch_model.bin"):
        try:
            about = huggingface_hub.get_hf_file_metadata(huggingface_hub.hf_hub_url(repository, name), timeout=TIMEOUT)
            if about.etag is not None and re.fullmatch("[0-9a-f]{64}", about.etag):  # of large files, their SHA-256
                blob = folder / f"models--{repository.replace('/', '--')}" / "blobs" / about.etag
                blob.parent.mkdir(parents=True, exist_ok=True)
                if not blob.exists():
                    _into_file(info, about.location, blob, about.etag, transfer)
            file = huggingface_hub.hf_hub_download(
                repository, name, cache_dir=folder, etag_timeout=TIMEOUT, tqdm_class=Bar
            )
            return Path(file)
        except LocalEntryNotFoundError:  # a subclass, raised offline: unknown whether the hub has the file
            raise
        except EntryNotFoundError:
            continue
    raise UserError(
        f"The hub has no weights file for “{info.name}”.",
        "Choose another backbone, or a weights file (in the terminal --weights FILE).",
    )
