"""Thumbnails follow their files: photos that are replaced, gone, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from studio.ui.photos import thumbnails
from studio.ui.photos.thumbnail_requests import Requests, Wanted
from studio.ui.photos.thumbnails import Thumbnails


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Thumbnails:
    monkeypatch.setattr(thumbnails, "RECHECK_S", 0.0)
    cache = Thumbnails()
    yield cache
    cache.shut_down()


def arrived(pictures: Thumbnails, qtbot: QtBot, photo: Path) -> None:
    with qtbot.waitSignal(pictures.arrived):
        pictures.get(str(photo), 32)


def color(pictures: Thumbnails, photo: Path) -> str:
    pixmap = pictures.get(str(photo), 32)
    return "" if pixmap.isNull() else pixmap.toImage().pixelColor(5, 5).name()


def solid(photo: Path, shade: str) -> Path:
    Image.new("RGB", (40, 40), shade).save(photo)
    return photo


def test_a_photo_that_is_back_is_shown_again(pictures: Thumbnails, qtbot: QtBot, tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    arrived(pictures, qtbot, photo)
    assert color(pictures, photo) == ""
    solid(photo, "#ff0000")
    arrived(pictures, qtbot, photo)
    assert color(pictures, photo) == "#ff0000"


def test_photos_that_are_painted_at_once_are_requested_together(
    pictures: Thumbnails, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested, request = [], pictures._requests.request

    def counted(wanted: Mapping[str, Wanted], discard: bool) -> int | None:
        requested.append(set(wanted))
        return request(wanted, discard)

    monkeypatch.setattr(pictures._requests, "request", counted)
    photos = {str(solid(tmp_path / f"{number}.png", "#ff0000")) for number in range(5)}
    for photo in photos:
        pictures.get(photo, 32)
    qtbot.waitUntil(lambda: all(pictures.get(photo, 32) for photo in photos))
    assert requested[0] == photos


def test_a_photo_that_was_replaced_is_shown_as_it_is_now(pictures: Thumbnails, qtbot: QtBot, tmp_path: Path) -> None:
    photo = solid(tmp_path / "a.png", "#ff0000")
    arrived(pictures, qtbot, photo)
    solid(tmp_path / "b.png", "#0000ff").replace(photo)
    assert color(pictures, photo) == "#ff0000", "the old picture stays until the new one is there"
    qtbot.waitUntil(lambda: color(pictures, photo) == "#0000ff")


def test_the_picture_of_a_photo_that_is_gone_stays(pictures: Thumbnails, qtbot: QtBot, tmp_path: Path) -> None:
    photo, other = solid(tmp_path / "a.png", "#ff0000"), solid(tmp_path / "b.png", "#00ff00")
    arrived(pictures, qtbot, photo)
    photo.unlink()
    color(pictures, photo)
    arrived(pictures, qtbot, other)
    qtbot.waitUntil(lambda: not pictures._requests.pending)
    pictures.shut_down()  # waits for what is being decoded
    pictures._collect()
    assert color(pictures, photo) == "#ff0000"


def test_an_unchanged_photo_is_not_decoded_again(
    pictures: Thumbnails, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, other = solid(tmp_path / "a.png", "#ff0000"), solid(tmp_path / "b.png", "#00ff00")
    arrived(pictures, qtbot, photo)
    decoded, decode = [], thumbnails.decode
    monkeypatch.setattr(thumbnails, "decode", lambda path, *rest: decoded.append(path) or decode(path, *rest))
    color(pictures, photo)
    arrived(pictures, qtbot, other)
    qtbot.waitUntil(lambda: not pictures._requests.pending)
    pictures.shut_down()  # waits for what is being decoded
    assert decoded == [str(other)]


def test_a_recent_thumbnail_is_not_compared(qtbot: QtBot, tmp_path: Path) -> None:
    photo, pictures = solid(tmp_path / "a.png", "#ff0000"), Thumbnails()
    arrived(pictures, qtbot, photo)
    color(pictures, photo)
    assert not pictures._requests.pending
    assert not pictures._wanted
    pictures.shut_down()


def test_a_comparison_comes_last_and_replaces_no_request() -> None:
    requests = Requests()
    requests.request({"a": Wanted(64), "b": Wanted(64)}, discard=False)
    requests.request({"a": Wanted(32, (1, 2, 3)), "c": Wanted(32, (1, 2, 3))}, discard=False)
    assert list(requests.pending.items()) == [("c", Wanted(32, (1, 2, 3))), ("a", Wanted(64)), ("b", Wanted(64))]
