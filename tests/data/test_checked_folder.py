from __future__ import annotations

import pytest
from PIL import Image

from studio.data import checked_folder
from studio.data.bit_depth.deep import RangeInfo
from studio.data.bit_depth.value_range import Extremes
from studio.events import Dataset, DeepPhotos, EstimatedRange, Photo, Progress
from studio.spec import ValueRange


def test_the_check_ends_at_the_number_of_all_photos(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / "a" / name)
    (tmp_path / "a" / "3.png").write_bytes(b"no photo")
    photos = tuple(Photo(f"a/{number}.png", 0, "train") for number in (1, 2, 3))
    monkeypatch.setattr(checked_folder.time, "time", lambda: 42.0)
    folder = None

    def checked():
        nonlocal folder
        folder = yield from checked_folder.check(Dataset(str(tmp_path), ("a",), photos))

    events = list(checked())
    assert folder.start == 42.0
    assert list(folder.facts) == ["a/1.png", "a/2.png"]
    assert [one.path for one in folder.skipped] == ["a/3.png"]
    assert checked_folder.CheckedFolder().start == 0.0, "before any file was changed"
    last = [event for event in events if isinstance(event, Progress) and event.stage == "check"][-1]
    assert (last.done, last.total) == (3, 3)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (RangeInfo("integer", None, Extremes(0, 4000, "integer", False)), ""),
        (RangeInfo("integer", None, Extremes(0, 9000, "integer", False)), "above the estimated range"),
        (RangeInfo("integer", ValueRange(0, 65535), None), ""),
        (RangeInfo("float", None, Extremes(0, 9000, "float", False)), ""),
    ],
    ids=["within", "beyond", "stated", "kind without an estimate"],
)
def test_only_photos_beyond_the_estimate_of_their_kind_have_a_note(info, words):
    deep = DeepPhotos(2, (), (EstimatedRange("integer", 0, 4095, 1),))
    notes = checked_folder._beyond({"a.tif": info}, deep)
    assert [words in note.text for note in notes] == [True] * bool(words)
