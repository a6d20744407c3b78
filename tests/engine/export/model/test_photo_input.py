"""The preprocessing inside an exported network gives the pixels of `preprocess.frame`, for photos of any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from trimming import few

from studio.data.images.preprocess import frame
from studio.engine.backbones.backbone import normalize
from studio.engine.export.model.photo_input import PhotoInput
from studio.spec import PreprocessSpec

SIZES = [(60, 100), (101, 67), (20, 30), (48, 48), (7, 200), (1, 1), (3, 40), (90, 20), (32, 32)]
STEPS = [((32, 32), (36, 36)), ((32, 32), (32, 32)), ((40, 40), (24, 24)), ((24, 32), (30, 40))]


def photo(height: int, width: int) -> np.ndarray:
    small = np.random.default_rng(height).integers(0, 256, (height // 3 + 1, width // 3 + 1, 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize((width, height)))


@pytest.mark.parametrize("crop", ["center", "squash", "border"])
@pytest.mark.parametrize("method", few(["bilinear", "bicubic", "lanczos"], ["bicubic"]))
def test_pixels_are_those_of_pillow(crop, method):
    for size, resize in STEPS:
        spec = PreprocessSpec(size=size, resize=resize, crop=crop, interpolation=method)
        network = PhotoInput(spec)
        for shape in SIZES:
            pixels = photo(*shape)
            expected = frame(Image.fromarray(pixels), spec).astype(int)
            got = network.frame(torch.from_numpy(pixels)[None])[0].permute(1, 2, 0).numpy()
            assert got.shape == expected.shape
            assert np.array_equal(got, expected), (spec, shape)


def test_several_photos_and_normalization():
    spec = PreprocessSpec(size=(32, 32), resize=(36, 36), mean=(0.2, 0.5, 0.7), std=(0.1, 0.3, 0.2))
    photos = np.stack([photo(50, 70), photo(50, 70)[::-1]])
    network = PhotoInput(spec)
    frames = np.stack([frame(Image.fromarray(one), spec) for one in photos])
    expected = normalize(frames, spec, torch.device("cpu"))
    assert torch.allclose(network(torch.from_numpy(photos)), expected, atol=1e-6)


def test_a_border_has_its_color():
    spec = PreprocessSpec(size=(32, 32), crop="border", fill=(10, 20, 30))
    got = PhotoInput(spec).frame(torch.full((1, 16, 64, 3), 255, dtype=torch.uint8))[0].permute(1, 2, 0)
    assert got[0, 0].tolist() == [10, 20, 30]
    assert got[16, 16].tolist() == [255, 255, 255]


def test_nearest_interpolation_copies_pixels():
    spec = PreprocessSpec(size=(32, 32), resize=(32, 32), crop="squash", interpolation="nearest")
    pixels = photo(64, 96)
    got = PhotoInput(spec).frame(torch.from_numpy(pixels)[None])[0].permute(1, 2, 0).numpy()
    assert np.array_equal(got, frame(Image.fromarray(pixels), spec))
