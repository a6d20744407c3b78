"""The photos of a comparison on the Evaluate page: lists, choices by key, the enlarged photo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compare_page import A, B, asked, state_of
from comparisons import compared
from PySide6.QtCore import Qt

from studio.events import AppliedChoices, ClassHeatmap, Dataset, JournalRead, Photo, PhotoChoice
from studio.spec.journal import JournalAction
from studio.spec.structs import replace
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.evaluate.grid_choices import HINT
from studio.ui.stations.evaluate.page import EvaluatePage


def test_photos_have_both_predictions_and_open(page: EvaluatePage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(
        "studio.ui.stations.evaluate.compare.photos_card.open_viewer",
        lambda parent, count, photo_at, number: opened.append((count, photo_at(number))),
    )
    result = compared(A, B)
    page.show_state(state_of(result))
    card = page.comparison.photos
    monkeypatch.setattr(card.choices, "attach", lambda _viewer: None)
    monkeypatch.setattr(card, "explain", lambda _viewer, _result: None)
    first = card.photos.photos()[0]
    assert [line.color_role for line in first.below()] == ["bad", "good", "muted"]
    card.open_photo(f"/photos/{first.path}")
    assert opened[0][0] == result.document["fixed"]
    assert opened[0][1].text.startswith("true ")
    assert card.summary.text().startswith("Fixed: ")


def test_compared_photos_are_excluded_by_key_and_menu_and_s_still_swaps(page: EvaluatePage, qtbot: Any) -> None:
    result = compared(A, B)
    paths = [result.photos.paths[row] for row in result.photos.groups["fixed"]]
    photos = tuple(Photo(path, 0, "val") for path in result.photos.paths)
    data = Dataset(result.photos.folder, ("ants", "bees"), photos)
    page.show_state(replace(state_of(result), dataset=data))
    requests, grid, choices = asked(page), page.comparison.photos.photos, page.comparison.photos.choices
    journal: list[Any] = []
    page.job_requested.connect(lambda _kind, values: journal.append(values[0].actions))
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(1, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    qtbot.keyClick(grid, Qt.Key.Key_S)
    assert journal == [(JournalAction("exclude", (paths[1],)),)]
    assert requests == [(B, A, "val")]
    texts = [action.text() for action in choices.menu.menu().actions()]
    assert {"Exclude\tDel", "Move to class…\tM", "Move to split"} <= set(texts)
    excluded = AppliedChoices((PhotoChoice(paths[1], "", 0, excluded=True),))
    read = JournalRead(data.folder, "", change="Excluded 1 photo", reverse="undo")
    page.show_state(replace(state_of(result), dataset=replace(data, choices=excluded), journal=read))
    assert [item.faded for item in grid.photos()[:2]] == [False, True]
    assert choices.bar.isVisible()
    page.show_state(replace(state_of(result), dataset=replace(data, folder="/elsewhere")))
    assert "in another folder" in choices.actions.obstacle()


@pytest.mark.slow
def test_an_enlarged_compared_photo_takes_the_keys(page: EvaluatePage, qtbot: Any) -> None:
    result = compared(A, B)
    paths = [result.photos.paths[row] for row in result.photos.groups["fixed"]]
    photos = tuple(Photo(path, 0, "val") for path in result.photos.paths)
    data = Dataset(result.photos.folder, ("ants", "bees"), photos)
    page.show_state(replace(state_of(result), dataset=data))
    card = page.comparison.photos
    card.open_photo(f"{result.photos.folder}/{paths[0]}")
    viewer = card.photos.findChild(PhotoViewer)
    qtbot.waitUntil(viewer.isActiveWindow)
    assert viewer.details.hint.text() == HINT
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    with qtbot.waitSignal(page.job_requested) as request:
        qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert request.args[1][0].actions == (JournalAction("exclude", (paths[1],)),)
    chosen = AppliedChoices((PhotoChoice(paths[1], "", 0, False, "bees"),))
    page.show_state(replace(state_of(result), dataset=replace(data, choices=chosen)))
    assert viewer.place.text().startswith("2 of")
    assert viewer.details.remarks.text() == "Relabeled: counts as bees by your choice"
    with qtbot.waitSignal(page.undo_requested):
        qtbot.keyClick(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    page.show_state(replace(state_of(result), dataset=replace(data, folder="/elsewhere")))
    assert "in another folder" in viewer.details.hint.text()
    viewer.close()


@pytest.mark.slow
def test_why_explains_the_prediction_of_either_compared_run(page: EvaluatePage) -> None:
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    result = compared(A, B)
    state = state_of(result)
    page.show_state(state)
    card = page.comparison.photos
    path = f"{result.photos.folder}/{card.photos.photos()[0].path}"
    card.open_photo(path)
    viewer, why = card.photos.findChild(PhotoViewer), card.why
    assert [why.runs.itemText(row) for row in range(why.runs.count())] == ["A", "B"]
    why.switch.click()
    why.runs.setCurrentIndex(1)
    why.runs.activated.emit(1)
    assert jobs == [("heatmap", (run, path, "", "", "")) for run in (A, B)]
    plain = viewer.picture.grab().toImage()
    heat, pixels = np.array([[0, 1], [0, 0]], np.float32), np.full((8, 8, 3), 90, np.uint8)
    of_b = ClassHeatmap(path, "conv_head", "bees", 1, 0.7, heat, pixels, 0.1, 3, B)
    page.show_state(replace(state, heatmap=replace(of_b, run=A)))
    assert why.words.text() == "Computing…", "the heatmap of the other run"
    page.show_state(replace(state, heatmap=of_b))
    assert why.words.text().startswith("Bright regions raise the score of “bees”")
    assert viewer.picture.grab().toImage() != plain
    viewer.close()
    assert card.why is None
