"""Crop policies: equal to the transforms of Pillow and torchvision, and measured as they are applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from studio.catalog import catalog
from studio.data.checks import sizes
from studio.data.images import framing, preprocess
from studio.events import Photo
from studio.spec import BackboneSpec, PreprocessSpec
from studio.spec.structs import replace

POLICIES = ("center", "squash", "fit")
SIZES = [(500, 375), (375, 500), (64, 64), (31, 47), (1000, 1), (1, 1000), (224, 224), (3, 5), (333, 40)]
SMALL = BackboneSpec("resnet18", image_size=64)


def steps_of(policy: str, border: str = "mean", backbone: BackboneSpec = SMALL) -> PreprocessSpec:
    return catalog.preprocess_for(replace(backbone, crop=policy, border=border))


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def by_pillow(image: Image.Image, policy: str, border: tuple[int, int, int]) -> np.ndarray:
    """The policy at 64 × 64 with Pillow's own functions; the center as torchvision's `Resize` and `CenterCrop`."""
    if policy == "squash":
        return np.asarray(image.resize((64, 64), Image.Resampling.BILINEAR))
    if policy == "fit":
        inside = ImageOps.contain(image, (64, 64), Image.Resampling.BILINEAR)
        canvas = Image.new("RGB", (64, 64), border)
        canvas.paste(inside, ((64 - inside.width) // 2, (64 - inside.height) // 2))
        return np.asarray(canvas)
    short = catalog.preprocess_for(SMALL).resize[0]
    wide = image.width > image.height
    across, down = (int(short * image.width / image.height), short) if wide else (
        short, int(short * image.height / image.width)
    )  # fmt: skip
    left, top = round((across - 64) / 2), round((down - 64) / 2)
    whole = image.resize((across, down), Image.Resampling.BILINEAR)
    return np.asarray(whole.crop((left, top, left + 64, top + 64)))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_pillows_resize(policy: str) -> None:
    for size in SIZES:
        if policy == "fit" and 1 in size:
            continue  # Pillow refuses a height of 0 pixels
        if policy == "center" and size[0] == 1000:
            continue  # as (1, 1000), and the whole photo is resized here to millions of pixels
        image = noise(*size)
        expected = by_pillow(image, policy, (124, 116, 104)).astype(int)
        assert abs(preprocess.frame(image, steps_of(policy)).astype(int) - expected).max() <= 1, size


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["squash", "fit"])
def test_a_policy_is_torchvisions_transform(policy: str) -> None:
    operations = pytest.importorskip("studio.engine.augment.operations")  # torchvision's own, without its compiler
    functional, bilinear = operations.functional, operations.InterpolationMode.BILINEAR
    for size in SIZES:
        image = noise(*size)
        steps = steps_of(policy, "white")
        if policy == "squash":
            expected = functional.resize(image, [64, 64], bilinear)
        else:
            across, down = framing.inside_size(size, steps)
            left, top = (64 - across) // 2, (64 - down) // 2
            inside = functional.resize(image, [down, across], bilinear)
            expected = functional.pad(inside, [left, top, 64 - across - left, 64 - down - top], fill=[255, 255, 255])
        assert (preprocess.frame(image, steps) == np.asarray(expected)).all(), size


def test_the_border_has_its_color() -> None:
    image = Image.new("RGB", (100, 50), (255, 0, 0))
    for border, color in (("mean", (124, 116, 104)), ("black", (0, 0, 0)), ("white", (255, 255, 255))):
        steps = steps_of("fit", border)
        assert steps.border_color == color
        framed = preprocess.frame(image, steps)
        assert (framed[:16] == color).all()
        assert (framed[16:48] == (255, 0, 0)).all()
        words = " ".join(preprocess.describe(steps))
        assert (border if border != "mean" else "the mean color, RGB 124 116 104") in words


def test_the_policy_of_the_weights_stays_as_it_is() -> None:
    for name in ("tf_efficientnet_lite0", "dm_nfnet_f0", "deepseek_vit_412m"):
        own = catalog.find(name).preprocess
        assert catalog.preprocess_for(BackboneSpec(name)) is own
        policy = catalog.policy_of(own)
        if own.resize == own.size or policy == "center":
            assert steps_of(policy, backbone=BackboneSpec(name)) == own
        for other in POLICIES:
            assert catalog.policy_of(steps_of(other, backbone=BackboneSpec(name))) == other


@pytest.mark.parametrize("policy", POLICIES)
def test_rotated_gray_and_narrow_photos_are_framed(policy: str, tmp_path: Path) -> None:
    turned = noise(80, 60)
    exif = Image.Exif()
    exif[274] = 6  # turn by 90° clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    gray = noise(70, 50).convert("L")
    gray.save(tmp_path / "gray.png")
    noise(300, 1).save(tmp_path / "line.png")
    names = ["turned.png", "gray.png", "line.png"]
    loading = preprocess.load(tmp_path, [Photo(name, 0, "train") for name in names], steps_of(policy), workers=1)
    loaded = [one.pixels for one in loading if one is not None]
    upright = turned.transpose(Image.Transpose.ROTATE_270)
    for pixels, image in zip(loaded, (upright, gray.convert("RGB"), noise(300, 1)), strict=True):
        assert pixels is not None
        assert pixels.shape == (64, 64, 3)
        assert (pixels == preprocess.frame(image, steps_of(policy))).all()


def test_the_crop_box_is_the_part_that_the_network_sees() -> None:
    left, top, wide, high = framing.crop_box((800, 600), PreprocessSpec((224, 224), (256, 256))) or (0, 0, 0, 0)
    assert high == pytest.approx(224 / 256)
    assert wide * 800 == pytest.approx(high * 600, abs=2)
    assert (left, top) == (pytest.approx((1 - wide) / 2, abs=0.01), pytest.approx((1 - high) / 2))
    for policy in ("squash", "fit"):
        assert framing.crop_box((800, 600), steps_of(policy)) is None


@pytest.mark.parametrize("size", SIZES)
def test_the_share_cut_away_is_measured_on_the_picture(size: tuple[int, int]) -> None:
    table = np.array([size])
    center = framing.fit(table, steps_of("center"))
    box = framing.crop_box(size, steps_of("center")) or (0.0, 0.0, 1.0, 1.0)
    assert center.cut[0] == pytest.approx(1 - box[2] * box[3], abs=0.02)
    assert (center.border[0], center.stretch[0]) == (0, 1)
    squash = framing.fit(table, steps_of("squash"))
    assert (squash.cut[0], squash.border[0]) == (0, 0)
    assert squash.stretch[0] == pytest.approx(max(size) / min(size))
    fitted = framing.fit(table, steps_of("fit"))
    white = preprocess.frame(Image.new("RGB", size, (0, 0, 0)), steps_of("fit", "white"))
    assert fitted.border[0] == pytest.approx((white == 255).mean(), abs=0.02)
    assert (fitted.cut[0], fitted.stretch[0]) == (0, 1)


def test_a_folder_is_measured_by_the_shapes_of_its_photos() -> None:
    photos = [(600, 400)] * 3 + [(1200, 800), (1199, 800), (400, 600), (1000, 1)]
    shapes = framing.shapes(photos)
    assert shapes == ((400, 600, 1), (600, 400, 5), (1000, 1, 1))
    cut, border, stretch = framing.of_photos(shapes, steps_of("squash"))
    assert (cut.most, border.most) == (0, 0)
    assert (stretch.median, stretch.most) == (pytest.approx(1.5), pytest.approx(1000))
    many = framing.shapes((100 + number % 997, 100 + number % 991) for number in range(3_000))
    assert sum(count for *_, count in many) == 3_000
    assert len(many) < 1_200


def test_the_data_check_says_the_share_that_the_crop_cuts_away() -> None:
    for size in ((400, 200), (46, 282), (1000, 1)):
        box = framing.crop_box(size, PreprocessSpec()) or (0.0, 0.0, 1.0, 1.0)
        assert sizes.cut_away(*size) == pytest.approx(1 - box[2] * box[3], abs=0.01)


@pytest.mark.parametrize(
    ("whole", "crop", "part"),
    [
        (3, 8, (0, 3, 2)),
        (7, 8, (0, 7, 0)),
        (8, 8, (0, 8, 0)),
        (9, 8, (0, 8, 0)),
        (11, 8, (2, 10, 0)),
        (20, 8, (6, 14, 0)),
    ],
)
def test_the_middle_of_an_axis_is_kept_and_a_short_one_is_centered(
    whole: int, crop: int, part: tuple[int, ...]
) -> None:
    assert framing.crop_part(whole, crop) == part


def steps(crop: str, size: tuple[int, int] = (64, 64), resize: tuple[int, int] = (64, 64)) -> PreprocessSpec:
    return PreprocessSpec(size=size, resize=resize, crop=crop)


def test_sizes_after_the_resize_are_those_of_the_policy() -> None:
    assert framing.whole_size((200, 100), steps("center")) == (128, 64)
    assert framing.whole_size((100, 201), steps("center")) == (64, 128)
    assert framing.whole_size((100, 100), steps("center")) == (64, 64)
    assert framing.whole_size((200, 100), steps("squash", resize=(32, 48))) == (48, 32)
    assert framing.inside_size((200, 100), steps("border")) == (64, 32)
    assert framing.inside_size((100, 400), steps("border", size=(48, 64))) == (12, 48)
    assert framing.inside_size((1000, 1), steps("border")) == (64, 1)
    assert framing.inside_size((1, 1000), steps("border")) == (1, 64)


def test_the_crop_box_is_none_where_the_whole_photo_is_seen() -> None:
    assert framing.crop_box((100, 100), steps("center")) is None
    assert framing.crop_box((200, 100), steps("center")) == (0.25, 0, 0.5, 1)
    assert framing.crop_box((100, 200), steps("center")) == (0, 0.25, 1, 0.5)
    assert framing.crop_box((100, 100), steps("center", resize=(80, 80))) == (0.1, 0.1, 0.8, 0.8)
    assert framing.crop_box((100, 200), steps("squash")) is None
    assert framing.crop_box((100, 200), steps("border")) is None
    assert framing.crop_box((100, 100), steps("center", size=(96, 96))) is None


@pytest.mark.parametrize(
    ("crop", "expected"),
    [
        ("center", ([0, 0.5, 0.5, 0], [0, 0, 0, 0], [1, 1, 1, 1])),
        ("border", ([0, 0, 0, 0], [0, 0.5, 0.5, 0], [1, 1, 1, 1])),
        ("squash", ([0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 2, 1])),
    ],
)
def test_effects_of_the_policies_on_square_wide_high_and_empty_photos(crop: str, expected: Any) -> None:
    found = framing.fit(np.array([[100, 100], [200, 100], [100, 200], [0, 0]]), steps(crop))
    for values, numbers in zip(found, expected, strict=True):
        assert values.tolist() == pytest.approx(numbers)


def test_photos_whose_shapes_differ_by_less_than_half_a_percent_count_as_one() -> None:
    sizes = [(1000, 1001), (500, 500), (1000, 1003), (300, 100), (0, 7)]
    assert framing.shapes(sizes) == ((0, 7, 1), (1000, 1003, 1), (1000, 1001, 2), (300, 100, 1))
    cut, border, stretch = framing.of_photos([(200, 100, 1), (100, 100, 2)], steps("center"))
    assert (cut, border, stretch) == ((0.0, 0.5), (0.0, 0.0), (1.0, 1.0))


def test_a_squashed_photo_is_measured_by_height_and_width() -> None:
    sizes = np.array([[32, 16], [16, 16], [16, 32]])
    found = framing.fit(sizes, steps("squash", (16, 32), (16, 32)))
    assert [values.tolist() for values in found] == [[0, 0, 0], [0, 0, 0], [1, 2, 4]]
    found = framing.fit(sizes, steps("squash", (16, 32), (20, 64)))
    assert found.cut.tolist() == pytest.approx([1 - 0.8 * 0.5] * 3)
    assert framing.fit(sizes, steps("squash", (32, 32), (16, 32))).border.tolist() == [0.5] * 3


def test_tiny_photos_have_the_shapes_of_large_ones() -> None:
    assert framing.shapes([(1, 1), (5, 5), (0, 0)]) == ((1, 1, 3),)
    assert framing.shapes([(2, 1), (200, 100), (1, 2)]) == ((1, 2, 1), (2, 1, 2))


def test_the_first_number_of_a_resize_is_the_shorter_side_before_a_center_crop() -> None:
    rule = steps("center", (16, 16), (32, 48))
    assert framing.whole_size((200, 100), rule) == (64, 32)
    assert framing.whole_size((100, 200), rule) == (32, 64)
    found = framing.fit(np.array([[100, 100], [200, 100]]), rule)
    assert found.cut.tolist() == [1 - 16 / 32 * 16 / 32, 1 - 16 / 64 * 16 / 32]
