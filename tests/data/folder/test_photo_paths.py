from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.data.folder import photo_paths
from studio.data.images import decode
from studio.data.images.decode import Unreadable
from studio.events import Progress

Build = Callable[..., Path]


def expand(*paths: Path | str) -> photo_paths.PhotoPaths:
    steps = photo_paths.expand([str(path) for path in paths])
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_files_stay_in_order_and_folders_are_replaced_by_their_photos(build: Build) -> None:
    root = build("a.png", "b/c.png", "b/d/e.jpg", "notes.txt", ".hidden/x.png")
    result = expand(root / "b" / "c.png", root, root / "notes.txt")
    names = [str(Path(path).relative_to(root)) for path in result.photos]
    assert names == ["b/c.png", "a.png", "b/c.png", "b/d/e.jpg", "notes.txt"]
    assert result.skipped == ()
    assert [(Path(item.path).name, item.count) for item in result.strays] == [(".hidden", 1), ("notes.txt", 1)]


def test_a_relative_folder_gives_relative_paths(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(build("b/c.png"))
    assert expand("b").photos == (os.path.join("b", "c.png"),)  # noqa: PTH118
    assert expand(".").photos == (os.path.join(".", "b", "c.png"),)  # noqa: PTH118


def test_paths_without_photos_are_skipped_with_a_reason(build: Build) -> None:
    root = build("empty/", "texts/a.txt")
    reasons = {
        item.path: item.reason for item in expand(root / "gone.jpg", root / "empty", root / "texts", "a\0b").skipped
    }
    assert reasons == {
        str(root / "gone.jpg"): "file not found",
        str(root / "empty"): "a folder without photos",
        str(root / "texts"): "a folder without photos",
        "a\0b": "cannot be opened: no file can have this name",
    }


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_circular_link_adds_no_photos(build: Build) -> None:
    root = build("b/c.png")
    (root / "b" / "up").symlink_to(root)
    result = expand(root)
    assert [Path(path).name for path in result.photos] == ["c.png"]
    assert result.skipped == ()
    assert [Path(item.path).name for item in result.strays] == ["up"]


def test_pipes_devices_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe.jpg")
    Path("link.jpg").symlink_to("/dev/zero")
    Path("gone.jpg").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        result = expand("pipe.jpg", "link.jpg", "gone.jpg", "socket.jpg", "/dev/zero")
        inside = expand(".")
    assert [item.reason for item in result.skipped] == [
        "a pipe, not a photo",
        "a device, not a photo",
        "a link that leads nowhere",
        "a socket, not a photo",
        "a device, not a photo",
    ]
    assert {Path(item.path).name: item.reason for item in inside.skipped} == {
        "pipe.jpg": "a pipe, a device or a socket, not a photo",
        "link.jpg": "a pipe, a device or a socket, not a photo",
        "socket.jpg": "a pipe, a device or a socket, not a photo",
        "gone.jpg": "a link that leads nowhere",
    }


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_is_never_read_to_its_end() -> None:
    with pytest.raises(Unreadable, match="a device"):
        decode.read("/dev/zero")


def test_the_search_for_photos_reports_its_progress(build: Build) -> None:
    events = list(photo_paths.expand([str(build("a.png", "b/c.png"))]))
    assert all(isinstance(event, Progress) for event in events)
    assert events[-1].done == 2
