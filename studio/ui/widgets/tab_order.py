"""Order in which Tab goes through a page: that of its layouts, in which it is read.

Qt's own order is that in which the widgets were made; a widget that is moved to another layout keeps its place in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def follow_layouts(page: QWidget) -> None:
    """Let Tab go through the controls of a page in the order of its layouts; others keep their positions."""
    for one, following in itertools.pairwise(controls(page)):
        QWidget.setTabOrder(one, following)


def insert_before(following: QWidget, new: QWidget) -> None:
    """Let Tab reach a control that was made after its page right before another one, not after all others."""
    before: QWidget | None = following.previousInFocusChain()
    while before is not None and before is not following:
        if before is not new and before.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, new)
            return
        before = before.previousInFocusChain()


def controls(widget: QWidget | None) -> Iterator[QWidget]:
    """The controls in a widget that Tab reaches, including those hidden now."""
    if widget is None:
        return
    layout = widget.layout()
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QScrollArea):
        yield widget
    elif isinstance(widget, QSplitter):
        for place in range(widget.count()):
            yield from controls(widget.widget(place))
    elif isinstance(widget, QScrollArea):
        yield from controls(widget.widget())
    elif layout is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        inner = item.layout() if item is not None else None
        if inner is not None:
            yield from _in_layout(inner)
        elif item is not None:
            yield from controls(item.widget())
