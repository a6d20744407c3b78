"""Likely label errors are reviewed by key: the suggested class, a right label, excluded, and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import Qt

from studio.evaluate.documents import evaluation
from studio.evaluate.documents.evaluation import RunFacts
from studio.events import AcceptedFinding, JudgedPart, PartPredicted, PhotoChoice, RunEvaluated
from studio.session import reducer
from studio.session.evaluation import label_review, photo_lists
from studio.session.state import AppState
from studio.spec.journal import JournalAction
from studio.spec.structs import replace
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.evaluate.page import EvaluatePage


@pytest.fixture
def state(tmp_path: Path) -> AppState:
    """Ten validation photos, of which the first two of each class look like the other one."""
    data = states.on_disk(states.dataset(str(tmp_path)))
    paths = tuple(photo.path for photo in data.photos if photo.split == "val")
    truth = np.array([photo.label for photo in data.photos if photo.split == "val"])
    own = np.full(len(paths), 0.9, np.float32)
    own[[0, 1, 5, 6]] = [0.02, 0.04, 0.06, 0.08]
    shares = np.where(truth[:, None] == [0, 1], own[:, None], 1 - own[:, None])
    spec = states.spec(data.folder)
    state = replace(states.state(), spec=spec, dataset=data).showing(states.run(spec, data))
    judged = JudgedPart("val", 3, data.folder, paths, ("",) * len(paths), truth, shares)
    run = state.shown or ""
    state = reducer.reduce(state, "evaluate", PartPredicted(run, "best", data.classes, "", judged))
    document = evaluation.classification(judged, RunFacts(data.classes))
    return reducer.reduce(state, "evaluate", RunEvaluated({"run": run, "part": "val", **document}, "best"))


@pytest.fixture
def page(show_page: Any, state: AppState, qtbot: Any) -> EvaluatePage:
    """The page with the list of likely label errors."""
    page = show_page(EvaluatePage())
    page.show_state(state)
    page.wall._fill_lists()
    (errors,) = (one for one in page.wall.lists.menu().actions() if one.text().startswith("Likely label errors"))
    page.wall._choose_list(errors)
    return page


def shown(page: EvaluatePage) -> list[str]:
    return [item.path for item in page.wall.photos.photos()]


def test_keys_choose_and_continue_with_the_next_photo(page: EvaluatePage, qtbot: Any) -> None:
    paths, asked = shown(page), []
    assert len(paths) == 4
    page.job_requested.connect(lambda kind, values: asked.append((kind, *values)))
    for key in (Qt.Key.Key_R, Qt.Key.Key_K, Qt.Key.Key_Delete):
        qtbot.keyClick(page.wall.photos, key)
    assert {kind for kind, _ in asked} == {"journal"}
    suggested = "bees" if paths[0].startswith("ants") else "ants"
    assert [request.actions for _, request in asked] == [
        (JournalAction("relabel", (paths[0],), suggested),),
        (JournalAction("accept", (paths[1],), "label_error"),),
        (JournalAction("exclude", (paths[2],)),),
    ]
    assert page.wall.photos.selected_paths() == [paths[3]]
    texts = [action.text() for action in page.wall.choices.menu.menu().actions()]
    assert f"Relabel as {'bees' if paths[3].startswith('ants') else 'ants'}\tR" in texts
    assert "Label is right\tK" in texts
    assert page.wall.hint.isVisible()


def chosen(state: AppState, paths: list[str]) -> AppState:
    """The state after the first photo was excluded, the second relabeled, and the label of the third called right."""
    assert state.dataset is not None
    choices = replace(
        state.dataset.choices,
        photos=(PhotoChoice(paths[0], "", 0, True), PhotoChoice(paths[1], "", 0, False, "ants")),
        accepted=(AcceptedFinding("label_error", (paths[2],)),),
    )
    return replace(state, dataset=replace(state.dataset, choices=choices))


def test_a_relabeled_photo_shows_its_choice_and_is_not_in_the_reopened_list(
    page: EvaluatePage, state: AppState, qtbot: Any
) -> None:
    paths = shown(page)
    after = chosen(state, paths)
    page.show_state(after)
    items = page.wall.photos.photos()
    assert [item.path for item in items] == paths
    assert [item.faded for item in items] == [True, False, False, False]
    assert [bool(item.badges) for item in items] == [True, True, True, False]
    assert items[2].remarks == (label_review.ACCEPTED,)
    results = page.wall._results
    assert results is not None
    again = photo_lists.lists(results, after.dataset)
    assert again[2].text == "Likely label errors (1)"
    assert again[2].selection.paths == (paths[3],)
    with qtbot.waitSignal(page.job_requested) as asked:
        page.wall.photos.setCurrentIndex(page.wall.photos.model().index(2, 0))
        qtbot.keyClick(page.wall.photos, Qt.Key.Key_K)
    assert asked.args[1][0].actions == (JournalAction("reopen", (paths[2],), "label_error"),)
    assert after.dataset is not None
    page.show_state(replace(after, dataset=replace(after.dataset, folder="/elsewhere")))
    keep = next(one for one in page.wall.choices.menu.menu().actions() if one.text().startswith("Label is right"))
    assert not keep.isEnabled()
    assert "in another folder" in keep.toolTip()


@pytest.mark.slow
def test_an_enlarged_photo_takes_the_same_keys(page: EvaluatePage, state: AppState, qtbot: Any) -> None:
    paths = shown(page)
    page.wall.photos.selectAll()
    qtbot.keyClick(page.wall.photos, Qt.Key.Key_Return)
    viewer = page.wall.photos.findChild(PhotoViewer)
    qtbot.waitUntil(viewer.isActiveWindow)
    assert viewer.details.hint.isVisible()
    with qtbot.waitSignal(page.job_requested) as asked:
        qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert asked.args[1][0].actions == (JournalAction("exclude", (paths[0],)),)
    assert viewer.place.text() == "2 of 4"
    page.show_state(chosen(state, paths))
    assert viewer.details.remarks.text() == "Relabeled: counts as ants by your choice"
    with qtbot.waitSignal(page.undo_requested):
        qtbot.keyClick(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    viewer.close()
