"""The effect of each kind of augmentation, which its key alone determines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from studio.engine.augment import policies, transforms
from studio.engine.augment.transforms import augment, augment_all, key_of
from studio.planning.augmentation import MIN_CROP
from studio.spec import AugmentKind, AugmentSpec, AugmentStep

KINDS = get_args(AugmentKind)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photo of 40 x 56 pixels: a smooth, colorful, asymmetric scene with some noise."""
    down, across = np.mgrid[0:40, 0:56]
    scene = np.stack([across * 4, down * 5, (across + down) * 2], axis=2) + np.random.default_rng(3).integers(
        0, 30, (40, 56, 3)
    )
    return scene.clip(0, 255).astype(np.uint8)


def steps(*kinds: AugmentKind, amount: float = 0.5, probability: float = 1.0) -> AugmentSpec:
    return AugmentSpec(tuple(AugmentStep(kind, amount, probability) for kind in kinds))


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_follows_from_the_key_alone_and_has_the_same_shape(photo, kind):
    spec = steps(kind)
    before = photo.copy()
    first = [augment(photo, spec, key) for key in range(8)]
    assert all(view.shape == photo.shape and view.dtype == np.uint8 for view in first)
    torch.manual_seed(5)
    np.random.seed(5)  # global generators must have no influence
    again = [augment(photo, spec, key) for key in reversed(range(8))][::-1]
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    np.testing.assert_array_equal(photo, before)
    if "flip" not in kind:
        assert len({view.tobytes() for view in first}) > 4


def test_threads_give_the_same_pixels(photo):
    spec = steps(*KINDS)
    alone = [augment(photo, spec, key) for key in range(24)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(partial(augment, photo, spec), range(24)))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))
    batch = augment_all(np.stack([photo] * 24), spec, range(24))
    np.testing.assert_array_equal(batch, np.stack(alone))


def test_random_numbers_of_training_are_untouched(photo):
    torch.manual_seed(1)
    state = torch.get_rng_state()
    augment(photo, steps(*KINDS), 4)
    assert torch.equal(torch.get_rng_state(), state)


def test_flips_are_exact(photo):
    np.testing.assert_array_equal(augment(photo, steps("flip"), 1), np.fliplr(photo))
    np.testing.assert_array_equal(augment(photo, steps("vertical_flip"), 1), np.flipud(photo))
    np.testing.assert_array_equal(augment(photo, steps("flip", "flip"), 1), photo)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_with_probability_0_is_never_applied(photo, kind):
    for key in range(20):
        np.testing.assert_array_equal(augment(photo, steps(kind, probability=0.0), key), photo)


def test_the_probability_is_the_share_of_changed_photos(photo):
    spec = steps("flip", probability=0.25)
    flipped = sum(not np.array_equal(augment(photo, spec, key), photo) for key in range(400))
    assert 60 < flipped < 140  # 100 ± 4.6 deviations


def test_steps_are_applied_in_their_order(photo):
    one, other = augment(photo, steps("rotation", "crop"), 3), augment(photo, steps("crop", "rotation"), 3)
    assert not np.array_equal(one, other)


def test_a_later_step_leaves_the_draws_of_earlier_ones_alone(photo):
    np.testing.assert_array_equal(
        augment(photo, steps("rotation", "flip"), 3), np.fliplr(augment(photo, steps("rotation"), 3))
    )


@pytest.mark.parametrize("amount", [0.0, 0.3, 1.0])
def test_a_crop_keeps_at_least_its_share_of_the_area(monkeypatch, photo, amount):
    boxes = []

    def watched(image, top, left, height, width, size, *_, **__):
        boxes.append((left, top, width, height))
        return image

    monkeypatch.setattr(transforms.functional, "resized_crop", watched)
    for key in range(200):
        augment(photo, steps("crop", amount=amount), key)
    high, wide = photo.shape[:2]
    least = max(MIN_CROP, 1 - amount)
    for left, top, width, height in boxes:
        assert left >= 0
        assert top >= 0
        assert left + width <= wide
        assert top + height <= high
        assert width * height >= least * wide * high - 1e-6
        assert 0.6 < (width / wide) / (height / high) < 1.6
    areas = [width * height / (wide * high) for _, _, width, height in boxes]
    assert min(areas) < least + 0.1
    assert max(areas) > 0.95


