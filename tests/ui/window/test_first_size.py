"""Size of the window at its first start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize

from studio.ui.window_layout import first_size

LEAST = QSize(1120, 640)


@pytest.mark.parametrize(
    ("screen", "window"),
    [
        ((1920, 1080), (1280, 800)),
        ((1280, 800), (1280, 760)),
        ((1366, 728), (1280, 688)),
        ((1280, 600), (1280, 640)),
        ((800, 800), (1280, 800)),
    ],
)
def test_the_window_fits_the_screen_with_its_title_bar(screen: tuple[int, int], window: tuple[int, int]) -> None:
    assert first_size(QSize(*screen), LEAST) == QSize(*window)
