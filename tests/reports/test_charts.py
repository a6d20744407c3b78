from __future__ import annotations

import itertools
import re

import pytest
from html_checks import Page

from studio.evaluate.metrics import ACCURACY, LOSS
from studio.reports import charts, matrix_chart
from studio.reports.charts import Curve


def test_a_curve_has_gaps_where_values_are_missing() -> None:
    nan = float("nan")
    points = [(1.0, 0.5), (2.0, nan), (3.0, 0.2), (4.0, 0.1)]
    drawn = charts.curves(LOSS, [Curve("train", "train", points), Curve("none", "val", [(1.0, nan)])])
    assert Page(drawn).mistakes == []
    paths = re.findall(r' d="([^"]+)"', drawn)
    assert [path.count("M") for path in paths] == [2]
    assert "none" not in drawn


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [1.0, 1.0, 1.0], [1e-9, 1e9], [-3.0, 2.0], [0.3] * 5000])
def test_curves_of_any_values_have_finite_positions(values: list[float]) -> None:
    points = [(float(epoch + 1), value) for epoch, value in enumerate(values)]
    drawn = charts.curves(ACCURACY, [Curve("val", "val", points, points[0])])
    assert Page(drawn).mistakes == []
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert len(drawn) < 30_000


def test_no_curve_without_values() -> None:
    assert charts.curves(LOSS, []) == ""


def test_labels_at_the_ends_do_not_overlap() -> None:
    lines = [Curve(name, "a", [(1.0, 0.5), (2.0, 0.5)]) for name in "abcdef"]
    drawn = charts.curves(LOSS, lines)
    ys = sorted(float(y) for y in re.findall(r'class="label a" x="\d+" y="([\d.]+)"', drawn))
    assert min(high - low for low, high in itertools.pairwise(ys)) >= 14.9
    assert ys[-1] <= charts.HEIGHT


def test_the_difference_matrix_says_which_side_is_better() -> None:
    drawn = matrix_chart.difference(["ants", "bees"], [[62, 8], [6, 77]], [[67, 3], [6, 77]])
    styles = re.findall(r'class="cell (\w+)"', drawn)
    assert styles[:2] == ["right", "right"]
    assert re.findall(r'class="number middle"[^>]*>([^<]+)', drawn) == ["+5", "−5", "0", "0"]
    assert "ants → bees: 8 in A, 3 in B" in drawn
    worse = matrix_chart.difference(["ants", "bees"], [[67, 3], [6, 77]], [[62, 8], [6, 77]])
    assert re.findall(r'class="cell (\w+)"', worse)[:2] == ["wrong", "wrong"]


def test_labels_with_wide_letters_fit() -> None:
    widths = []
    for name in ("ants", "蟻の種類"):
        drawn = matrix_chart.matrix([name, "b"], [[1, 0], [0, 1]])
        assert Page(drawn).mistakes == []
        widths.append(float(re.findall(r'viewBox="0 0 ([\d.]+)', drawn)[0]))
    assert widths[0] < widths[1]
