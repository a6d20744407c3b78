"""Other system fonts for a test, whatever fonts the machine has: the font in use, made narrower, wider or larger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication

from studio.ui import theme

# Widths of common system fonts, as a share of DejaVu Sans: Noto Sans 0.94, Ubuntu 0.91, Segoe UI 0.89, Roboto 0.89,
# DejaVu Sans Condensed 0.90, Verdana 1.02; a stretch of 75 and 125 is narrower and wider than all of them.
STRETCHES = (75, 100, 125)


@contextmanager
def font(app: QApplication, stretch: int = 100, factor: float = 1.0, scheme: str = "light") -> Iterator[None]:
    """Use the application's font `stretch` percent as wide and `factor` times as large."""
    before = app.font()
    other = app.font()
    other.setStretch(stretch)
    other.setPointSizeF(before.pointSizeF() * factor)
    app.setFont(other)
    theme.apply(app, scheme)
    try:
        yield
    finally:
        app.setFont(before)
        theme.apply(app, "light")
