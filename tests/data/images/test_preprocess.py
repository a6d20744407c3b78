from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.data.bit_depth.reading import Reading
from studio.data.images import decode, preprocess
from studio.data.images.preprocess import LoadedPhoto
from studio.events import Photo, Preview
from studio.spec import PreprocessSpec, UserError
from studio.spec.structs import replace

Build = Callable[..., Path]


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


SIZES = [(500, 375), (375, 500), (257, 1001), (64, 64), (31, 47), (224, 224), (256, 255), (3, 5), (333, 40)]


@pytest.mark.slow
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "nearest"])
@pytest.mark.parametrize(("crop", "resize"), [((224, 224), 256), ((224, 224), 224), ((97, 120), 111), ((60, 50), 41)])
def test_center_is_torchvisions_resize_and_crop(interpolation: str, crop: tuple[int, int], resize: int) -> None:
    transforms = pytest.importorskip("torchvision.transforms")
    spec = PreprocessSpec(crop, (resize, resize), "center", interpolation)
    theirs = transforms.Compose(
        [transforms.Resize(resize, transforms.InterpolationMode(interpolation)), transforms.CenterCrop(crop)]
    )
    for size in SIZES:
        image = noise(*size)
        expected = np.asarray(theirs(image)).astype(int)
        result = preprocess.frame(image, spec).astype(int)
        assert result.shape == expected.shape
        assert abs(result - expected).max() <= 1, size


def test_squash_shows_everything_and_border_keeps_the_aspect() -> None:
    image = Image.new("RGB", (100, 50), (255, 0, 0))
    spec = PreprocessSpec((40, 40), mean=(0.5, 0.25, 1.0))
    squashed = preprocess.frame(image, replace(spec, crop="squash"))
    assert (squashed == (255, 0, 0)).all()
    bordered = preprocess.frame(image, replace(spec, crop="border"))
    assert bordered.shape == (40, 40, 3)
    assert (bordered[10:30] == (255, 0, 0)).all()
    assert (bordered[:10] == (128, 64, 255)).all()
    assert (bordered[30:] == (128, 64, 255)).all()


def test_heights_come_before_widths() -> None:
    for crop in ("center", "squash", "border"):
        spec = PreprocessSpec((20, 30), (40, 40), crop)
        assert preprocess.frame(noise(90, 80), spec).shape == (20, 30, 3)


def test_an_unknown_interpolation_is_a_user_error() -> None:
    with pytest.raises(UserError, match="hamming"):
        preprocess.frame(noise(9, 9), PreprocessSpec(interpolation="hamming"))


def test_normalization_equals_its_formula() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    spec = PreprocessSpec()
    expected = ((pixels / 255.0 - np.array(spec.mean)) / np.array(spec.std)).transpose(0, 3, 1, 2)
    result = preprocess.normalize(pixels, spec)
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_the_description_names_sizes_statistics_and_crop_policy() -> None:
    words = " ".join(preprocess.describe(PreprocessSpec((224, 192), (236, 236))))
    for number in ("236", "192 × 224", "0.485", "0.229", "bicubic"):
        assert number in words
    assert "mean color" in " ".join(preprocess.describe(PreprocessSpec(crop="border")))
    assert "whatever the aspect ratio" in " ".join(preprocess.describe(PreprocessSpec(crop="squash")))


def test_the_preview_of_a_photo_has_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    noise(2048, 100).save(path)
    (shown,) = preprocess.preview(str(path), PreprocessSpec())
    assert isinstance(shown, Preview)
    assert shown.disk_size == (2048, 100)
    assert shown.on_disk.shape == (50, 1024, 3)
    assert shown.framed.shape == shown.network_input.shape == (224, 224, 3)
    numbers = preprocess.normalize(shown.framed[None], shown.spec)
    assert (shown.lowest, shown.highest) == (float(numbers.min()), float(numbers.max()))
    assert (shown.network_input.min(), shown.network_input.max()) == (0, 255)
    assert "2048 × 100" in shown.steps[0]


def test_preview_of_a_flat_and_of_a_broken_photo(tmp_path: Path) -> None:
    path = tmp_path / "flat.png"
    Image.new("RGB", (9, 9), (124, 116, 104)).save(path)
    (shown,) = preprocess.preview(str(path), PreprocessSpec(mean=(0, 0, 0), std=(1, 1, 1)))
    assert isinstance(shown, Preview)
    assert (shown.network_input[..., 0] == 255).all()
    assert (shown.network_input[..., 2] == 0).all()
    path.write_text("hello")
    with pytest.raises(UserError, match="not an image") as caught:
        list(preprocess.preview(str(path), PreprocessSpec()))
    assert str(path) in caught.value.title


# ------------------------------------------------------------------------------------------------- loading

SMALL = PreprocessSpec((8, 8), (8, 8))


def photos(count: int) -> list[Photo]:
    return [Photo(f"a/{number}.png", 0, "train") for number in range(count)]


def test_load_keeps_the_order_and_reports_unreadable_photos(build: Build) -> None:
    root = build(*(photo.path for photo in photos(30)))
    (root / "a/7.png").write_bytes(b"")
    (root / "a/8.png").write_text("hello")
    (root / "a/9.png").unlink()
    loaded = [one for one in preprocess.load(root, photos(30), SMALL, workers=4) if one]
    assert [item.index for item in loaded] == list(range(30))
    for item in loaded:
        if item.index in (7, 8, 9):
            assert item.pixels is None
            continue
        assert item.pixels is not None
        assert item.reason == ""
        assert (item.pixels == (item.index, 90, 20)).all()
        data = (root / f"a/{item.index}.png").read_bytes()
        assert item.digest == hashlib.blake2b(data, digest_size=16).digest()
    assert [loaded[index].reason for index in (7, 8)] == ["empty file", "a text, not an image"]
    assert loaded[9].digest == loaded[7].digest == b""
    assert len(loaded[8].digest) == 16


