"""Icons are drawn once for each size and state, and look like those of the icon font."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap

from studio.ui.theme import theme
from studio.ui.theme.icons import painted_once


class Counting(QIconEngine):
    """A square in the upper left quarter, red or gray; counts how often it is drawn."""

    number = 0

    def paint(self, painter, rect, mode, _state):
        type(self).number += 1
        color = Qt.GlobalColor.gray if mode is QIcon.Mode.Disabled else Qt.GlobalColor.red
        painter.fillRect(QRect(rect.topLeft(), rect.size() / 2), color)


@pytest.fixture
def icon(qapp):
    Counting.number = 0
    return painted_once(QIcon(Counting()))


AT = QPoint(3, 5)


def painted(icon, at=AT, mode=QIcon.Mode.Normal, ratio=1.0, size=16):
    image = QImage(QSize(32, 32) * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    icon.paint(painter, QRect(at, QSize(size, size)), Qt.AlignmentFlag.AlignCenter, mode)
    painter.end()
    return image


def test_an_icon_is_drawn_once_for_each_size_resolution_and_state(icon):
    for _ in range(3):
        painted(icon)
    assert Counting.number == 1
    painted(icon, size=20)
    painted(icon, ratio=2.0)
    painted(icon, mode=QIcon.Mode.Disabled)
    assert Counting.number == 4


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled])
def test_a_cached_icon_equals_a_new_drawing(icon, ratio, mode):
    for at in (QPoint(3, 5), QPoint(0, 0)):
        assert painted(icon, at, mode, ratio) == painted(QIcon(Counting()), at, mode, ratio)


def test_pixmaps_have_the_requested_resolution(icon):
    sharp = icon.pixmap(QSize(16, 16), 2.0)
    assert (sharp.size(), sharp.devicePixelRatio()) == (QSize(32, 32), 2.0)
    for picture, side in ((icon.pixmap(16).toImage(), 16), (sharp.toImage(), 32)):
        assert picture.pixelColor(side // 4, side // 4) == Qt.GlobalColor.red
        assert picture.pixelColor(side - 2, side - 2).alpha() == 0


def test_icons_of_another_color_or_theme_are_others(qapp):
    theme.apply(qapp, "light")
    light = theme.icon("fire")
    assert painted(light) == painted(theme.icon("fire"))
    assert painted(light) != painted(theme.icon("fire", "#ff0000"))
    theme.apply(qapp, "dark")
    try:
        assert painted(light) != painted(theme.icon("fire"))
    finally:
        theme.apply(qapp, "light")
    assert isinstance(light.pixmap(16), QPixmap)
