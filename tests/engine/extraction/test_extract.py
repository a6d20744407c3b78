"""Features of a folder: correct, computed once for each photo's content, and never lost."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from tiny import LITE0, SMALL, finish, load, only, plain
from torchvision import models
from trimming import few

from studio.catalog import catalog
from studio.data.scan import listing
from studio.engine.backbones.backbone import Backbone
from studio.engine.extraction import extract as features
from studio.events import Dataset, FeaturesComputed, Progress, Stage, Warned
from studio.jobs.failures import failure
from studio.jobs.protocol import Interrupted, never
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.spec.structs import replace

CPU = torch.device("cpu")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def extract(folder: Path, cache: Path, base: Backbone | None = None, cut: features.CutPoint = "features"):
    dataset = listing(DatasetSpec(str(folder)))
    events, extraction = finish(features.extract(base or load(), dataset, cut, CPU, never, cache))
    counts = only(events, FeaturesComputed)[0]
    return extraction.rows.take(np.arange(len(extraction.rows))), (counts.computed, counts.reused), extraction, events


def reference(folder: Path, dataset: Dataset, spec: BackboneSpec) -> np.ndarray:
    """Features computed with the library's own preprocessing and the plain network."""
    entry = catalog.find(spec.name)
    base = load(spec)
    size, resize = base.preprocess.size, base.preprocess.resize
    if entry.source == "timm":
        transform = timm.data.create_transform(
            input_size=(3, *size), interpolation=base.preprocess.interpolation, mean=base.preprocess.mean,
            std=base.preprocess.std, crop_pct=size[0] / resize[0], crop_mode="center",
        )  # fmt: skip
    else:
        own = models.get_model_weights(entry.arch).DEFAULT.transforms
        transform = own(crop_size=size[0], resize_size=resize[0])
    with torch.no_grad():
        photos = [transform(Image.open(folder / photo.path).convert("RGB"))[None] for photo in dataset.photos]
        return torch.cat([base.features(photo) for photo in photos]).numpy()


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    few([SMALL, BackboneSpec("resnet18", "none", 64), BackboneSpec("resnet10t", "none", 64)], [SMALL]),
)
def test_features_equal_the_librarys_own_pixels_through_the_plain_network(photos, cache, spec):
    ours, _, extraction, _ = extract(photos, cache, load(spec))
    theirs = reference(photos, extraction.dataset, spec)
    # pixels are equal up to rounding: a step of 1/255 here and there
    assert np.abs(ours - theirs).max() <= 0.02 * theirs.std() + 1e-3 * np.abs(theirs).max()


def test_features_equal_a_plain_forward_on_the_cached_pixels(photos, cache):
    base = load()
    ours = extract(photos, cache, base)[0]
    pixels = torch.from_numpy(extract(photos, cache, base, "pixels")[0])
    mean, std = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in (base.preprocess.mean, base.preprocess.std))
    with torch.no_grad():
        plain_features = base.features((pixels.permute(0, 3, 1, 2) / 255 - mean) / std).numpy()
    np.testing.assert_allclose(ours, plain_features, rtol=1e-3, atol=1e-5)


def test_a_second_time_everything_is_reused_and_the_same(photos, cache):
    cold, counts, _, events = extract(photos, cache)
    assert counts == (24, 0)
    assert [type(event) for event in (events[0], events[-1])] == [Stage, FeaturesComputed]
    assert only(events, Progress)[-1].done == only(events, Progress)[-1].total == 24
    warm, counts, _, _ = extract(photos, cache)
    assert counts == (0, 24)
    assert np.array_equal(cold, warm)


def test_a_renamed_folder_and_renamed_photos_are_reused(photos, cache):
    cold = extract(photos, cache)[0]
    (photos / "cold").rename(photos / "sold")
    moved = photos.rename(photos.with_name("elsewhere"))
    warm, counts, _, _ = extract(moved, cache)
    assert counts == (0, 24)
    assert sorted(cold.sum(1).tolist()) == sorted(warm.sum(1).tolist())


def test_only_an_edited_photo_is_computed_again(photos, cache):
    extract(photos, cache)
    Image.new("RGB", (40, 40), "navy").save(photos / "cold" / "03.jpg")
    assert extract(photos, cache)[1] == (1, 23)


