"""The CSV files of plots have English headings in every language, because programs read them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import studio
from studio.formatting import language
from studio.spec import TrainSpec
from studio.ui.plots.histogram import Histogram
from studio.ui.plots.schedule_curve import ScheduleCurve

TRANSLATORS = {"tr", "translated", "counted"}


@pytest.fixture
def german() -> Any:
    language.choose("de")
    yield
    language.choose("en")


@pytest.mark.usefixtures("german")
def test_plots_of_a_german_window_have_english_headings(qtbot: Any) -> None:
    histogram, curve = Histogram("Fehler"), ScheduleCurve()
    for widget in (histogram, curve):
        qtbot.addWidget(widget)
    histogram.show_numbers(np.array([1.0, 2.0]))
    curve.show_schedule(TrainSpec())
    assert "häufigsten" in histogram.sentence()
    assert histogram.table().startswith("low,high,photos\n")
    assert curve.table().startswith("share_of_training,share_of_highest_rate\n")


def test_no_table_of_a_plot_is_translated() -> None:
    found, wrong = 0, []
    for file in sorted(Path(studio.__file__).parent.rglob("*.py")):
        if "def table(self) -> str" not in (text := file.read_text()) and "def as_csv(" not in text:
            continue
        for one in ast.walk(ast.parse(text)):
            if isinstance(one, ast.FunctionDef) and one.name in ("table", "as_csv"):
                found += 1
                names = {node.id for node in ast.walk(one) if isinstance(node, ast.Name)}
                wrong += [f"{file.name}: {name}" for name in names & TRANSLATORS]
    assert found >= 10, "the tables are not found"
    assert wrong == []
