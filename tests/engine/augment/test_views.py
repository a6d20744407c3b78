"""Fixed views of training photos: the content of their rows, which are computed once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import finish, load, only

from studio.data.images import preprocess
from studio.data.scan import listing
from studio.engine.augment import transforms, views
from studio.engine.extraction import extract
from studio.engine.extraction.extract import CutPoint
from studio.engine.network import splitting
from studio.events import Dataset, Stage, ViewsComputed
from studio.jobs.protocol import Interrupted, never
from studio.planning.freezing import frozen_leaves
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, FreezePlan, UserError
from studio.spec.structs import replace

CPU = torch.device("cpu")
FLIP = AugmentSpec((AugmentStep("flip", probability=1.0),), views=1)
TURNED = AugmentSpec((AugmentStep("rotation", 0.3, 1.0), AugmentStep("colour", 0.3, 0.5)), views=3)


@pytest.fixture(scope="module")
def base():
    return load()


@pytest.fixture
def dataset(photos) -> Dataset:
    return listing(DatasetSpec(str(photos)))


def compute_views(
    base, dataset, spec: AugmentSpec, cache: Path, point: CutPoint = "features", seed: int = 7, stop=never
):
    events, rows = finish(views.extract(base, dataset, point, spec, seed, CPU, stop, cache))
    counts = only(events, ViewsComputed)[0]
    return rows.take(np.arange(len(rows))), (counts.computed, counts.reused), events


def framed(base, dataset) -> tuple[np.ndarray, list[bytes]]:
    training = [photo for photo in dataset.photos if photo.split == "train"]
    loaded = list(preprocess.load(dataset.folder, training, base.preprocess))
    return np.stack([one.pixels for one in loaded]), [one.digest for one in loaded]


@pytest.mark.slow
def test_a_cached_flip_equals_the_flip_computed_live(base, dataset, tmp_path):
    rows, counts, events = compute_views(base, dataset, FLIP, tmp_path / "cache")
    pixels, _ = framed(base, dataset)
    live = extract.forward(extract.make_runtime(base, "features", CPU), pixels[:, :, ::-1])
    np.testing.assert_allclose(rows, live, rtol=1e-3, atol=1e-5)
    assert counts == (len(pixels), 0)
    assert isinstance(events[0], Stage)
    assert compute_views(base, dataset, FLIP, tmp_path / "cache")[1] == (0, len(pixels))


def test_a_cached_flip_after_a_cut_equals_the_flip_computed_live(base, dataset, tmp_path):
    frozen = frozen_leaves(FreezePlan(thaw=("blocks.6",)), base.table.layers)
    point = splitting.find(base.network, base.table, frozen, base.info.input_size[0], 2**20)
    rows, _, _ = compute_views(base, dataset, FLIP, tmp_path / "cache", point)
    flipped = framed(base, dataset)[0][:, :, ::-1]
    live = extract.forward(extract.make_runtime(base, point, CPU), flipped)
    np.testing.assert_allclose(rows, live, rtol=1e-3, atol=1e-4)


def test_view_v_of_the_photo_at_i_is_row_i_times_n_plus_v(base, dataset, tmp_path):
    rows, counts, _ = compute_views(base, dataset, TURNED, tmp_path / "cache", "pixels")
    pixels, digests = framed(base, dataset)
    assert counts == (3 * len(pixels), 0)
    expected = [
        transforms.augment(photo, TURNED, transforms.key_of(7, view, digest))
        for photo, digest in zip(pixels, digests, strict=True)
        for view in range(3)
    ]
    np.testing.assert_array_equal(rows, np.stack(expected))
    assert len({row.tobytes() for row in rows[:3]}) == 3


def test_cached_views_are_used_only_for_the_same_augmentation(base, dataset, tmp_path):
    cache = tmp_path / "cache"
    each = sum(photo.split == "train" for photo in dataset.photos)
    compute_views(base, dataset, TURNED, cache, "pixels")
    assert compute_views(base, dataset, replace(TURNED, views=4), cache, "pixels")[1] == (each, 3 * each), "one more"
    assert compute_views(base, dataset, TURNED, cache, "pixels", seed=8)[1] == (3 * each, 0), "another seed"
    turned = replace(TURNED, steps=TURNED.steps[::-1])
    assert compute_views(base, dataset, turned, cache, "pixels")[1] == (3 * each, 0), "another order"
    compute_views(base, dataset, FLIP, cache, "pixels")
    assert compute_views(base, dataset, FLIP, cache, "pixels", seed=8)[1] == (0, each), (
        "a certain flip does not depend on the seed"
    )


def test_computing_views_does_not_change_the_rows_of_the_photos(base, dataset, tmp_path):
    cache = tmp_path / "cache"
    compute_views(base, dataset, FLIP, cache)
    _, extraction = finish(extract.extract(base, dataset, "features", CPU, never, cache))
    own = extraction.rows.take(np.arange(len(extraction.rows)))
    _, alone = finish(extract.extract(base, dataset, "features", CPU, never, tmp_path / "other"))
    np.testing.assert_allclose(own, alone.rows.take(np.arange(len(alone.rows))), rtol=1e-3, atol=1e-5)


def test_an_interrupted_extraction_of_views_resumes_where_it_stopped(base, dataset, tmp_path):
    asked = []

    def stop() -> bool:
        asked.append(0)
        return len(asked) > 30

    with pytest.raises(Interrupted):
        compute_views(base, dataset, TURNED, tmp_path / "cache", "pixels", stop=stop)
    computed, reused = compute_views(base, dataset, TURNED, tmp_path / "cache", "pixels")[1]
    assert reused >= 16
    assert computed + reused == 3 * len(framed(base, dataset)[0])


def test_a_photo_that_was_deleted_is_named(base, dataset, tmp_path):
    gone = next(photo for photo in dataset.photos if photo.split == "train")
    Path(dataset.folder, gone.path).unlink()
    with pytest.raises(UserError, match=gone.path):
        compute_views(base, dataset, FLIP, tmp_path / "cache")
