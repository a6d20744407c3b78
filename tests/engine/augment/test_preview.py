"""The preview shows the augmented pixels that a run trains on."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import only

from studio.data.images.preprocess import load
from studio.data.scan import listing
from studio.engine.augment.preview import VIEWS, preview
from studio.engine.augment.transforms import augment, key_of
from studio.events import AugmentedViews
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, PreprocessSpec, RunSpec, TrainSpec, UserError
from studio.spec.structs import replace

FRAMING = PreprocessSpec((32, 32), (36, 36))
STEPS = (AugmentStep("crop", 0.5, 1.0), AugmentStep("colour", 0.3, 1.0))


@pytest.fixture
def photo(photos):
    first = listing(DatasetSpec(str(photos))).photos[0]
    return str(photos / first.path), next(filter(None, load(photos, [first], FRAMING)))


@pytest.mark.parametrize(("head_epochs", "first"), [(0, 1), (3, 4)])
def test_the_pictures_are_those_of_the_first_epochs(photo, photos, head_epochs, first):
    path, loaded = photo
    spec = RunSpec(DatasetSpec(str(photos)), train=TrainSpec(seed=5, head_epochs=head_epochs))
    (shown,) = only(list(preview(path, FRAMING, replace(spec, augment=AugmentSpec(STEPS)))), AugmentedViews)
    assert shown.path == path
    assert shown.views.shape == (VIEWS, 32, 32, 3)
    np.testing.assert_array_equal(shown.framed, loaded.pixels)
    for number, view in enumerate(shown.views):
        key = key_of(5, first + number, loaded.digest)
        np.testing.assert_array_equal(view, augment(loaded.pixels, shown.spec, key))


def test_every_fixed_view_is_shown(photo, photos):
    path, loaded = photo
    spec = RunSpec(DatasetSpec(str(photos)), augment=AugmentSpec(STEPS, 2))
    (shown,) = only(list(preview(path, FRAMING, spec)), AugmentedViews)
    assert len(shown.views) == 2
    np.testing.assert_array_equal(shown.views[1], augment(loaded.pixels, spec.augment, key_of(7, 1, loaded.digest)))


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    with pytest.raises(UserError, match=r"broken\.jpg"):
        list(preview(str(broken), FRAMING, RunSpec(DatasetSpec(""), augment=AugmentSpec(STEPS))))