def test_copies_of_a_photo_are_computed_once_and_each_has_its_row(photos, cache):
    for number in range(6):  # photos are read while the first ones are computed, and later
        shutil.copy(photos / "cold" / f"0{number}.jpg", photos / "cold" / f"07 copy {number}.jpg")
        shutil.copy(photos / "cold" / f"0{number}.jpg", photos / "warm" / f"copy {number}.jpg")
    rows, counts, extraction, _ = extract(photos, cache)
    assert counts == (24, 12)
    by_path = {photo.path: row for photo, row in zip(extraction.dataset.photos, rows, strict=True)}
    assert len(by_path) == 36
    for number in range(6):
        for copy in (f"cold/07 copy {number}.jpg", f"warm/copy {number}.jpg"):
            assert np.array_equal(by_path[copy], by_path[f"cold/0{number}.jpg"])


def preprocessed(base: Backbone, **changes: object) -> Backbone:
    return replace(base, preprocess=replace(base.preprocess, **changes))


@pytest.mark.slow
@pytest.mark.parametrize(
    "other",
    [
        lambda base: replace(base, fingerprint="0" * 32),
        lambda base: preprocessed(base, mean=(0.4, 0.5, 0.5)),
        lambda base: preprocessed(base, crop="border"),
        lambda base: preprocessed(base, interpolation="nearest"),
    ],
    ids=["weights", "normalization", "crop", "interpolation"],
)
def test_rows_of_other_weights_or_preprocessing_are_never_used(photos, cache, other):
    base = load()
    extract(photos, cache, base)
    assert extract(photos, cache, other(base))[1] == (24, 0)
    assert extract(photos, cache, base)[1] == (0, 24)


def test_pixels_do_not_depend_on_the_weights(photos, cache):
    extract(photos, cache, load(), "pixels")
    assert extract(photos, cache, replace(load(), fingerprint="0" * 32), "pixels")[1] == (0, 24)
    assert extract(photos, cache)[1] == (24, 0), "features are in another store"


def test_an_interrupted_extraction_resumes_where_it_stopped(photos, cache):
    def stop() -> bool:
        return any(keys.stat().st_size for keys in cache.glob("*/*.keys"))

    dataset = listing(DatasetSpec(str(photos)))
    with pytest.raises(Interrupted):
        finish(features.extract(load(), dataset, "features", CPU, stop, cache))
    computed, reused = extract(photos, cache)[1]
    assert 0 < reused < 24
    assert computed == 24 - reused


def test_a_closed_extraction_leaves_no_thread_and_stores_its_rows(photos, cache):
    import threading

    (photos / "warm" / "11.jpg").write_bytes(b"no photo")  # its warning is a yield late in the extraction
    running = features.extract(load(), listing(DatasetSpec(str(photos))), "features", CPU, never, cache)
    while not isinstance(next(running), Warned):
        pass
    running.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photos")]
    assert extract(photos, cache)[1][1] > 0


def test_a_photo_that_cannot_be_read_is_left_out_with_a_warning(photos, cache):
    (photos / "cold" / "05.jpg").write_bytes(b"\xff\xd8\xff not a photo")
    rows, counts, extraction, events = extract(photos, cache)
    assert counts == (23, 0)
    assert len(rows) == len(extraction.dataset.photos) == len(extraction.digests) == 23
    assert [skipped.path for skipped in extraction.dataset.skipped] == ["cold/05.jpg"]
    assert "cold/05.jpg" in only(events, Warned)[0].title


def test_a_copy_of_a_photo_counts_as_reused(photos, cache):
    shutil.copy(photos / "cold" / "05.jpg", photos / "cold" / "copy.jpg")
    assert extract(photos, cache)[1] == (24, 1)
    assert extract(photos, cache)[1] == (0, 25)


