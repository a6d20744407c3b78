"""The Evaluate page: an enlarged photo, and what raises the score of its class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import states
from PySide6.QtCore import Qt

from studio.events import ClassHeatmap, Failed
from studio.session.jobs.failures import with_failure
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.stations.evaluate.heatmap_panel import HeatmapPanel
from studio.ui.stations.evaluate.page import EvaluatePage


@pytest.mark.slow
def test_a_photo_opens_large_and_arrows_step(page: EvaluatePage, finished: AppState, qtbot: Any) -> None:
    page.show_state(finished)
    page.wall.photos.photo_opened.emit(str(Path(finished.spec.dataset.folder, "ants/0009.jpg")))
    viewer = page.wall.findChild(PhotoViewer)
    assert viewer is not None
    assert viewer.photo().path.endswith("0009.jpg")
    assert viewer.photo().probabilities[0] == ("bees", pytest.approx(0.7))
    qtbot.waitUntil(viewer.isActiveWindow)
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.photo().path.endswith("0001.jpg")
    viewer.grab()
    viewer.close()


def test_why_shows_what_raises_the_score_of_a_class(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    path = str(Path(finished.spec.dataset.folder, "ants/0009.jpg"))
    page.wall.open_photo(path)
    viewer, why = page.wall.findChild(PhotoViewer), page.wall.why
    assert viewer is not None
    assert why is not None
    assert not why.classes.isEnabled()
    why.switch.click()
    run = finished.run
    assert run is not None
    assert jobs == [("heatmap", (run.id, path, "", "", ""))]
    heat = np.array([[0, 1], [0, 0]], np.float32)
    heatmap = ClassHeatmap(path, "conv_head", "bees", 1, 0.7, heat, np.full((8, 8, 3), 90, np.uint8), 0.1, 3, run.id)
    plain = viewer.picture.grab().toImage()
    page.show_state(replace(finished, heatmap=replace(heatmap, path="/other.jpg")))
    assert why.words.text() == "Computing…"
    page.show_state(replace(finished, heatmap=heatmap))
    assert why.words.text().startswith("Bright regions raise the score of “bees” (70.0\u202f%) at conv_head.")
    assert viewer.picture.grab().toImage() != plain
    why.classes.setCurrentIndex(1)
    why.classes.activated.emit(1)
    assert jobs[1][1] == (run.id, path, "ants", "", "")
    page.show_state(states.with_fault(finished, "features", Failed("No weights.", "Train again.")))
    viewer.step(1)
    assert len(jobs) == 3
    why.switch.click()
    assert not why.words.isVisible()
    viewer.close()
    assert page.wall.why is None


def asked_why(page: EvaluatePage, finished: AppState) -> tuple[PhotoViewer, HeatmapPanel]:
    """An enlarged photo with “Why?” switched on."""
    page.show_state(finished)
    page.wall.open_photo(str(Path(finished.spec.dataset.folder, "ants/0009.jpg")))
    viewer, why = page.wall.findChild(PhotoViewer), page.wall.why
    assert viewer is not None
    assert why is not None
    why.switch.click()
    return viewer, why


def test_why_says_why_the_first_heatmap_failed(page: EvaluatePage, finished: AppState) -> None:
    viewer, why = asked_why(page, finished)
    assert why.words.text() == "Computing…"
    page.show_state(with_failure(finished, "features", "heatmap", Failed("No weights.", "Train again.")))
    assert why.words.text() == "No weights. Train again."
    viewer.close()


def test_why_says_that_it_was_stopped(page: EvaluatePage, finished: AppState) -> None:
    viewer, why = asked_why(page, finished)
    page.show_state(states.with_job(finished, "heatmap"))
    assert why.words.text() == "Computing…"
    page.show_state(finished)
    assert why.words.text().startswith("Stopped.")
    why.switch.click()
    why.switch.click()
    page.show_state(finished)
    assert why.words.text() == "Computing…"
    viewer.close()


@pytest.mark.slow
def test_the_viewer_says_that_a_deleted_photo_cannot_be_read(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    path = Path(finished.spec.dataset.folder, "ants/0009.jpg")
    path.unlink()
    page.wall.open_photo(str(path))
    viewer = page.wall.findChild(PhotoViewer)
    assert viewer is not None
    assert "cannot be read" in viewer.details.verdict.text()
    viewer.close()
