from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio.data.images import origin, photo_values


def save(folder: Path, pixels: np.ndarray, name: str = "photo.png") -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(folder / name)
    return folder / name


def test_size_aspect_and_brightness(tmp_path: Path) -> None:
    found = photo_values.of_photo(save(tmp_path, np.full((50, 200, 3), 51)))
    assert found == pytest.approx((0.01, 4.0, 0.2, 0.0), abs=1e-6)


def test_a_blurred_photo_is_less_sharp(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3))
    sharp = save(tmp_path, noise)
    Image.open(sharp).filter(ImageFilter.GaussianBlur(2)).save(tmp_path / "soft.png")
    assert photo_values.of_photo(tmp_path / "soft.png").sharpness < photo_values.of_photo(sharp).sharpness / 5


def test_an_unreadable_photo_and_a_tiny_one(tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_bytes(b"no photo")
    assert np.isnan(photo_values.of_photo(tmp_path / "no.jpg")).all()
    assert photo_values.of_photo(save(tmp_path, np.zeros((1, 2, 3)))).sharpness == 0.0


def test_the_camera_is_make_and_model_without_saying_the_make_twice(tmp_path: Path) -> None:
    def camera(make: str, model: str, suffix: str = "jpg") -> str:
        exif = Image.Exif()
        for tag, text in ((origin.MAKE, make), (origin.MODEL, model)):
            if text:
                exif[tag] = text
        file = tmp_path / f"photo.{suffix}"
        Image.new("RGB", (8, 8)).save(file, exif=exif)
        return photo_values.measured(file).camera

    assert camera("Canon", "Canon EOS 80D") == "Canon EOS 80D"
    assert camera("NIKON CORPORATION", "NIKON D90  ") == "NIKON D90"
    assert camera("samsung", "SM-G960F", "png") == "samsung SM-G960F"
    assert camera("Pentax", "", "webp") == "Pentax"
    assert camera("", "") == ""
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no photo")
    assert photo_values.camera_of(tmp_path / "broken.jpg") == ""
    assert photo_values.camera_of(tmp_path / "no.jpg") == ""


def test_sharpness_is_the_spread_of_the_differences_to_the_four_neighbors() -> None:
    gray = np.zeros((7, 7), np.float32)
    gray[3, 3] = 1  # of the 25 inner pixels, this one differs by -4, its four neighbors by 1
    assert photo_values._sharpness(gray) == pytest.approx((20 / 25) ** 0.5)
    ramp = np.arange(7, dtype=np.float32)
    assert photo_values._sharpness(np.add.outer(ramp, 2 * ramp)) == pytest.approx(0, abs=1e-5)
    assert photo_values._sharpness(gray[:2]) == photo_values._sharpness(gray[:, :2]) == 0
    assert photo_values._sharpness(gray[2:5, 2:5]) == 0