def test_rows_are_in_the_order_of_the_photos(photos, cache):
    rows, _, extraction, _ = extract(photos, cache)
    one = photos.parent / "one"
    for photo in (extraction.dataset.photos[17], extraction.dataset.photos[2]):
        (one / photo.path).parent.mkdir(parents=True)
        shutil.copy(photos / photo.path, one / photo.path)
    again, counts, alone, _ = extract(one, cache)
    assert counts == (0, 2)
    by_path = {photo.path: row for photo, row in zip(extraction.dataset.photos, rows, strict=True)}
    assert all(np.array_equal(by_path[photo.path], row) for photo, row in zip(alone.dataset.photos, again, strict=True))


def test_the_cache_is_kept_within_its_limit(photos, cache, monkeypatch):
    extract(photos, cache, plain("resnet10t"))
    old = next(cache.iterdir())
    os.utime(old, (1e9, 1e9))
    monkeypatch.setenv("THAW_CACHE_GB", "0")
    extract(photos, cache)
    extract(photos, cache)
    assert not old.exists()
    assert len(list(cache.iterdir())) == 1


def test_a_full_disk_is_reported_and_the_extraction_resumes_when_there_is_space(photos, small_disk, cache):
    base, dataset, filler = load(), listing(DatasetSpec(str(photos))), small_disk / "filler"

    def fill_up() -> bool:
        """Fail as if another program had filled the disk after the first rows."""
        if not filler.exists() and any(keys.stat().st_size for keys in small_disk.glob("cache/*/*.keys")):
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        return False

    with pytest.raises(OSError, match="No space left") as full:
        finish(features.extract(base, dataset, "pixels", CPU, fill_up, small_disk / "cache"))
    shown = failure(full.value)
    assert shown.title == f"The disk is full: {next(small_disk.glob('cache/*'))}."
    assert "start again" in shown.hint
    filler.unlink()
    rows, (computed, reused), _, _ = extract(photos, small_disk / "cache", base, "pixels")
    assert (computed + reused, reused > 0, computed > 0) == (24, True, True)
    assert np.array_equal(rows, extract(photos, cache, base, "pixels")[0])


def test_only_a_damaged_row_is_computed_again(photos, cache):
    good = extract(photos, cache)[0]
    file = next(cache.glob("*/*.rows"))
    data = bytearray(file.read_bytes())
    data[7 * good[0].nbytes + 100] ^= 1
    file.write_bytes(data)
    again, counts, _, _ = extract(photos, cache)
    assert counts == (1, 23)
    assert np.array_equal(again, good)
    assert extract(photos, cache)[1] == (0, 24)


@pytest.mark.slow
def test_photos_that_need_more_than_the_limit_are_computed_with_a_warning(photos, cache, monkeypatch):
    monkeypatch.setenv("THAW_CACHE_GB", "0.00005")
    rows, counts, _, events = extract(photos, cache, load(LITE0))
    assert counts == (24, 0)
    assert "more than the cache limit of 0.1 MB" in only(events, Warned)[0].title
    assert extract(photos, cache, load(LITE0))[1] == (0, 24), (
        "what was used last stays until something else is computed"
    )
    assert len(rows) == 24


@pytest.mark.parametrize("whole", [True, False], ids=["the folder", "one class"])
def test_a_folder_that_vanishes_ends_the_extraction(photos: Path, tmp_path: Path, cache: Path, whole: bool) -> None:
    folder = tmp_path / "unplugged"
    shutil.copytree(photos, folder)
    dataset = listing(DatasetSpec(str(folder)))
    folder_gone = folder if whole else folder / dataset.photos[-1].path.split("/")[0]
    folder_gone.rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is gone: it was moved, deleted or unplugged") as raised:
        finish(features.extract(load(), dataset, "features", CPU, never, cache))
    assert str(folder_gone) in raised.value.title
    (tmp_path / "elsewhere").rename(folder_gone)
    assert len(finish(features.extract(load(), dataset, "features", CPU, never, cache))[1].rows) == len(dataset.photos)


def test_a_photo_that_vanishes_alone_is_left_out(photos: Path, tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(photos, folder)
    dataset = listing(DatasetSpec(str(folder)))
    (folder / dataset.photos[0].path).unlink()
    events, extraction = finish(features.extract(load(), dataset, "features", CPU, never, cache))
    assert len(extraction.rows) == len(dataset.photos) - 1
    assert dataset.photos[0].path in only(events, Warned)[0].title