def test_a_crop_of_the_whole_photo_and_a_rotation_by_0_change_nothing(photo):
    np.testing.assert_array_equal(augment(photo, steps("crop", "rotation", amount=0.0), 1), photo)


def test_a_rotation_turns_by_up_to_the_chosen_angle(monkeypatch, photo):
    turns = []

    def rotate(image, degrees, *_, **__):
        turns.append(degrees)
        return image

    monkeypatch.setattr(transforms.functional, "rotate", rotate)
    for key in range(200):
        augment(photo, steps("rotation", amount=0.2), key)
    assert all(-18 <= turn <= 18 for turn in turns)
    assert min(turns) < -14
    assert max(turns) > 14


def test_a_rotated_photo_is_filled_with_the_mean_color(photo):
    turned = next(
        view for view in (augment(photo, steps("rotation", amount=1.0), key) for key in range(50)) if _corner(view)
    )
    assert _corner(turned)


def test_colors_change_within_their_bounds():
    gray = np.full((16, 16, 3), 100, np.uint8)  # contrast, saturation and hue do not change a gray photo
    means = [augment(gray, steps("colour", amount=0.2), key).mean() for key in range(200)]
    assert 79 <= min(means) < 86
    assert 114 < max(means) <= 121
    np.testing.assert_array_equal(augment(gray, steps("colour", amount=0.0), 1), gray)


def test_color_changes_move_no_pixels(photo):
    """Check that color changes do not move anything: the brightness along the photo still correlates."""
    for key in range(10):
        view = augment(photo, steps("colour", amount=0.3), key).mean(axis=(0, 2))
        assert np.corrcoef(view, photo.mean(axis=(0, 2)))[0, 1] > 0.9


@pytest.mark.parametrize("operation", policies.OPERATIONS)
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_each_operation_equals_that_of_torchvision(photo, operation, share):
    image, place = Image.fromarray(photo), round(share * 30)
    for theirs, ours in (
        (v2.TrivialAugmentWide, policies.trivial_magnitude(operation, share)),
        (v2.RandAugment, policies.rand_magnitude(operation, share, image.size)),
    ):
        policy = theirs(interpolation=v2.InterpolationMode.BILINEAR, fill=policies.FILL)
        table, signed = policy._AUGMENTATION_SPACE[operation]
        magnitudes = table(31, photo.shape[0], photo.shape[1])
        magnitude = 0.0 if magnitudes is None else float(magnitudes[place])
        if magnitudes is not None:
            assert ours == pytest.approx(magnitude, rel=1e-5)
        assert signed == (operation not in policies.UNSIGNED)
        expected = policy._apply_image_or_video_transform(
            image, operation, magnitude, policy.interpolation, policy._fill
        )
        np.testing.assert_array_equal(
            np.asarray(policies.apply(image, operation, magnitude)), np.asarray(expected), operation
        )
    assert set(policies.OPERATIONS) == set(v2.TrivialAugmentWide._AUGMENTATION_SPACE)


def test_random_keys_are_distinct_and_reproducible():
    assert key_of(7, 1, b"photo") == 8279692772455757672
    keys = {key_of(seed, epoch, digest) for seed in (0, 7) for epoch in (1, 2) for digest in (b"a", b"b")}
    assert len(keys) == 8
    assert all(0 <= key < 2**63 for key in keys)
    assert key_of(2**63 - 1, 0, b"x" * 16) >= 0


def _corner(view: np.ndarray) -> bool:
    return view[0, 0].tolist() == policies.FILL
