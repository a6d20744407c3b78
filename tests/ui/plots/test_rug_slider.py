"""The rugs of the threshold slider: every photo is a tick of one whole pixel at its probability."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from studio.session.evaluation.threshold_view import Rugs
from studio.ui.plots.rug_slider import EDGE, RugSlider
from studio.ui.theme import theme


def test_ticks_are_whole_pixels_and_wrong_photos_are_red(qtbot):
    slider = RugSlider()
    qtbot.addWidget(slider)
    slider.resize(400, 120)
    own, none = np.array([0.25, 0.75]), np.zeros(0)
    slider.show_rugs(Rugs(own, np.array([True, False]), none, none.astype(bool)), "bees", "ants")
    slider.show_threshold(0.5, False)
    image = slider.grab().toImage()
    scale = image.width() / slider.width()
    row = round((slider.height() / 2 + 16) * scale)
    colors = [image.pixelColor(x, row) for x in range(image.width())]
    paper = colors[0]
    ticks = {round(x / scale): color for x, color in enumerate(colors) if color != paper}
    places = [int(EDGE + share * (400 - 2 * EDGE)) for share in own]
    assert set(places) <= set(ticks)
    # An antialiased line between two pixels colors one or both, as the font's height lets its dots begin.
    assert set(ticks) - set(places) <= {199, 200}, "the dotted line of the threshold is in the middle"
    red, gray = (ticks[place] for place in places)
    bad = QColor(theme.current().bad)
    assert abs(red.red() - bad.red()) < 40
    assert red.red() > red.green() + 60
    assert abs(gray.red() - gray.green()) < 40
