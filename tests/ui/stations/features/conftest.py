"""The Features page alone, for the tests of its cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drawn_page import DrawnPage

from studio.ui.stations.features.page import FeaturesPage


@pytest.fixture
def page(qtbot: Any) -> Iterator[FeaturesPage]:
    widget = DrawnPage()
    qtbot.addWidget(widget)
    widget.resize(1280, 700)
    yield widget
    widget.shut_down()
