"""Photos in a folder by URL are compared, too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import fsspec
from tiny import finish

from studio.engine.replay import photo_check
from studio.events import Dataset, Photo, ValueRanges
from studio.jobs.progress import Pace
from studio.jobs.protocol import never


def test_photos_of_a_server_are_read_from_it() -> None:
    paths = ["x/a.jpg", "x/b.jpg"]
    with fsspec.open("memory://replayed/x/a.jpg", "wb") as file:
        file.write(b"a photo")
    photos = tuple(Photo(path, 0, "val") for path in paths)
    record: Any = SimpleNamespace(value_range=ValueRanges())
    dataset = Dataset("memory://replayed", ("x",), photos)
    contents = cast(dict[str, str], finish(photo_check._contents(dataset, record, paths, never))[1])
    assert contents["x/a.jpg"]
    assert contents["x/b.jpg"] == ""


def test_a_late_photo_has_the_url_of_its_server() -> None:
    assert Pace("check", 1).late("http:/example.org/a.jpg").path == "http://example.org/a.jpg"
    assert Pace("check", 1).late("/photos/a.jpg").path == "/photos/a.jpg"
