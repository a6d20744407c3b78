"""Folders by URL are listed and read, and errors of a server are tried again, with an end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import finish, load

from studio.data import content_hashes
from studio.data.folder import layout
from studio.data.images import decode
from studio.data.scan import listing
from studio.engine.extraction import extract as features
from studio.formatting import run_code
from studio.jobs.protocol import never
from studio.spec import DatasetSpec, RunSpec, UserError
from studio.system import paths, remote

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def url(shared_photos: Path) -> Iterator[str]:
    """The URL of the test photos in memory."""
    files = fsspec.filesystem("memory")
    for photo in shared_photos.rglob("*.jpg"):
        files.pipe(f"/remote/{photo.relative_to(shared_photos).as_posix()}", photo.read_bytes())
    yield "memory://remote"
    files.rm("/remote", recursive=True)


@pytest.fixture
def fails(monkeypatch) -> list[Any]:
    """Errors that the next reads raise, one each."""
    errors: list[Any] = []
    plain = fsspec.implementations.memory.MemoryFileSystem.cat_file

    def cat_file(self: Any, *arguments: Any, **options: Any) -> bytes:
        if errors:
            raise errors.pop()
        return plain(self, *arguments, **options)

    monkeypatch.setattr(fsspec.implementations.memory.MemoryFileSystem, "cat_file", cat_file)
    monkeypatch.setattr(remote, "PAUSES", (0.0, 0.0, 0.0))
    return errors


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://bucket/photos/", "s3://bucket/photos"),
        (Path("s3://bucket/photos") / "a.jpg", "s3://bucket/photos/a.jpg"),
        (Path("file:///tmp/x") / "a.jpg", "file:///tmp/x/a.jpg"),
        ("HTTPS://host:8080/a", "https://host:8080/a"),
        ("/home/me/s3:/x", ""),
        ("photos", ""),
        ("C:/photos", ""),
        ("net.py:factory", ""),
    ],
)
def test_urls_are_distinguished_from_paths(path, url):
    assert remote.url_of(path) == url
    assert paths.absolute(path) == url or not url


def test_a_folder_by_url_has_the_photos_of_the_folder_on_disk(url, shared_photos):
    there, here = (listing(DatasetSpec(folder)) for folder in (url, str(shared_photos)))
    assert there.folder == url
    assert (there.classes, there.photos) == (here.classes, here.photos)
    assert listing(DatasetSpec(f"file://{shared_photos}")).photos == here.photos


def test_features_by_url_are_those_of_the_files(url, shared_photos, tmp_path):
    base, rows = load(), []
    for name, folder in (("there", url), ("here", str(shared_photos))):
        dataset = listing(DatasetSpec(folder))
        work = features.extract(base, dataset, "features", torch.device("cpu"), never, tmp_path / name)
        extraction = finish(work)[1]
        rows.append(extraction.rows.take(np.arange(len(extraction.rows))))
    assert np.array_equal(*rows)


def test_a_failed_read_is_repeated_and_its_error_names_file_attempts_and_remedy(url, shared_photos, fails):
    photo = next(shared_photos.rglob("*.jpg"))
    name = f"{url}/{photo.relative_to(shared_photos).as_posix()}"
    fails.extend([OSError("reset"), TimeoutError("slow")])
    assert decode.contents(name) == photo.read_bytes()
    fails.extend([OSError("the server said 503")] * 4)
    with pytest.raises(UserError, match=r"in 4 tries \(OSError: the server said 503\)") as raised:
        decode.contents(name)
    assert name in raised.value.title
    assert "in the cache" in raised.value.hint
    assert "Rescan the folder" in raised.value.hint


class AnswerError(Exception):
    """The error of a web client about a status, which fsspec raises as a missing file."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def not_found(cause: Exception) -> FileNotFoundError:
    error = FileNotFoundError("a.jpg")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("cause", [ConnectionRefusedError("refused"), AnswerError(503), AnswerError(429)])
