"""How often a page is painted: widgets are painted in Python, so a page painted twice is a click answered late."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from window_use import open_folder


class Paints(QObject):
    """Counts the paint events of the widgets that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.Paint
        return False


@pytest.mark.slow
def test_a_page_that_is_shown_again_is_painted_once(make_window, qtbot):
    window = make_window()
    open_folder(window, qtbot)
    for station in ("head", "images", "preprocess"):
        window.show_station(station)
        qtbot.wait(50)
    qtbot.waitUntil(lambda: not window.store.state.jobs)
    for name in ("images", "head"):  # Head has plots, which paint as soon as they are shown
        paints = Paints()
        window.pages[name].installEventFilter(paints)
        window.show_station(name)
        qtbot.waitUntil(lambda paints=paints: paints.number > 0)
        qtbot.wait(100)
        assert paints.number == 1, name
