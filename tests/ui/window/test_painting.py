"""How often a page is painted: widgets are painted in Python, so a page painted twice is a click answered late."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget
from window_use import open_folder


class Paints(QObject):
    """Counts the paint events of each of the widgets that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: Counter[str] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.numbers[f"{watched} in {watched.parent()}"] += 1
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
        paints, page = Paints(), window.pages[name]
        # Those in front: what is behind a plot, which is painted after the rest, is painted with it again.
        front = [widget for widget in page.findChildren(QWidget) if not widget.findChildren(QWidget)]
        for widget in front:
            widget.installEventFilter(paints)
        window.show_station(name)
        qtbot.waitUntil(lambda paints=paints: paints.numbers.total() > 0)
        qtbot.wait(100)
        assert not [one for one, number in paints.numbers.items() if number > 1], name
        for widget in front:
            widget.removeEventFilter(paints)


@pytest.mark.slow
def test_a_timer_that_is_due_comes_between_a_change_and_its_painting(make_window, qtbot):
    window = make_window()
    qtbot.wait(100)
    order: list[str] = []

    class Noted(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                order.append("painted")
            return False

    noted = Noted()
    window.start.installEventFilter(noted)

    due = QTimer(noted, singleShot=True, interval=0)
    due.timeout.connect(lambda: order.append("timer"))

    def change() -> None:
        due.start()
        window.start.update()

    QTimer.singleShot(0, change)
    qtbot.waitUntil(lambda: "painted" in order)
    assert order[:2] == ["timer", "painted"]
    window.start.removeEventFilter(noted)
