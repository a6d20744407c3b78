"""The map on the Images page: it selects what the grid selects, with pointer and keyboard.

Longer than other files, because all tests share one map.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import fake_dataset
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QMenu

from studio.events import AcceptedFinding, AppliedChoices, PhotosMapped
from studio.events.photos.photo_map import LabelSuspect
from studio.session.photos import map_view
from studio.session.photos.map_sets import LIKELY
from studio.session.photos.map_view import LegendEntry
from studio.session.state import AppState, JobState
from studio.spec import BackboneSpec, DatasetSpec, RunSpec
from studio.spec.journal import LABEL_ERROR
from studio.spec.structs import replace
from studio.ui.stations.images.page import ImagesPage
from studio.ui.stations.images.photos.photo_map.map_notice import COMPUTE
from studio.ui.stations.images.photos.photo_map.panel import MapPanel
from studio.ui.stations.images.photos.photo_map.tools import Legend
from studio.ui.theme import class_colors, theme

FOLDER = str(Path("/nowhere/photos").absolute())
DATA = fake_dataset(FOLDER)
PATHS = tuple(photo.path for photo in DATA.photos)
PLACES = np.stack([np.arange(40) % 8, np.arange(40) // 8], axis=1).astype(np.float32)
NEAR = ((np.arange(40)[:, None] + np.arange(1, 4)) % 40).astype(np.int32)
MAP = PhotosMapped(
    FOLDER,
    BackboneSpec(),
    PATHS,
    1280,
    PLACES,
    "tsne",
    750,
    True,
    0.0,
    NEAR,
    (LabelSuspect(PATHS[0], "ants", "bees", 9, 10),),
)
STATE = AppState(spec=RunSpec(DatasetSpec(FOLDER)), dataset=DATA)
LEFT, NO_PHASE = Qt.MouseButton.LeftButton, Qt.ScrollPhase.NoScrollPhase
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def page(show_page: Any) -> ImagesPage:
    page = show_page(ImagesPage(), 1200)
    page.show_state(STATE)
    page.photos.maps.buttons["Map"].click()
    return page


def panel(page: ImagesPage) -> MapPanel:
    result = page.photos.maps.panel
    assert result is not None
    return result


def place(page: ImagesPage, point: int) -> QPoint:
    x, y = panel(page).map.pixels()[point].tolist()
    return QPointF(x, y).toPoint()


def selected(page: ImagesPage) -> list[str]:
    return page.photos.grid.selected_paths()


def test_without_a_map_a_button_computes_it_and_progress_is_shown(page: ImagesPage) -> None:
    asked: list[object] = []
    page.job_requested.connect(lambda name, arguments: asked.append((name, arguments)))
    assert not panel(page).map.isVisible()
    panel(page).notice.buttons[COMPUTE].click()
    assert asked == [("photo_map", (STATE.spec.dataset, STATE.spec.backbone, False))]
    page.show_state(replace(STATE, to_download=20.0))
    assert not panel(page).notice.buttons[COMPUTE].isEnabled()
    page.show_state(replace(STATE, jobs={"photo_map": JobState("photo_map")}))
    assert panel(page).progress.isVisible()
    page.show_state(replace(STATE, photo_map=MAP))
    assert panel(page).map.isVisible()
    assert not panel(page).notice.isVisible()
    assert "t-SNE of 1280 features" in panel(page).caption.text()


def test_with_reduced_motion_the_points_move_once_at_the_end(page: ImagesPage) -> None:
    running, better = {"photo_map": JobState("photo_map")}, replace(MAP, positions=PLACES[::-1].copy())
    for still in (True, False):
        theme.reduce_motion(still)
        try:
            page.show_state(replace(STATE, photo_map=MAP, jobs=running))
            first = panel(page).map.pixels().copy()
            page.show_state(replace(STATE, photo_map=better, jobs=running))
            assert np.array_equal(panel(page).map.pixels(), first) is still
            page.show_state(replace(STATE, photo_map=better))
            assert not np.array_equal(panel(page).map.pixels(), first)
        finally:
            theme.reduce_motion(False)


def test_keys_move_select_open_and_choose_tools(page: ImagesPage, qtbot: Any) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    view = panel(page).map
    opened: list[int] = []
    view.opened.connect(opened.append)
    panel(page).photo_opened.disconnect()
    view.setFocus()
    view.mark(0)
    assert "9 of its 10 nearest photos are bees" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.current == 1
    qtbot.keyClick(view, Qt.Key.Key_Space)
    qtbot.keyClick(view, Qt.Key.Key_Up, SHIFT)
    assert view.current == 9
    assert selected(page) == [PATHS[1], PATHS[9]]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened == [9]
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert len(selected(page)) == 40
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert selected(page) == []
    qtbot.keyClick(view, Qt.Key.Key_L)
    assert panel(page).tools.tools["lasso"].isChecked()
    before = view.camera
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera.scale > before.scale
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.camera == before


def test_a_box_selects_what_the_grid_selects_and_the_journal_takes_it(page: ImagesPage, qtbot: Any) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    view = panel(page).map
    asked: list[Any] = []
    page.photos.choices.requested.connect(asked.append)
    panel(page).tools.tools["rectangle"].click()

    def drag(first: QPoint, last: QPoint, keys: Any = NONE) -> None:
        qtbot.mousePress(view, LEFT, keys, first)
        qtbot.mouseMove(view, last)
        qtbot.mouseRelease(view, LEFT, keys, last)

    apart = QPoint(9, 9)
    drag(place(page, 8) - apart, place(page, 1) + apart)
    assert selected(page) == [PATHS[row] for row in (0, 1, 8, 9)]
    assert page.photos.selection.words.text() == "4 selected of 40"
    drag(place(page, 9) - apart, place(page, 9) + apart, Qt.KeyboardModifier.AltModifier)
    drag(place(page, 20) - apart, place(page, 20) + apart, SHIFT)
    assert selected(page) == [PATHS[row] for row in (0, 1, 8, 20)]
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert [action.photos for action in asked[-1].actions] == [tuple(PATHS[row] for row in (0, 1, 8, 20))]
    page.photos.maps.buttons["Grid"].click()
    assert page.photos.grid.isVisible()
    assert len(selected(page)) == 4
    page.photos.maps.buttons["Map"].click()
    qtbot.mouseClick(view, LEFT, CTRL, place(page, 20))
    assert selected(page) == [PATHS[row] for row in (0, 1, 8)]


def test_the_pointer_drags_zooms_opens_and_selects(page: ImagesPage, qtbot: Any) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    view = panel(page).map
    opened: list[int] = []
    view.opened.connect(opened.append)
    panel(page).photo_opened.disconnect()
    qtbot.mouseClick(view, LEFT, NONE, place(page, 10))
    assert opened == [10]
    qtbot.mouseClick(view, LEFT, CTRL, place(page, 11))
    qtbot.mouseClick(view, LEFT, SHIFT, place(page, 12))
    assert selected(page) == [PATHS[11], PATHS[12]]
    free = (place(page, 10) + place(page, 19)) / 2
    qtbot.mouseClick(view, LEFT, NONE, free)
    assert selected(page) == []
    before, drawn = view.camera, place(page, 10)
    qtbot.mousePress(view, LEFT, NONE, free)
    qtbot.mouseMove(view, free + QPoint(30, 0))
    qtbot.mouseMove(view, free + QPoint(60, 20))
    qtbot.mouseRelease(view, LEFT, NONE, free + QPoint(60, 20))
    assert place(page, 10) - drawn == QPoint(60, 20)
    assert (view.camera.scale, opened, selected(page)) == (before.scale, [10], [])
    here = place(page, 10)
    for turn, closer in ((120, True), (-120, False)):
        scale = view.camera.scale
        at = QPointF(here)
        event = QWheelEvent(at, at, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, NONE, NO_PHASE, False)
        view.wheelEvent(event)
        assert (view.camera.scale > scale) == closer
        assert (place(page, 10) - here).manhattanLength() <= 1, "what is at the pointer stays there"
    panel(page).tools.tools["lasso"].click()
    around = [place(page, 10) + QPoint(*by) for by in ((-12, -12), (12, -12), (12, 12), (-12, 12))]
    qtbot.mousePress(view, LEFT, NONE, around[0])
    for corner in (*around[1:], around[0]):
        qtbot.mouseMove(view, corner)
    qtbot.mouseRelease(view, LEFT, NONE, around[0])
    assert selected(page) == [PATHS[10]]


def test_beside_the_map_are_the_selection_and_the_label_errors_one_by_one(page: ImagesPage, qtbot: Any) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    side, asked = panel(page).side, []
    page.photos.choices.requested.connect(asked.append)
    card = side.review
    assert card.isVisible()
    assert not side.gallery.isVisible()
    assert card.review is not None
    assert (card.review.path, card.review.title) == (PATHS[0], "Labeled ants")
    assert card.words.text() == "9 of its 10 nearest photos are bees."
    room = QRect(0, 0, card.words.width(), 1000)
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    suspects = (replace(MAP.suspects[0], suggested=long),)
    card.show_map(replace(MAP, suspects=suspects), replace(STATE.dataset, classes=("ants", long)), "")
    assert long[:16] in card.words.text()
    wrapped = card.words.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, card.words.text())
    assert wrapped.width() <= room.width(), "the name of the class breaks"
    card.show_map(MAP, STATE.dataset, "")
    assert card.review.near == PATHS[1:4]
    card.setFocus()
    for key, kind, value in ((Qt.Key.Key_R, "relabel", "bees"), (Qt.Key.Key_K, "accept", LABEL_ERROR)):
        qtbot.keyClick(card, key)
        assert [(one.kind, one.photos, one.value) for one in asked[-1].actions] == [(kind, (PATHS[0],), value)]
    qtbot.keyClick(card, Qt.Key.Key_X)
    assert asked[-1].actions[0].kind == "exclude"
    panel(page)._select(np.array([19, 0, 21]), "set")
    assert side.gallery.isVisible()
    assert side.words.text() == "3 photos · 2 ants, 1 bees"
    assert next(item.path for item in side.gallery.photos()) == PATHS[19], "its neighbors are bees"
    side.resize(side.width(), 200)
    assert (side.gallery.isVisible(), card.isVisible()) == (True, False), "no room for both"
    side.cleared.emit()
    assert selected(page) == []
    assert card.isVisible()
    right = AppliedChoices(accepted=(AcceptedFinding(LABEL_ERROR, (PATHS[0],)),))
    page.show_state(replace(STATE, photo_map=MAP, dataset=replace(DATA, choices=right)))
    assert not side.isVisible()
    assert not panel(page)._points.ringed.any()  # type: ignore[union-attr]


def test_a_stored_map_is_requested_once(page: ImagesPage) -> None:
    asked: list[Any] = []
    page.job_requested.connect(lambda name, arguments: asked.append((name, *arguments[2:])))
    for _ in range(2):
        page.show_state(replace(STATE, engine_ready=True))
    assert asked == [("photo_map", True)]


def test_the_filter_fades_and_sets_of_the_map_are_shown_in_the_grid(page: ImagesPage) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    page.photos.show_labels(frozenset({1}))
    some = panel(page)._points
    assert some is not None
    assert some.faded.sum() == 20
    page.photos.show_labels(frozenset())
    panel(page).legend.entries[-1].click()
    assert [item.path for item in page.photos.grid.photos()] == [PATHS[0]]
    assert page.photos.sets.currentData() == LIKELY
    page.photos.show_set("")
    page.photos.show_labels(frozenset({0}))
    page.photos.show_similar(str(Path(FOLDER, PATHS[5])))
    assert [item.path for item in page.photos.grid.photos()] == [PATHS[row] for row in (5, 6, 7, 8)]
    assert page.photos.grid.isVisible()
    assert page.photos.sets.currentText().startswith("Similar to ")


def test_the_menu_of_a_selected_photo_leaves_the_selection_as_it_is(
    page: ImagesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.show_state(replace(STATE, photo_map=MAP))
    chosen = {PATHS[3], PATHS[4], PATHS[19]}
    page.photos.grid.select_paths(chosen)
    opened: list[str] = []
    monkeypatch.setattr(QMenu, "popup", lambda _menu, _where: opened.append(page.photos.grid.chosen()))
    gallery = panel(page).side.gallery
    gallery.setCurrentIndex(gallery.model().index(1, 0))
    gallery.customContextMenuRequested.emit(QPoint(-1, -1))  # the Menu key
    assert opened == [str(Path(FOLDER, gallery.photos()[1].path))]
    assert set(page.photos.grid.selected_paths()) == chosen


def test_find_similar_says_why_it_cannot(page: ImagesPage) -> None:
    def entry() -> Any:
        page.photos.grid.setCurrentIndex(page.photos.grid.model().index(3, 0))
        menu = page.photos._menu.menu()
        return next(action for action in menu.actions() if action.text() == "Find similar photos")

    assert not entry().isEnabled()
    page.show_state(replace(STATE, photo_map=MAP))
    assert entry().isEnabled()


def test_the_legend_shows_as_many_classes_as_fit(qtbot: Any) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(500, 24)
    legend.show()
    legend.show_entries([LegendEntry(color, f"class {color}", 5, color) for color in range(10)], 3)
    few = len(legend.entries)
    assert 1 < few < 11
    assert legend.entries[0].text() == "class 0 · 5", "not “class 05”, nor the fifth of several"
    assert legend.entries[-1].text() == "3 likely label errors"
    legend.resize(1400, 24)
    qtbot.waitUntil(lambda: len(legend.entries) == 11)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_are_ten_and_stand_out_from_a_card(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "is_dark", lambda: scheme == "dark")
    card = {"light": "#ffffff", "dark": "#1c1f26"}[scheme]

    def brightness(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for color in class_colors.colors()[:10]:
        light, dark = sorted((brightness(color), brightness(card)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, color
    assert len(set(class_colors.colors()[:10])) == 10
    values = class_colors.colors()[map_view.FIRST_VALUE :]
    assert len(set(values)) == class_colors.VALUES == map_view.VALUES
    shades = [brightness(color) for color in values]
    assert shades == sorted(shades)
    for shade in shades:
        light, dark = sorted((shade, brightness(card)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 1.9