def test_photos_that_are_not_needed_are_not_decoded(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build(*(photo.path for photo in photos(4)))
    known = {hashlib.blake2b((root / "a/2.png").read_bytes(), digest_size=16).digest()}
    decoded: list[bytes] = []
    real = decode.from_bytes

    def counted(data: bytes, reading: Reading) -> Image.Image:
        decoded.append(data)
        return real(data, reading)

    monkeypatch.setattr(decode, "from_bytes", counted)
    loading = preprocess.load(root, photos(4), SMALL, needed=lambda digest: digest not in known)
    loaded = [one for one in loading if one]
    assert [item.pixels is None for item in loaded] == [False, False, True, False]
    assert loaded[2] == LoadedPhoto(2, known.pop(), None, "")
    assert len(decoded) == 3


def test_load_stays_only_a_little_ahead_and_stops(build: Build) -> None:
    root = build("a/0.png")
    count = 0

    def endless() -> Iterator[Photo]:
        nonlocal count
        while True:
            count += 1
            yield Photo("a/0.png", 0, "train")

    stream = preprocess.load(root, endless(), SMALL, workers=2)
    came = 0
    while came < 50:
        came += next(stream) is not None
    assert 50 < count <= 60
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photos")]


def test_pixels_are_scaled_to_mean_and_deviation_of_each_channel() -> None:
    spec = PreprocessSpec(size=(1, 2), mean=(0.5, 0.0, 0.25), std=(0.25, 1.0, 0.5))
    pixels = np.array([[[[0, 0, 0], [255, 255, 255]]]], np.uint8)
    found = preprocess.normalize(pixels, spec)
    assert found.shape == (1, 3, 1, 2)
    assert found.ravel().tolist() == pytest.approx([-2, 2, 0, 1, -0.5, 1.5])


@pytest.mark.parametrize(
    ("crop", "resize", "steps"),
    [
        (
            "center",
            (64, 64),
            ["Resize so that the shorter side is 64 pixels (bilinear).", "Center crop of 48 × 32 pixels."],
        ),
        (
            "squash",
            (64, 80),
            ["Resize to 80 × 64 pixels, whatever the aspect ratio (bilinear).", "Center crop of 48 × 32 pixels."],
        ),
        ("squash", (32, 48), ["Resize to 48 × 32 pixels, whatever the aspect ratio (bilinear)."]),
        (
            "border",
            (64, 64),
            ["Resize to fit into 48 × 32 pixels, aspect ratio kept (bilinear).", "Fill the rest with black."],
        ),
    ],
)
def test_the_steps_of_every_policy_are_described(crop: str, resize: tuple[int, int], steps: list[str]) -> None:
    spec = PreprocessSpec(size=(32, 48), resize=resize, crop=crop, fill=(0, 0, 0), interpolation="bilinear")
    assert list(preprocess.describe(spec))[:-1] == steps


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_resizing_only_the_center_equals_resizing_the_whole_photo(interpolation: str) -> None:
    image = Image.fromarray(np.random.default_rng(2).integers(0, 256, (30, 47, 3), dtype=np.uint8))
    spec = PreprocessSpec(size=(16, 12), resize=(20, 20), crop="center", interpolation=interpolation)
    way = {
        "nearest": Image.Resampling.NEAREST,
        "bilinear": Image.Resampling.BILINEAR,
        "bicubic": Image.Resampling.BICUBIC,
    }
    whole = np.asarray(image.resize((31, 20), way[interpolation])).astype(int)
    found = preprocess.frame(image, spec).astype(int)
    assert found.shape == (16, 12, 3)
    assert np.abs(found - whole[2:18, 10:22]).max() <= (0 if interpolation == "nearest" else 3)


def test_a_crop_larger_than_the_photo_has_a_black_rest_around() -> None:
    spec = PreprocessSpec(size=(6, 8), resize=(4, 4), crop="center")
    found = preprocess.frame(Image.new("RGB", (10, 10), "white"), spec)[..., 0]
    assert found.shape == (6, 8)
    assert (found[1:5, 2:6] == 255).all()
    assert found.sum() == 16 * 255


def test_a_border_is_on_both_sides() -> None:
    spec = PreprocessSpec(size=(6, 8), resize=(6, 6), crop="border", fill=(7, 7, 7))
    found = preprocess.frame(Image.new("RGB", (10, 10), "white"), spec)[..., 0]
    assert (found[:, 1:7] == 255).all()
    assert (found[:, [0, 7]] == 7).all()


def test_one_photo_is_loaded_or_has_a_reason(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "white").save(tmp_path / "1.png")
    spec = PreprocessSpec(size=(4, 6), resize=(8, 8), crop="center")
    for name, loaded in (("1.png", True), ("2.png", False)):
        steps = preprocess.load_one(tmp_path / name, spec)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                photo = end.value
                break
        assert photo.index == 0
        assert (photo.reason == "") is loaded
        assert (photo.pixels is not None) is loaded
        if loaded:
            assert photo.pixels.shape == (4, 6, 3)
