"""Texts of the ribbon's stations at different widths."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from studio.ui import ribbon


def test_a_figure_in_the_ribbon_is_shortened_before_it_is_cut(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    for text, last in (
        ("94.8\u202f% (91–97)", "94.8\u202f%"),
        ("3 × 224 × 224", "3×224×224"),
        ("3 × 224 × 224", "224×224"),
    ):
        ways = ribbon.shorter_shapes(text)
        assert last in ways
        for way in ways:
            shown = ribbon.fitted(metrics, ways, metrics.horizontalAdvance(way))
            assert shown.replace(" ", "").replace("224²", "224×224") in text.replace(" ", "")
    square, other = ribbon.shorter_shapes("3 × 224 × 224"), ribbon.shorter_shapes("3 × 384 × 224")
    assert ribbon.fitted(metrics, square, metrics.horizontalAdvance("224²")) == "224²"
    assert other[-1] == "384×224"
    line = "EfficientNet-Lite0 · all frozen"
    short = "Lite0 · all frozen"
    assert ribbon.fitted(metrics, ribbon.shorter_lines(line), metrics.horizontalAdvance(short)) == short
    assert ribbon.fitted(metrics, ribbon.shorter_lines(line), 1000) == line
    far = "epoch 3 / 13"
    assert ribbon.fitted(metrics, ribbon.shorter_lines(f"linear · {far}"), metrics.horizontalAdvance(far)) == far
