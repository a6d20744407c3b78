from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiffs import packed12, png16, tiff

from studio.data.images import decode, measuring
from studio.data.images.measuring import DataSetReading, reading_of
from studio.data.scan import listing, scan
from studio.events import Dataset, DatasetScanned, DeepPhotos, EstimatedRange, Photo, Stage, StatedRange, ValueRanges
from studio.spec import DatasetSpec, ValueRange
from studio.system import remote

Write = Callable[..., Dataset]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a data set of two classes that both have these files."""

    def make(**files: bytes) -> Dataset:
        for label in ("a", "b"):
            (tmp_path / label).mkdir(exist_ok=True)
            for name, data in files.items():
                (tmp_path / label / name.replace("_", ".")).write_bytes(data)
        return listing(DatasetSpec(str(tmp_path)))

    return make


def dark(seed: int, white: float = 4095) -> np.ndarray:
    """Photos of a camera, some much darker than others."""
    chance = np.random.default_rng(seed)
    return chance.random((12, 10)) * white * chance.uniform(0.1, 1)


def camera(count: int = 8, white: float = 4095, kind: str = "u2") -> dict[str, bytes]:
    return {f"{number}_tif": tiff(dark(number, white).astype(kind)) for number in range(count)}


def test_photos_of_one_camera_are_scaled_by_one_range(write: Write) -> None:
    dataset = write(**camera(), dim_tif=tiff(np.full((12, 10), 300, "u2")), lit_png=png16(np.full((12, 10), 3000)))
    reading = DataSetReading(dataset.folder, dataset.photos, ValueRanges())
    for name, value in (("dim.tif", 300), ("lit.png", 3000)):
        pixel = decode.read(Path(dataset.folder, "a", name), reading).getpixel((0, 0))
        assert pixel == (round(value / 4095 * 255),) * 3
    assert reading.ranges().estimated == (EstimatedRange("integer", 0, 4095, len(training(dataset))),)
    assert reading.photos_read == len(training(dataset))


def training(dataset: Dataset) -> list[Photo]:
    return [photo for photo in dataset.photos if photo.split == "train"]


def test_each_kind_of_numbers_has_its_range(write: Write) -> None:
    dataset = write(**camera(4), **{f"f{number}_tif": tiff(dark(number, 1).astype("f4")) for number in range(4)})
    reading = DataSetReading(dataset.folder, dataset.photos, ValueRanges())
    assert reading.range_for("float") == ValueRange(0, 1)
    assert reading.range_for("integer") == ValueRange(0, 4095)


def test_ordinary_photos_and_stated_ones_are_not_measured(write: Write) -> None:
    gray = Image.new("RGB", (8, 8))
    folder = write(stated_tif=tiff(np.zeros((2, 4), "u2"), bits=12, strips=[bytes(12)])).folder
    gray.save(Path(folder, "a", "x.png"))
    gray.save(Path(folder, "b", "x.jpg"))
    dataset = listing(DatasetSpec(folder))
    reading = DataSetReading(folder, dataset.photos, ValueRanges())
    for photo in dataset.photos:
        decode.read(Path(folder, photo.path), reading)
    assert reading.ranges() == ValueRanges()
    assert reading.range_for("integer") is None


def test_a_chosen_or_recorded_range_is_not_measured_again(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = write(**camera(2))
    monkeypatch.setattr(measuring, "measure", lambda *_: pytest.fail("nothing is to be measured"))
    known = ValueRanges(estimated=(EstimatedRange("integer", 0, 255, 9),))
    for ranges in (known, ValueRanges(ValueRange(0, 255))):
        for reading in (DataSetReading(dataset.folder, dataset.photos, ranges), reading_of(ranges)):
            photo = Path(dataset.folder, dataset.photos[0].path)
            assert np.asarray(decode.read(photo, reading)).max() == 255
    assert DataSetReading(dataset.folder, dataset.photos, known).ranges() == known


def test_the_same_photos_in_any_order_give_the_same_range(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MAX_PHOTOS", 3)
    dataset = write(**camera(12, 900_000, "f4"))  # nothing to snap to: the range shows which photos were looked at
    ranges = set()
    for seed in range(4):
        photos = list(dataset.photos)
        random.Random(seed).shuffle(photos)
        ranges.add(DataSetReading(dataset.folder, photos, ValueRanges()).range_for("float"))
    assert len(ranges) == 1


def test_fewer_large_photos_are_measured(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MAX_PIXELS", 300)
    dataset = write(**camera())
    reading = DataSetReading(dataset.folder, dataset.photos, ValueRanges())
    reading.range_for("integer")
    assert reading.ranges().estimated[0].photos == 2


def test_held_out_photos_are_measured_only_where_there_are_no_others(write: Write) -> None:
    dataset = write(**camera(8))
    photos = [Photo(photo.path, photo.label, "val") for photo in dataset.photos]
    reading = DataSetReading(dataset.folder, photos, ValueRanges())
    assert reading.range_for("integer") == ValueRange(0, 4095)
    # A brighter photo that is held out changes nothing.
    Path(dataset.folder, "a", "bright.tif").write_bytes(tiff(dark(1, 65535).astype("u2")))
    more = DataSetReading(dataset.folder, [*training(dataset), Photo("a/bright.tif", 0, "val")], ValueRanges())
    assert more.range_for("integer") == ValueRange(0, 4095)


def test_photos_that_cannot_be_read_are_skipped(write: Write) -> None:
    dataset = write(**camera(4), cut_tif=tiff(dark(1).astype("u2"))[:-9], empty_tif=b"")
    Path(dataset.folder, dataset.photos[0].path).unlink()
    assert DataSetReading(dataset.folder, dataset.photos, ValueRanges()).range_for("integer") == ValueRange(0, 4095)


@pytest.mark.parametrize("bound", ["MAX_PHOTOS", "MAX_PIXELS"])
def test_damaged_photos_change_neither_range_nor_number(
    write: Write, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(measuring, bound, 5 if bound == "MAX_PHOTOS" else 5 * 120)
    files = camera(12, 900_000, "f4")  # nothing to snap to: the range shows which photos were looked at
    dataset = write(**{name: data[:-9] if number % 2 else data for number, (name, data) in enumerate(files.items())})
    whole = [photo for photo in dataset.photos if int(Path(photo.path).stem) % 2 == 0]
    assert whole != list(dataset.photos)
    ranges = set()
    for photos in (dataset.photos, whole):
        reading = DataSetReading(dataset.folder, [Photo(one.path, 0, "train") for one in photos], ValueRanges())
        reading.range_for("float")
        ranges |= set(reading.ranges().estimated)
    assert len(ranges) == 1
    assert ranges.pop().photos == 5


def test_a_scan_states_the_value_range(write: Write) -> None:
    twelve = dark(1).astype("u2")
    folder = write(**camera(3), said_tif=tiff(twelve, bits=12, strips=[packed12(twelve)])).folder
    Image.new("RGB", (8, 8)).save(Path(folder, "a", "x.jpg"))
    events = list(scan(DatasetSpec(folder, split_by="photo", split_near=False)))
    listed, checked = (event.dataset for event in events if isinstance(event, DatasetScanned))
    assert listed.deep is None
    trained = sum("said" not in photo.path and photo.path.endswith("tif") for photo in training(checked))
    assert checked.deep == DeepPhotos(8, (StatedRange(0, 4095, 2),), (EstimatedRange("integer", 0, 4095, trained),))


def test_a_scan_lists_photos_beyond_the_estimated_range(write: Write) -> None:
    files = {f"{number}_tif": tiff(dark(number, 400).astype("u2")) for number in range(24)}
    bright, hot = dark(3, 400), dark(4, 400)
    bright[:4], hot[0, :2] = 9000, 9000
    folder = write(**files, bright_tif=tiff(bright.astype("u2")), hot_tif=tiff(hot.astype("u2"))).folder
    signed = tiff((dark(5, 400) - 9000).astype("i2"))
    Path(folder, "a", "low.tif").write_bytes(signed)
    checked = [event.dataset for event in scan(DatasetSpec(folder)) if isinstance(event, DatasetScanned)][-1]
    assert checked.deep is not None
    assert checked.deep.estimated[0].high == 1023
    above, below = (f"more than 1 % of its values are {one} the estimated range, 0–1023" for one in ("above", "below"))
    notes = [note for note in checked.notes if not note.text.startswith("nearly black")]  # some are darker than others
    assert [(note.path, note.text) for note in notes] == [
        ("a/bright.tif", above),
        ("a/low.tif", below),
        ("b/bright.tif", above),
    ]


def test_photos_of_fewer_bits_among_others_are_named(write: Write) -> None:
    same = np.random.default_rng(1).random((12, 10))
    files = {f"{number}_tif": tiff((same * white).astype("u2")) for number, white in enumerate([65535, 4095] * 6)}
    folder = write(**files).folder
    events = list(scan(DatasetSpec(folder, split_by="photo", split_near=False)))
    checked = [event.dataset for event in events if isinstance(event, DatasetScanned)][-1]
    nearly_black = "nearly black: it uses less than 1/15 of the estimated range, 0–65535"
    odd = [photo.path for photo in checked.photos if int(Path(photo.path).stem) % 2]
    assert [(note.path, note.text) for note in checked.notes] == [(path, nearly_black) for path in odd]
    assert checked.deep is not None
    (estimate,) = checked.deep.estimated
    assert 0 < estimate.faint < estimate.photos
    (warning,) = measuring.warnings(ValueRanges(None, (estimate,)))
    assert warning.title.startswith(f"{estimate.faint} of {estimate.photos} photos use less than 1/15")
    assert list(measuring.warnings(ValueRanges(ValueRange(0, 4095), (estimate,)))) == []


def test_a_scan_of_ordinary_photos_measures_nothing(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / label / "x.png")
    events = list(scan(DatasetSpec(str(tmp_path))))
    assert [event.name for event in events if isinstance(event, Stage)] == [
        "scan",
        "check",
        "duplicates",
        "scan",
        "findings",
    ]
    assert events[-1].dataset.deep is None


def test_a_range_is_estimated_from_the_same_photos_in_every_version() -> None:
    names = sorted((f"{letter}.png" for letter in "abcdef"), key=measuring._rank)
    assert names == ["e.png", "f.png", "b.png", "d.png", "a.png", "c.png"]


def test_only_readable_photos_of_more_than_8_bits_are_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep, plain = png16(np.zeros((4, 6))), io.BytesIO()
    Image.new("RGB", (6, 4)).save(plain, "PNG")
    files = {"deep.png": deep, "deep.tif": tiff(np.zeros((4, 6), "u2")), "8.tif": tiff(np.zeros((4, 6), "u1"))}
    files |= {"plain.png": plain.getvalue(), "cut.png": deep[:20], "none.jpg": b"x"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    found = {name for name in [*files, "gone.png"] if measuring.is_deep(tmp_path / name)}
    assert found == {"deep.png", "deep.tif"}
    monkeypatch.setattr(remote, "url_of", lambda path: f"s3://a/{Path(path).name}")
    monkeypatch.setattr(remote, "read", lambda url, limit: files[url.rpartition("/")[2]])
    assert {name for name in files if measuring.is_deep(tmp_path / name)} == found, "by their URLs"


@pytest.mark.parametrize(
    ("sizes", "before", "taken"),
    [
        ([1, 1, 1, 1], (0, 0), 3),
        ([1, 1, 1, 1], (1, 1), 2),
        ([1, 1, 1, 1], (3, 3), 0),
        ([100, 100, 50, 1], (0, 0), 3),
        ([100, 100, 51, 1], (0, 0), 2),
        ([50, 1], (1, 200), 1),
        ([51, 1], (1, 200), 0),
        ([900, 1], (0, 0), 1),
        ([900, 1], (1, 0), 0),
    ],
)
def test_all_photos_that_a_sample_still_takes_are_read_at_once(
    sizes: list[int], before: tuple[int, int], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MAX_PHOTOS", 3)
    monkeypatch.setattr(measuring, "MAX_PIXELS", 250)
    monkeypatch.setattr(measuring, "_size", lambda path, kind: int(path.name) or None)
    candidates = measuring._Candidates("/photos", [str(size) for size in [0, *sizes]], "integer")
    assert [one.pixels for one in candidates.up_to(*before)] == sizes[:taken]
    assert candidates.following == measuring._Candidate(str(sizes[taken]), sizes[taken])