def test_a_server_that_does_not_answer_is_not_a_missing_file(url, shared_photos, fails, cause):
    photo = next(shared_photos.rglob("*.jpg"))
    fails.extend([not_found(cause)] * 4)
    with pytest.raises(UserError, match=rf"in 4 tries \({type(cause).__name__}: {cause}\)"):
        decode.contents(f"{url}/{photo.relative_to(shared_photos).as_posix()}")


@pytest.mark.parametrize("cause", [FileNotFoundError("gone"), AnswerError(404), AnswerError(403)])
def test_a_file_that_a_server_does_not_have_is_missing(url, shared_photos, fails, cause):
    photo = next(shared_photos.rglob("*.jpg"))
    fails.append(not_found(cause))
    with pytest.raises(decode.Unreadable, match="not found"):
        decode.contents(f"{url}/{photo.relative_to(shared_photos).as_posix()}")
    assert not fails


def test_a_lost_server_ends_an_extraction_instead_of_leaving_photos_out(url, tmp_path, fails):
    dataset, base = listing(DatasetSpec(url)), load()
    fails.extend([OSError("unplugged")] * 1000)
    with pytest.raises(UserError, match="in 4 tries"):
        finish(features.extract(base, dataset, "features", torch.device("cpu"), never, tmp_path / "cache"))


def test_a_file_that_is_gone_or_forbidden_is_not_tried_again(url, fails):
    with pytest.raises(decode.Unreadable, match="file not found"):
        decode.contents(f"{url}/gone.jpg")
    fails.extend([TimeoutError(), PermissionError("no")])
    with pytest.raises(decode.Unreadable, match=r"permission|not found"):
        decode.contents(f"{url}/blue/gone.jpg")


def test_hashes_of_files_by_url_follow_their_content(url, shared_photos):
    photo = next(shared_photos.rglob("*.jpg"))
    name = photo.relative_to(shared_photos).as_posix()
    assert content_hashes.content_of(f"{url}/{name}") == content_hashes.content_of(photo)
    assert content_hashes.sizes_of(url, [name]) == {name: photo.stat().st_size}
    before = remote.status(f"{url}/{name}").st_mtime_ns
    fsspec.filesystem("memory").pipe(f"/remote/{name}", b"other")
    assert remote.status(f"{url}/{name}").st_mtime_ns != before


@pytest.mark.parametrize("folder", ["memory://nowhere", "nonsense://host/photos"])
def test_a_missing_folder_is_a_user_error(folder):
    with pytest.raises(UserError) as raised:
        layout.find(folder)
    assert raised.value.hint


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    remote._files_of.cache_clear()
    with pytest.raises(UserError) as raised:
        layout.find("s3://bucket/photos")
    assert "thaw-studio[remote]" in raised.value.hint


def test_a_run_by_url_is_copied_as_a_command_with_the_url():
    assert run_code.arguments(RunSpec(DatasetSpec("s3://bucket/photos")))[1] == "s3://bucket/photos"


def test_photos_of_a_web_server_are_those_of_its_folder(shared_photos, web_server):
    assert listing(DatasetSpec(web_server)).photos == listing(DatasetSpec(str(shared_photos))).photos


def test_an_unreachable_web_server_is_not_an_empty_folder(web_server, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.0,))
    host, _, port = web_server.rpartition(":")
    with pytest.raises(UserError, match="in 2 tries"):
        remote.entries(f"{host}:{1 if port != '1' else 2}/photos")
    with pytest.raises(FileNotFoundError):
        remote.entries(f"{web_server}/nowhere")


@pytest.fixture
def web_server(shared_photos: Path) -> Iterator[str]:
    """A web server with a page for each folder."""
    pytest.importorskip("aiohttp", reason="folders by http need aiohttp")
    import functools
    import http.server
    import threading

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(shared_photos)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()
