"""The microscope in its panel, as on the Features page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.ui.stations.features.microscope.card import Microscope
from studio.ui.stations.features.microscope.panel import MicroscopePanel


@pytest.fixture
def card(qtbot: Any) -> Iterator[Microscope]:
    microscope = Microscope()
    panel = MicroscopePanel(microscope)
    qtbot.addWidget(panel)
    panel.resize(416, 546)
    panel.show()
    yield microscope
    panel.close()
