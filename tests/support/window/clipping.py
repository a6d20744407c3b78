"""Finds texts that are cut off, whatever the font: each text is measured against its own rectangle."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTableView,
    QWidget,
)

from studio.ui.station_button import StationButton
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.tables.columns import Columns

CONTROLS = (QLabel, QAbstractButton, QLineEdit, QComboBox)
SLACK = 1


def clipped(root: QWidget) -> Iterator[str]:
    """Describe widgets whose text is cut off, except texts elided on purpose with the full text in a tooltip."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue  # scrolled out of view
        if isinstance(widget, CONTROLS):
            if why := _too_small(widget):
                yield f"{_name(widget)}: {why}"
            if not _inside(widget):
                yield f"{_name(widget)}: extends beyond its parent"
        if isinstance(widget, QHeaderView):
            yield from _header(widget)
        if isinstance(widget, QTableView):
            yield from _cells(widget)
        yield from _overlaps(widget)


def _too_small(widget: QWidget) -> str:
    metrics, room = widget.fontMetrics(), widget.contentsRect()
    if isinstance(widget, StationButton):
        return "" if widget.toolTip() else "is shortened without a tooltip"
    if isinstance(widget, ElidedLabel):
        cut = metrics.horizontalAdvance(widget.text()) > widget.width() + SLACK
        return "is shortened without a tooltip" if cut and not widget.toolTip() else ""
    if isinstance(widget, QLabel):
        text = widget.text()
        if not text or widget.toolTip():
            return ""
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            return f"needs {needed} pixels in height and has {widget.height()}" if needed > widget.height() + 2 else ""
        needed = widget.sizeHint().width()
        return f"needs {needed} pixels and has {widget.width()}" if needed > widget.width() + SLACK else ""
    if isinstance(widget, QPushButton) and widget.text():
        needed = widget.minimumSizeHint().width()
        return f"needs {needed} pixels and has {widget.width()}" if needed > widget.width() + SLACK else ""
    if isinstance(widget, QAbstractButton) and widget.text():
        needed = widget.sizeHint().width()
        return f"needs {needed} pixels and has {widget.width()}" if needed > widget.width() + SLACK else ""
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        inner = widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, widget).width()
        needed = metrics.horizontalAdvance(widget.currentText())
        return f"needs {needed} pixels and has {inner}" if needed > inner + SLACK else ""
    if isinstance(widget, QLineEdit):
        option = QStyleOptionFrame()
        widget.initStyleOption(option)
        inner = widget.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, widget).width()
        needed = metrics.horizontalAdvance(widget.text() or widget.placeholderText())
        return f"needs {needed} pixels and has {inner}" if needed > inner + SLACK else ""
    return "" if room.isValid() else "has no room"


def _inside(widget: QWidget) -> bool:
    """True if the widget is not cut off at its sides; it may be scrolled vertically."""
    visible = widget.visibleRegion().boundingRect()
    return visible.width() >= widget.width() - SLACK


def _header(header: QHeaderView) -> Iterator[str]:
    if header.orientation() is not Qt.Orientation.Horizontal:
        return
    for section in range(header.count()):
        if (
            not header.isSectionHidden(section)
            and header.sectionSize(section) < header.sectionSizeHint(section) - SLACK
        ):
            title = header.model().headerData(section, header.orientation())
            yield f"heading “{title}”: needs {header.sectionSizeHint(section)} and has {header.sectionSize(section)}"


def _cells(table: QTableView) -> Iterator[str]:
    """Describe cut-off cells of every column except the one that elides names and has tooltips."""
    model = table.model()
    columns = table.findChild(Columns)
    fill = columns._fill if columns is not None else 0
    for row in range(min(model.rowCount(), 5)):
        for column in range(table.horizontalHeader().count()):
            index = model.index(row, column)
            if table.isColumnHidden(column) or column == fill:
                continue
            needed = table.sizeHintForIndex(index).width()
            if needed > table.columnWidth(column) + SLACK:
                yield f"cell “{index.data()}”: needs {needed} and has {table.columnWidth(column)}"


def _overlaps(parent: QWidget) -> Iterator[str]:
    if isinstance(parent, QAbstractScrollArea) and not isinstance(parent, QScrollArea):
        return
    children = [one for one in parent.children() if isinstance(one, CONTROLS) and one.isVisible()]
    for place, one in enumerate(children):
        for other in children[place + 1 :]:
            common = one.geometry().intersected(other.geometry())
            if common.width() > SLACK and common.height() > SLACK:
                yield f"{_name(one)} and {_name(other)} overlap"


def _name(widget: QWidget) -> str:
    text = getattr(widget, "text", str)() or getattr(widget, "currentText", str)() or widget.accessibleName()
    where = QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())
    return f"{type(widget).__name__} “{text}” at {where.x()},{where.y()} {where.width()}×{where.height()}"
