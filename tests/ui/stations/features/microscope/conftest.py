"""The microscope in its panel, as on the Features page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from studio.ui.stations.features.microscope.card import Microscope
from studio.ui.stations.features.microscope.panel import MicroscopePanel
from studio.ui.theme import theme


@pytest.fixture
def card(qtbot: Any, qapp: QApplication) -> Iterator[Microscope]:
    microscope = Microscope()
    panel = MicroscopePanel(microscope)
    theme.apply(qapp)
    theme.style(panel)
    qtbot.addWidget(panel)
    panel.resize(416, 546)
    panel.show()
    yield microscope
    panel.close()
