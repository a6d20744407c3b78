"""Check boxes: whether one is checked is visible while it is disabled, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QCheckBox

from studio.ui.theme import theme


@pytest.fixture
def app(qapp: Any) -> Iterator[QApplication]:
    """The application, and its usual colors afterwards."""
    yield qapp
    theme.apply(qapp)


def lightness(image: QImage) -> list[int]:
    return [image.pixelColor(x, y).lightness() for x in range(2, 14) for y in range(4, image.height() - 4)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_disabled_box_shows_that_it_is_checked(app: QApplication, qtbot: Any, scheme: str) -> None:
    theme.apply(app, scheme)
    box = QCheckBox("A box")
    theme.style(box)
    qtbot.addWidget(box)
    box.setEnabled(False)
    box.setChecked(True)
    values = lightness(cast("QImage", box.grab().toImage()))
    assert max(values) - min(values) > 50  # the tick on its ground
