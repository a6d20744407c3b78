"""Texts of the ribbon's stations at different widths."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from studio.session.state import STATIONS, AppState
from studio.ui import ribbon
from studio.ui.station_button import fitted, shorter_lines, shorter_shapes


def test_a_figure_in_the_ribbon_is_shortened_before_it_is_cut(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    for text, last in (
        ("94.8\u202f% (91–97)", "94.8\u202f%"),
        ("3 × 224 × 224", "3×224×224"),
        ("3 × 224 × 224", "224×224"),
    ):
        ways = shorter_shapes(text)
        assert last in ways
        for way in ways:
            shown = fitted(metrics, ways, metrics.horizontalAdvance(way))
            assert shown.replace(" ", "").replace("224²", "224×224") in text.replace(" ", "")
    square, other = shorter_shapes("3 × 224 × 224"), shorter_shapes("3 × 384 × 224")
    assert fitted(metrics, square, metrics.horizontalAdvance("224²")) == "224²"
    assert other[-1] == "384×224"
    line = "EfficientNet-Lite0 · all frozen"
    short = "Lite0 · all frozen"
    assert fitted(metrics, shorter_lines(line), metrics.horizontalAdvance(short)) == short
    assert fitted(metrics, shorter_lines(line), 1000) == line
    far = "epoch 3 / 13"
    assert fitted(metrics, shorter_lines(f"linear · {far}"), metrics.horizontalAdvance(far)) == far


def test_no_text_is_cut_with_texts_of_200_percent_at_1280_pixels(qapp: QApplication, qtbot: Any) -> None:
    before, small = qapp.font(), ribbon.Ribbon()
    qtbot.addWidget(small)
    low = small.button("images").sizeHint().height()
    large = QFont(before)
    large.setPointSizeF(2 * before.pointSizeF())
    try:
        qapp.setFont(large)
        bar = ribbon.Ribbon()
        qtbot.addWidget(bar)
        bar.resize(1280, 200)
        bar.show_state(AppState())
        bar.show()
        buttons = [bar.button(name) for name in STATIONS]
        for button, mark in zip(buttons, ("", "stale", "problem", "", "", ""), strict=True):
            button.show_state(replace(button.summary(), mark=mark))
        bar.grab()
        painted = [text for button in buttons for text in button.painted]
        assert not [text for text in painted if "…" in text]
        assert buttons[1].painted[0].endswith("Preprocess")
        assert buttons[0].sizeHint().height() > 2 * low
    finally:
        qapp.setFont(before)
