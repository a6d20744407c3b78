"""Parts that are painted one after the other."""

from __future__ import annotations

from typing import Any

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
