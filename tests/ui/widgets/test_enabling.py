"""Every disabled control of the window gives its reason, in its tooltip and to a screen reader, in several states."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QPushButton,
    QToolTip,
    QWidget,
)
from run_summaries import summary
from silent_controls import silent

from studio.session.state import STATIONS
from studio.spec import BackboneSpec
from studio.spec.structs import replace
from studio.ui.widgets.enabling import ReasonMenu, allow


def everywhere(window: Any, qtbot: Any) -> list[str]:
    """Controls that are disabled without a reason on any station."""
    names: list[str] = []
    for station in STATIONS:
        window.show_station(station)
        qtbot.wait(20)
        names += silent(window)
    return sorted(set(names))


@pytest.mark.slow
def test_every_disabled_control_gives_the_reason(make_window: Any, fakes: Any, qtbot: Any) -> None:
    fakes.past = (summary("done"), replace(summary("fresh", "cancelled", 0, 3), checkpoint=""))
    fakes.stores = ()
    window = make_window()
    store = window.store
    assert list(silent(window)) == [], "first start"
    fakes.photos = 4
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: store.state.dataset is not None and store.state.run_list.is_listed and not store.state.jobs)
    assert everywhere(window, qtbot) == [], "a folder is open"
    assert not window.menus.export.isEnabled()
    window.dialogs.show_cache()
    qtbot.waitUntil(lambda: not store.state.jobs)
    assert list(silent(window)) == [], "an empty cache"
    table, flags = window.pages["head"].runs.table, QItemSelectionModel.SelectionFlag
    # Not `selectRow`: a Ctrl that an earlier test held down in a click counts as pressed until the next event.
    table.selectionModel().setCurrentIndex(table.model().index(1, 0), flags.ClearAndSelect | flags.Rows)
    qtbot.waitUntil(lambda: store.state.run_list.chosen.endswith("fresh"))
    assert everywhere(window, qtbot) == [], "a run without a checkpoint is chosen"
    store.choose(replace(store.state.spec, backbone=BackboneSpec("resnet18")))
    assert everywhere(window, qtbot) == [], "its weights are missing"
    store.choose(replace(store.state.spec, backbone=BackboneSpec()))
    fakes.gate = threading.Event()
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None)
    assert everywhere(window, qtbot) == [], "it trains"
    store.stop()
    assert everywhere(window, qtbot) == [], "it stops"
    fakes.gate.set()
    qtbot.waitUntil(lambda: "train" not in store.state.jobs)
    fakes.gate = None
    store.train()
    qtbot.waitUntil(lambda: store.state.run.status == "done")
    assert everywhere(window, qtbot) == [], "it is done"
    page = window.pages["evaluate"]
    assert page.export.isEnabled()
    page.wall.open_photo(page.wall.photos._model.path(0)) if page.wall.photos.photos() else None
    assert list(silent(window)) == [], "a photo is shown"


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)
@pytest.mark.parametrize("what", ["widget", "action"])
def test_the_reason_is_shown_on_hover_while_a_control_is_disabled(qtbot: Any, what: str) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    control: Any = QPushButton("Train", holder)
    menu = ReasonMenu("Run", holder)
    if what == "action":
        control = menu.addAction("Train")
    else:
        control.setToolTip("Train now")
    before = control.toolTip()
    allow(control, "Open a folder first.")
    assert not control.isEnabled()
    assert "Open a folder first." in control.toolTip()
    holder.show()
    target: QWidget = control if isinstance(control, QWidget) else menu
    place = QPoint(3, 3)
    if isinstance(control, QAction):
        menu.popup(QPoint(0, 0))
        place = menu.actionGeometry(control).center()
    QApplication.sendEvent(target, QHelpEvent(QEvent.Type.ToolTip, place, target.mapToGlobal(place)))
    assert "Open a folder first." in QToolTip.text()
    QToolTip.hideText()
    menu.close()
    allow(control, "")
    assert control.isEnabled()
    assert control.toolTip() == before
    qtbot.waitUntil(lambda: not [one for one in QApplication.topLevelWidgets() if isinstance(one, QLabel)])
