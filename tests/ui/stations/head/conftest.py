"""The Head page alone, for the tests of its parts."""

from __future__ import annotations

from typing import Any

import pytest

from studio.ui.stations.head.page import HeadPage


@pytest.fixture
def page(qtbot: Any) -> HeadPage:
    widget = HeadPage()
    qtbot.addWidget(widget)
    widget.resize(1280, 700)
    widget.show()
    return widget
