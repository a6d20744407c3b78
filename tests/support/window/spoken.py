"""What a screen reader is given by the window: a walk through Qt's accessibility tree, and what it lacks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QRadioButton,
    QScrollArea,
    QTabBar,
    QWidget,
)

from studio.ui.plots.histogram import Histogram
from studio.ui.plots.matrix.view import ConfusionMatrix
from studio.ui.plots.parallel_plot import ParallelPlot
from studio.ui.plots.plot_parts import FramedPlot
from studio.ui.plots.probability_plot import ProbabilityPlot
from studio.ui.plots.rate_plot import RatePlot
from studio.ui.plots.schedule_curve import ScheduleCurve
from studio.ui.stations.evaluate.compare.difference_matrix import MatrixOfChanges
from studio.ui.stations.use.evidence.class_bars import ClassBars

PLOTS = (
    FramedPlot,
    ConfusionMatrix,
    Histogram,
    MatrixOfChanges,
    ParallelPlot,
    ProbabilityPlot,
    RatePlot,
    ScheduleCurve,
    ClassBars,
)
Role, Text = QAccessible.Role, QAccessible.Text
SILENT_ROLES = (Role.NoRole, Role.Client)
ITEM_ROLES = (Role.Table, Role.Tree, Role.List)
"""Roles whose children are cells: they are asked of the model, not walked."""
MOST_PIXELS = 3
"""Controls may overlap by so much."""
MOST_STOPS = 300


def heard(widget: QWidget, kind: Text = Text.Name) -> str:
    """What a screen reader says of a widget."""
    face = QAccessible.queryAccessibleInterface(widget)
    return face.text(kind) if face is not None else ""


def walk(face: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """An object of the tree and all visible ones below it, without the cells of tables."""
    yield face
    if face.role() in ITEM_ROLES:
        return
    for place in range(face.childCount()):
        child = face.child(place)
        if child is not None and child.isValid() and not child.state().invisible:
            yield from walk(child)


def unspoken(root: QWidget) -> Iterator[str]:
    """Controls below a widget, as shown now, of which a screen reader says too little."""
    top = QAccessible.queryAccessibleInterface(root)
    assert top is not None
    known = ((QAccessible.queryAccessibleInterface(one), one) for one in root.findChildren(QWidget))
    widgets = {QAccessible.uniqueId(face): one for face, one in known if face is not None}
    before: tuple[Role, str, str] | None = None
    for face in walk(top):
        widget = widgets.get(QAccessible.uniqueId(face))
        if not face.state().focusable or widget is None or _part(widget):
            continue
        role, name, words = face.role(), face.text(Text.Name).strip(), face.text(Text.Description).strip()
        title = f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        if not name:
            yield f"{title}: no name"
        elif role in ITEM_ROLES and not words:
            yield f"{title} “{name}”: not described"
        elif role in SILENT_ROLES and not words:
            yield f"{title} “{name}”: neither a role nor a description"
        elif (role, name, words) == before:
            yield f"{title} “{name}”: called as its neighbor"
        elif role is Role.Button and len(name) < 2 and not words:
            yield f"{title} “{name}”: only a sign"
        before = (role, name, words)


def _part(widget: QWidget) -> bool:
    """True for a part of a control of Qt's, a scroll area and a container, which are no stops of their own."""
    inner = isinstance(widget.parent(), (QAbstractSpinBox, QComboBox, QTabBar, QAbstractItemView))
    return inner or isinstance(widget, QScrollArea) or widget.focusPolicy() == Qt.FocusPolicy.NoFocus


def plots(root: QWidget) -> Iterator[tuple[str, str]]:
    """Name and sentence of each plot shown below a widget."""
    for plot in root.findChildren(QWidget):
        if plot.isVisible() and isinstance(plot, PLOTS):
            yield f"{type(plot).__name__} “{heard(plot)}”", heard(plot, Text.Description)


def stops(window: QWidget) -> list[QWidget]:
    """The controls that Tab reaches, in its order, by pressing it until it returns to the first."""
    found: list[QWidget] = []
    while (one := QApplication.focusWidget() or window) not in found[:1] and len(found) < MOST_STOPS:
        found.append(one)
        QTest.keyClick(one, Qt.Key.Key_Tab)
    return found


def unreached(window: QWidget, stopped: list[QWidget]) -> Iterator[str]:
    """Controls shown and enabled that Tab should reach, and does not."""
    for one in window.findChildren(QWidget):
        wanted = one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible() and one.isEnabled()
        radio = isinstance(one, QRadioButton) and not one.isChecked()  # arrows go through a group
        if wanted and one not in stopped and one.window() is window and not radio and not _part(one):
            yield _title(one)


def backwards(stopped: list[QWidget]) -> Iterator[str]:
    """Neighbors in the order of Tab, in one card, against the order of reading: downwards, and from left to right."""
    for one, following in itertools.pairwise(stopped):
        card = _card(one)
        if card is None or card is not _card(following):
            continue
        first, second = _rect(one, card), _rect(following, card)
        above = second[3] <= first[1] + MOST_PIXELS and second[0] < first[2] - MOST_PIXELS  # in the same column
        common = min(first[3], second[3]) - max(first[1], second[1])
        one_line = 2 * common > min(first[3] - first[1], second[3] - second[1])
        beside = one_line and second[2] <= first[0] + MOST_PIXELS
        if above or beside:
            yield f"{_title(one)} {first} → {_title(following)} {second} in {type(card).__name__}"


def _card(widget: QWidget) -> QWidget | None:
    above: QWidget | None = widget.parentWidget()
    while above is not None and above.objectName() != "card":
        above = None if above.isWindow() else above.parentWidget()
    return above


def _rect(widget: QWidget, card: QWidget) -> tuple[int, int, int, int]:
    place = widget.mapTo(card, QPoint(0, 0))
    return place.x(), place.y(), place.x() + widget.width(), place.y() + widget.height()


def _title(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} “{heard(widget) or text}”"
