"""Heatmaps over photos."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.events import ClassHeatmap
from studio.session.inspection import overlay, readout

TABLE = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def test_the_photo_is_colored_where_the_heat_is_and_stays_elsewhere() -> None:
    pixels, heat = np.full((8, 6, 3), 100, np.uint8), np.zeros((2, 2), np.float32)
    assert np.array_equal(overlay.overlaid(pixels, heat, TABLE), pixels), "a gray photo without heat is as it was"
    heat[0, 1] = 3
    shown = overlay.overlaid(pixels, heat, TABLE)
    assert shown.shape == pixels.shape
    assert (shown[0, 5].tolist(), shown[7, 0].tolist()) == ([216] * 3, [100] * 3)


def test_a_heatmap_that_is_not_finite_has_no_color_and_is_named_as_such() -> None:
    pixels, heat = np.full((8, 6, 3), 100, np.uint8), np.array([[np.nan, 0], [np.inf, 0]], np.float32)
    assert np.array_equal(overlay.overlaid(pixels, heat, TABLE), pixels)
    diverged = ClassHeatmap("/photos/1.jpg", "layer4", "ants", math.nan, math.nan, heat, pixels, 0.1)
    assert "not finite numbers" in readout.heat_sentence(diverged)


def test_a_map_is_enlarged_between_the_middles_of_its_cells() -> None:
    heat = np.array([[0, 4]], np.float32)
    np.testing.assert_allclose(overlay.enlarged(heat, 2, 4), [[0, 1, 3, 4]] * 2)
    np.testing.assert_allclose(overlay.enlarged(heat, 1, 2), heat)


@pytest.mark.parametrize(
    ("crop", "rows", "columns"),
    [
        ((0.0, 0.0, 1.0, 1.0), slice(0, 8), slice(0, 10)),
        ((0.1, 0.0, 0.8, 1.0), slice(0, 8), slice(1, 9)),
        ((0.0, 0.25, 1.0, 0.5), slice(2, 6), slice(0, 10)),
        ((0.5, 0.5, 0.01, 0.01), slice(4, 5), slice(5, 6)),
    ],
)
def test_the_heat_is_placed_in_the_crop_alone_of_at_least_one_pixel(crop, rows, columns) -> None:
    photo, heat = np.full((8, 10, 3), 100, np.uint8), np.ones((2, 2), np.float32)
    shown = overlay.placed(photo, crop, heat, TABLE)
    expected = photo.copy()
    expected[rows, columns] = overlay.overlaid(photo[rows, columns], heat, TABLE)
    assert (expected[rows, columns] != 100).all()
    assert np.array_equal(shown, expected)
    assert (photo == 100).all(), "the photo itself stays"


def test_rows_and_columns_of_a_map_are_enlarged_separately() -> None:
    heat = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], np.float32)
    assert overlay.enlarged(heat, 3, 2).tolist() == heat.tolist()
    large = overlay.enlarged(heat, 6, 4)
    assert large[:, 0].tolist() == [0, 0.5, 1.5, 2.5, 3.5, 4]
    assert large[0].tolist() == [0, 0.25, 0.75, 1]


def test_the_color_follows_the_heat() -> None:
    pixels, heat = np.full((1, 5, 3), 100, np.uint8), np.array([[0, 1, 2, 3, 4]], np.float32)
    shares = [0, 0.25, 0.5, 0.75, 1]
    colors = [round(255 * share) for share in shares]
    expected = [100 + 0.75 * share * (color - 100) for share, color in zip(shares, colors, strict=True)]
    assert overlay.overlaid(pixels, heat, TABLE)[0, :, 0].tolist() == pytest.approx(expected, abs=1)
