"""The camera of the photo map: where points are in the view, zoom, lasso, and steps from point to point."""

from __future__ import annotations

import numpy as np
import pytest

from studio.ui.plots.point_map import camera as cameras
from studio.ui.plots.point_map.camera import Camera

SOME = np.array([[0, 0], [10, 0], [10, 5], [0, 5]], np.float32)


def test_fitting_shows_all_points_and_up_is_up() -> None:
    pixels = Camera.fitting(SOME, 200, 200).pixels(SOME, 200, 200)
    assert pixels.min() >= cameras.MARGIN - 1e-3
    assert pixels.max() <= 200 - cameras.MARGIN + 1e-3
    assert pixels[2, 1] < pixels[1, 1]


@pytest.mark.parametrize("positions", [np.zeros((0, 2)), np.zeros((1, 2)), np.full((9, 2), 3.0)])
def test_no_point_one_point_and_equal_points_are_in_the_middle(positions) -> None:
    positions = positions.astype(np.float32)
    pixels = Camera.fitting(positions, 100, 60).pixels(positions, 100, 60)
    assert (pixels == [50, 30]).all()


def test_zooming_keeps_what_is_at_the_pointer() -> None:
    before = Camera.fitting(SOME, 200, 100)
    place = before.pixels(SOME, 200, 100)[2]
    after = before.zoomed(3.0, float(place[0]) - 100, float(place[1]) - 50)
    assert after.pixels(SOME, 200, 100)[2] == pytest.approx(place, abs=1e-3)
    assert before.zoomed(1e9, 0, 0).scale == before.fitted * cameras.CLOSEST
    assert before.moved(7, -3).pixels(SOME, 200, 100)[0] == pytest.approx(
        before.pixels(SOME, 200, 100)[0] + [7, -3], abs=1e-3
    )


def test_a_lasso_contains_what_is_inside_and_not_the_bay_of_a_bent_one() -> None:
    bent = np.array([[0, 0], [10, 0], [10, 10], [6, 10], [6, 4], [4, 4], [4, 10], [0, 10]], np.float32)
    places = np.array([[1, 9], [5, 8], [9, 9], [5, 2], [11, 5], [-1, 5]], np.float32)
    assert cameras.inside(places, bent).tolist() == [True, False, True, True, False, False]
    assert not cameras.inside(places, bent[:2]).any()


def test_arrows_go_to_the_nearest_point_in_their_direction() -> None:
    places = np.array([[0, 0], [10, 2], [30, 0], [0, 9], [-4, 0]], np.float32)
    assert cameras.next_in_direction(places, 0, 1, 0) == 1
    assert cameras.next_in_direction(places, 1, 1, 0) == 2
    assert cameras.next_in_direction(places, 0, 0, 1) == 3
    assert cameras.next_in_direction(places, 0, -1, 0) == 4
    assert cameras.next_in_direction(places, 2, 1, 0) == 2


def test_thumbnails_do_not_overlap_and_stay_while_the_map_is_dragged() -> None:
    positions = np.random.default_rng(0).uniform(0, 100, (300, 2)).astype(np.float32)
    one = Camera.fitting(positions, 400, 400)
    chosen = cameras.spread_out(one.pixels(positions, 400, 400), 44, 100, one)
    gaps = np.abs(one.pixels(positions, 400, 400)[chosen][:, None] - one.pixels(positions, 400, 400)[chosen][None])
    assert (gaps.max(axis=2)[~np.eye(len(chosen), dtype=bool)] >= 44).all()
    other = one.moved(13, 5)
    assert cameras.spread_out(other.pixels(positions, 400, 400), 44, 100, other) == chosen


def test_the_nearest_point_must_be_within_reach() -> None:
    assert cameras.nearest(SOME, 9.0, 1.0, 3.0) == 1
    assert cameras.nearest(SOME, 50.0, 50.0, 3.0) == -1
    assert cameras.nearest(SOME[:0], 0.0, 0.0, 3.0) == -1
