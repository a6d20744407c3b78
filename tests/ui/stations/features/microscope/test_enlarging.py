"""Enlarging a section of the microscope's two pictures, by wheel and keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.events import LayerOutput, OutputFacts
from studio.spec.structs import replace
from studio.ui.stations.features.microscope.card import Microscope
from studio.ui.stations.features.microscope.section import LARGEST, Section

PHOTO = "/photos/ants/0000.jpg"
PIXELS = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)


def show(card: Microscope, maps: Any, **more: Any) -> None:
    facts = OutputFacts(0.0, 8.0, 1.0, 0.25, 1, len(maps))
    known: dict[str, Any] = {"photo": PIXELS, "facts": facts, "grid": True}
    shown = LayerOutput("stem", PHOTO, tuple(maps.shape), maps, tuple(range(len(maps))), 0.02, **(known | more))
    card.show_state(replace(states.state(), output=shown), "stem", False)


CELLS = np.arange(16, dtype=np.float32).reshape(1, 4, 4)


def wheel(card: Microscope, spot: QPoint, steps: int) -> bool:
    """Turn the wheel at a position of the pair; True if the pair used it."""
    at = QPointF(spot)
    event = QWheelEvent(
        at, QPointF(card.pair.mapToGlobal(spot)), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(card.pair, event)
    return event.isAccepted()


def test_the_wheel_enlarges_the_same_section_of_both_pictures(card: Microscope) -> None:
    show(card, CELLS)
    photo, channel = card.pair.boxes()
    spot = QPoint(photo.left() + int(2.5 * photo.width() / 4), photo.top() + int(1.5 * photo.height() / 4))
    QTest.mouseMove(card.pair, spot)
    QApplication.processEvents()
    assert card.pair.cell == (1, 2)
    whole = card.pair.grab().toImage()
    assert not wheel(card, spot, -1), "the whole picture is shown: the wheel scrolls the page"
    assert wheel(card, spot, 4)
    enlarged = card.pair.grab().toImage()
    for box in (photo, channel):
        assert enlarged.copy(box) != whole.copy(box)
    for box in (photo, channel):  # the position under the pointer stays, its neighbors move away
        QTest.mouseMove(card.pair, box.topLeft() + (spot - photo.topLeft()))
        QApplication.processEvents()
        assert card.pair.cell == (1, 2)
        near = box.topLeft() + (spot - photo.topLeft()) + QPoint(box.width() // 4, 0)
        QTest.mouseMove(card.pair, near)
        QApplication.processEvents()
        assert card.pair.cell == (1, 2), "a quarter of the width is less than a cell now"
    QTest.keyClicks(card.pair, "0")
    QTest.mouseMove(card.pair, spot)
    QApplication.processEvents()
    assert card.pair.grab().toImage().copy(photo) == whole.copy(photo)


def test_keys_enlarge_and_the_section_follows_the_crosshair(card: Microscope) -> None:
    show(card, CELLS)
    card.pair.set_cell(0, 0)
    for _ in range(5):
        QTest.keyClicks(card.pair, "+")
    left = card.pair.grab().toImage()
    for _ in range(3):
        QTest.keyClick(card.pair, Qt.Key.Key_Right)
    assert card.pair.cell == (0, 3)
    photo = card.pair.boxes()[0]
    assert card.pair.grab().toImage().copy(photo) != left.copy(photo)
    middle = photo.center()
    QTest.mouseClick(card.pair, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseClick(card.pair, Qt.MouseButton.LeftButton, pos=middle)
    assert card.pair.cell[1] >= 2, "the right end of the picture is seen"
    show(card, np.ones((1, 3, 5), np.float32), grid=False)
    before = card.pair.grab().toImage()
    QTest.keyClicks(card.pair, "+")
    assert card.pair.grab().toImage() == before, "nothing to enlarge beside bars"


def test_the_section_stays_when_another_look_at_the_same_photo_is_shown(card: Microscope) -> None:
    show(card, CELLS)
    spot = card.pair.boxes()[0].center()
    assert wheel(card, spot, 4)
    show(card, CELLS + 1, photo=PIXELS.copy())  # as after another epoch
    assert wheel(card, spot, -1), "there is something to make smaller"
    show(card, CELLS, photo=PIXELS[::-1].copy())
    assert not wheel(card, spot, -1), "another photo is shown whole"


def test_moving_the_pointer_does_not_move_the_section(card: Microscope) -> None:
    show(card, CELLS)
    photo = card.pair.boxes()[0]
    assert wheel(card, photo.center(), 10)  # larger than 4: a cell is larger than the section
    for spot, cell in ((QPoint(25, 25), (2, 2)), (QPoint(-25, -25), (1, 1)), (QPoint(25, 25), (2, 2))):
        QTest.mouseMove(card.pair, photo.center() + spot)
        QApplication.processEvents()
        assert card.pair.cell == cell


def test_a_section_keeps_the_position_under_the_pointer_and_stays_in_the_picture() -> None:
    box = QRectF(10, 20, 200, 200)
    section = Section()
    assert section.whole(box) == box
    for x, y in ((0.5, 0.5), (0.1, 0.9), (1.0, 0.0)):
        before = section.whole(box)
        seen = before.left() + x * before.width(), before.top() + y * before.height()
        enlarged = section.zoomed(3, x, y)
        whole = enlarged.whole(box)
        assert (whole.left() + x * whole.width(), whole.top() + y * whole.height()) == pytest.approx(seen)
        assert whole.contains(box)
        assert enlarged.zoomed(-3, 0.3, 0.3) == section
    assert section.zoomed(100, 0.5, 0.5).zoom == LARGEST


def test_a_section_moves_as_little_as_needed() -> None:
    section = Section(4.0, 0.5, 0.5)
    assert section.showing(0.6, 0.6, 0.7, 0.7) == section
    assert section.showing(0.4, 0.6, 0.5, 0.7) == Section(4.0, 0.4, 0.5)
    assert section.showing(0.9, 0.9, 1.0, 1.0) == Section(4.0, 0.75, 0.75)
    assert section.showing(0.25, 0.25, 0.5, 0.5).left == 0.25, "the next cell to the left"
    assert Section(8.0, 0.5, 0.5).showing(0.25, 0.5, 0.5, 0.75) == Section(8.0, 0.375, 0.5), "its near end"
