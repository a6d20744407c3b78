"""Tab follows the layouts of a page, whatever order its widgets were made in."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.ui.widgets import tab_order


def chain(first: QWidget, number: int) -> list[str]:
    """Names of the next controls in the order of Tab."""
    names: list[str] = []
    widget = first
    while len(names) < number:
        if len(widget.objectName()) == 1:  # Qt names parts of its own widgets, too
            names.append(widget.objectName())
        widget = widget.nextInFocusChain()
    return names


def test_tab_goes_through_layouts_splitters_scroll_areas_and_stacks(qtbot: Any) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    fields = {name: QPushButton(page) if name != "b" else QLineEdit(page) for name in "fbdaec"}
    for name, field in fields.items():
        field.setObjectName(name)
    scrolled, inner, stack, right = QScrollArea(), QWidget(), QStackedWidget(), QWidget()
    row = QHBoxLayout(inner)
    row.addWidget(QLabel("beside"))
    row.addWidget(fields["b"])
    row.insertWidget(0, fields["a"])
    scrolled.setWidget(inner)
    column, nested = QVBoxLayout(right), QHBoxLayout()
    nested.addWidget(fields["c"])
    nested.addWidget(fields["d"])
    column.addLayout(nested)
    stack.addWidget(QLabel("nothing"))
    stack.addWidget(fields["e"])
    column.addWidget(stack)
    splitter = QSplitter()
    splitter.addWidget(scrolled)
    splitter.addWidget(right)
    outer = QVBoxLayout(page)
    outer.addWidget(splitter)
    outer.addWidget(fields["f"])
    assert chain(fields["a"], 6) != list("abcdef")
    tab_order.follow_layouts(page)
    assert chain(fields["a"], 6) == list("abcdef")


def test_a_page_without_controls_is_not_changed(qtbot: Any) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    tab_order.follow_layouts(page)
    assert list(tab_order.controls(page)) == []


def test_a_control_made_later_is_reached_before_another_one(qtbot: Any) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    fields = {}
    for name in "adbc":  # b and c are made last
        fields[name] = QPushButton(page)
        fields[name].setObjectName(name)
        column.addWidget(QLabel("beside"))
        column.addWidget(fields[name])
    for name in "bc":
        tab_order.insert_before(fields["d"], fields[name])
    assert chain(fields["a"], 4) == list("abcd")
