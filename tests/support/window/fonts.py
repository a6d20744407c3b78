"""Simulates other system fonts with the installed one, made narrower, wider or larger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from studio.ui.theme import theme

# Widths of common system fonts, as a share of DejaVu Sans: Noto Sans 0.94, Ubuntu 0.91, Segoe UI 0.89, Roboto 0.89,
# DejaVu Sans Condensed 0.90, Verdana 1.02; 75 and 125 percent of Noto Sans are narrower and wider than all of them.
STRETCHES = (75, 100, 125)

SAMPLE = "tf_efficientnet_lite0, 94.8 % of 153 validation photos"
NOTO_EMS = 24.13
"""Width of the sample in Noto Sans, in ems."""


def stretched(font: QFont, percent: int) -> int:
    """The stretch that makes a font `percent` as wide as Noto Sans, whatever font it is."""
    plain = QFont(font)
    plain.setStretch(100)
    plain.setPixelSize(1000)
    return round(percent * NOTO_EMS / (QFontMetricsF(plain).horizontalAdvance(SAMPLE) / 1000))


@contextmanager
def font(app: QApplication, stretch: int = 100, factor: float = 1.0, scheme: str = "light") -> Iterator[None]:
    """Use the application's font, `stretch` percent as wide and `factor` times as large as Noto Sans.

    100 percent and 1.0 leave it as it is.
    """
    before = app.font()
    other = app.font()
    if factor != 1:
        factor *= stretched(other, 100) / 100
    if stretch != 100:
        other.setStretch(stretched(other, stretch))
    other.setPointSizeF(before.pointSizeF() * factor)
    app.setFont(other)
    theme.apply(app, scheme)
    try:
        yield
    finally:
        app.setFont(before)
        theme.apply(app, "light")
