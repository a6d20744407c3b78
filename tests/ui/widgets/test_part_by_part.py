"""Parts that are painted one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.part_by_part import PartByPart


def painted(parts: list[QWidget]) -> list[bool]:
    return [part.updatesEnabled() for part in parts]


def test_parts_wait_and_are_painted_in_order(qtbot: Any) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    parts = [QWidget(owner) for _ in range(3)]
    later = PartByPart(owner)
    later.begin(parts)
    later._timer.stop()
    seen = [painted(parts)]
    for _ in parts:
        later._paint_next()  # what the timer calls
        later._timer.stop()
        seen.append(painted(parts))
    assert seen == [[False] * 3, [True, False, False], [True, True, False], [True] * 3]


def test_all_parts_are_painted_though_the_page_is_shown_again_meanwhile(qtbot: Any) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    first, second = QWidget(owner), QWidget(owner)
    later = PartByPart(owner)
    later.begin([first, second])
    later.begin([second])
    assert painted([first, second]) == [True, False]
    qtbot.waitUntil(lambda: painted([first, second]) == [True, True])


def test_the_contents_of_a_part_are_set_one_turn_before_it_is_painted(qtbot: Any) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    first, second = QWidget(owner), QWidget(owner)
    later, drawn = PartByPart(owner), []
    later.begin([first, second], {second: lambda: drawn.append(painted([first, second]))})
    assert (later.is_waiting(second), drawn) == (True, [])
    qtbot.waitUntil(lambda: painted([first, second]) == [True, True])
    assert (later.is_waiting(second), drawn) == (False, [[True, False]])


def test_a_part_is_not_waiting_between_its_drawing_and_its_painting(qtbot: Any) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    part, drawn = QWidget(owner), []
    later = PartByPart(owner)
    later.begin([part], {part: lambda: drawn.append(later.is_waiting(part))})
    later._timer.stop()
    later._paint_next()
    later._timer.stop()
    assert (drawn, later.is_waiting(part), painted([part])) == ([False], False, [False])
    later._paint_next()
    assert (len(drawn), painted([part])) == (1, [True])


class Painted(QWidget):
    """Counts how often it is painted."""

    number = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.number += 1


@pytest.mark.parametrize("every_ms", [1, 20])
def test_every_part_is_painted_while_changes_come_faster_than_the_parts(show: Any, qtbot: Any, every_ms: int) -> None:
    owner = QWidget()
    parts = [Painted(owner) for _ in range(3)]
    for place, part in enumerate(parts):
        part.setGeometry(20 * place, 0, 20, 20)
    show(owner, 100, 50)
    later, drawn = PartByPart(owner), [0]

    def change() -> None:
        later.begin(parts, {parts[2]: lambda: drawn.__setitem__(0, drawn[0] + 1)})
        for part in parts:
            part.update()

    change()
    changing = QTimer(owner, interval=every_ms)
    changing.timeout.connect(change)
    changing.start()
    before = [part.number for part in parts]
    qtbot.waitUntil(lambda: all(part.number > old + 2 for part, old in zip(parts, before, strict=True)))
    qtbot.waitUntil(lambda: drawn[0] > 2)
    changing.stop()
    qtbot.waitUntil(lambda: painted(parts) == [True] * 3)


def test_an_error_in_one_part_leaves_the_others_painted(qtbot: Any) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    first, second = QWidget(owner), QWidget(owner)
    later = PartByPart(owner)
    with qtbot.captureExceptions() as errors:
        later.begin([first, second], {first: lambda: 1 / 0})
        qtbot.waitUntil(lambda: painted([first, second]) == [True, True])
    assert len(errors) == 1
