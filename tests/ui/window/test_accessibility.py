"""A screen reader: every control of the window has a name, a role and a position in the tab order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes import Fakes
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QDialog, QFrame, QPushButton
from run_summaries import DONE, PHOTOS, summary
from spoken import backwards, plots, stops, unreached, unspoken

from studio.session.state import STATIONS, Station
from studio.ui.plots.histogram import Histogram
from studio.ui.widgets.part_by_part import PartByPart
from studio.ui.widgets.tables.read_only_table import RowTable

DIALOGS = (
    "cache_requested",
    "trash_requested",
    "shortcuts_requested",
    "names_requested",
    "copy_requested",
    "run_describe_requested",
    "run_extend_requested",
    "run_replay_requested",
    "compare_settings_requested",
    "privacy_requested",
    "about_requested",
    "preferences_requested",
)
"""Signals of the menus that open dialogs of the program's own, without the system's for files."""

OPENERS: dict[Station, tuple[Callable[[Any], None], ...]] = {
    "images": (lambda page: page.photos.grid.doubleClicked.emit(page.photos.grid.model().index(0, 0)),),
    "features": (
        lambda page: page.backbones.browse.click(),
        lambda page: page.backbones.compare.click(),
        lambda page: page.plan.advise.click(),
        lambda page: page.plan.forecast.click(),
    ),
    "head": (lambda page: page.form.advise.click(),),
    "use": (lambda page: page.photos.label.click(),),
}
"""How the dialogs of a page are opened."""


def problems(window: Any, title: str) -> list[str]:
    """What is wrong with the page shown."""
    silent = [f"{plot} has no sentence" for plot, sentence in plots(window) if not sentence]
    reached = stops(window)
    lost = [f"Tab never reaches {one}" for one in unreached(window, reached)]
    return [f"{title}: {what}" for what in (*unspoken(window), *silent, *lost, *backwards(reached))]


def of_dialogs(window: Any, qtbot: Any) -> list[str]:
    """What is wrong with the dialogs of the menus, each of which must open."""
    found = []
    for name in DIALOGS:
        getattr(window.menus, name).emit()
        dialogs = [one for one in window.findChildren(QDialog) if one.isVisible()]
        if not dialogs:
            found.append(f"{name}: no dialog")
        for dialog in dialogs:
            found += [f"{name}: {what}" for what in unspoken(dialog)]
            dialog.reject()
        qtbot.wait(1)
    return found


def of_dialogs_of_pages(window: Any, qtbot: Any) -> list[str]:
    """What is wrong with the dialogs that the pages open: catalog, advice and forecast with their results, viewer."""
    found, store = [], window.store
    for station, openers in OPENERS.items():
        window.show_station(station)
        for opener in openers:
            before = {one for one in window.findChildren(QDialog) if one.isVisible()}
            opener(window.pages[station])
            dialogs = [one for one in window.findChildren(QDialog) if one.isVisible() and one not in before]
            if len(dialogs) != 1:
                found.append(f"{station}: {len(dialogs)} dialogs instead of one")
            for dialog in dialogs:
                if (start := getattr(dialog, "start", None)) is not None:
                    start.click()
                    qtbot.waitUntil(lambda: not store.state.jobs)
                dialog.activateWindow()
                qtbot.waitUntil(dialog.isActiveWindow)
                found += problems(dialog, dialog.windowTitle())
                dialog.reject()
            qtbot.wait(1)
    return found


@pytest.mark.slow
def test_every_control_of_every_station_is_accessible(make_window: Any, fakes: Fakes, qtbot: Any) -> None:
    fakes.past = (DONE, summary("other"))
    window = make_window()
    store, found = window.store, problems(window, "start")
    window.open_folder(PHOTOS)
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    for station in STATIONS:
        window.show_station(station)
        found += problems(window, f"{station} without a run")
    store.train()
    qtbot.waitUntil(lambda: store.state.run is not None and store.state.run.status == "done")
    store.using.add(["/nowhere/a sure one.png", "/nowhere/unread photo.png"])
    qtbot.waitUntil(lambda: len(store.state.given.rows) == 2 and not store.state.jobs)
    for station in STATIONS:
        window.show_station(station)
        qtbot.wait(100)  # until the jobs of the page have begun
        qtbot.waitUntil(lambda: not store.state.jobs)
        qtbot.waitUntil(lambda: not any(later._parts for later in window.findChildren(PartByPart)))
        for section in getattr(getattr(window.pages[station], "form", None), "sections", {}).values():
            section.heading.setChecked(True)
        found += problems(window, station)
    found += of_dialogs_of_pages(window, qtbot)
    store.runs.choose(DONE.path)
    found += of_dialogs(window, qtbot)
    assert not found, "\n".join(["", *dict.fromkeys(found)])


def test_the_accessibility_check_detects_errors(qtbot: Any) -> None:
    page = QFrame()
    page.setObjectName("card")
    qtbot.addWidget(page)
    first, second, third = (QPushButton(text, page) for text in ("", "Open", "Open"))
    for place, button in enumerate((third, second, first)):
        button.setGeometry(0, 40 * place, 80, 24)
    plot = Histogram("Errors", parent=page)
    table = RowTable("Runs", page)
    table.setModel(QStandardItemModel(1, 1, table))
    table.setGeometry(90, 0, 100, 100)
    table.setAccessibleDescription("")
    page.resize(200, 200)
    page.show()
    assert sorted(unspoken(page)) == [
        "QPushButton  in QFrame “Open”: called as its neighbor",
        "QPushButton  in QFrame: no name",
        "RowTable  in QFrame “Runs”: not described",
    ]
    assert [sentence for _, sentence in plots(page)] == [""]
    assert len(list(backwards([first, second, third]))) == 2
    assert not list(backwards([third, second, first]))
    third.setAccessibleDescription("the last folder")
    table.setAccessibleDescription("Enter opens a run.")
    first.setAccessibleName("Close")
    plot.show_numbers(np.arange(9.0))
    assert not list(unspoken(page))
    assert next(plots(page))[1].startswith("Errors: ")
