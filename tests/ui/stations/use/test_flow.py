"""The steps from the photo to its answer, the evidence, and the distance to the training photos."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import states
from fake_jobs.data import fake_answer, fake_trace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.events import ClassHeatmap, Failed, GivenPhoto, PhotosPredicted, PhotoTraced, TraceStep
from studio.session import given_photos
from studio.session.given_photos import GivenPhotos
from studio.session.jobs.failures import with_failure
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.stations.use.flow.step_dialog import StepDialog
from studio.ui.stations.use.page import UsePage

SURE, UNLIKE = "/nowhere/a sure one.png", "/nowhere/unlike.png"


def predicted(*photos: GivenPhoto, chosen: str = "") -> AppState:
    """A state with a finished run and these answers."""
    run = states.run()
    event = PhotosPredicted(run.id, photos)
    given = given_photos.predicted(given_photos.begun(GivenPhotos(), run.id, "best", None), event)
    now = given_photos.chosen(given, chosen or given.chosen)
    return replace(states.state(), given=now).showing(run)


def traced(state: AppState, path: str) -> AppState:
    return replace(state, traced=PhotoTraced(state.given.run, "best", fake_trace(path)))


@pytest.fixture
def page(show_page: Any) -> UsePage:
    return show_page(UsePage(), 1280, 800)


def test_the_steps_are_asked_for_and_shown_with_shape_and_range(page: UsePage, qtbot: Any) -> None:
    jobs: list[tuple[str, tuple[Any, ...]]] = []
    page.job_requested.connect(lambda name, arguments: jobs.append((name, arguments)))
    state = predicted(fake_answer(SURE), fake_answer(UNLIKE))
    page.show_state(state)
    assert page.flow.accessibleDescription() == "Computing the steps…"
    high = page.flow.height()
    qtbot.waitUntil(lambda: len(jobs) == 2)
    run = state.given.run
    assert sorted(jobs) == [("heatmap", (run, SURE, "", "", "best")), ("trace_given", (run, SURE, "best"))]
    page.show_state(traced(state, UNLIKE))  # of another photo
    assert page.flow.accessibleDescription() == "Computing the steps…"
    assert not page.flow.steps[0].isEnabled()
    page.grab()
    page.show_state(traced(state, SURE))
    assert page.flow.accessibleDescription() == ""
    assert page.flow.steps[0].isEnabled()
    qtbot.wait(1)
    assert page.flow.height() == high  # the cards below it stay where they are
    spoken = [view.accessibleName() for view in page.flow.steps]
    assert spoken[0] == "Photo, 200 × 300 × 3, uint8, 120 … 120, frame: the crop"
    assert spoken[1].startswith("Tensor, 3 × 16 × 16, float32, −1.00 … 1.00, mean ")
    assert spoken[2].startswith("Features, 1280, 0.00 … 2.00, ")
    assert spoken[4] == "Softmax, 2, sum 1.00, temperature 1.00"
    assert page.distance.strip.accessibleDescription() == "0.168, limit 0.56"
    assert page.distance.title.text() == "Nearest training photos: 1 of 2 are bees"
    assert len(page.distance.near.photos()) == 2
    page.grab()
    QTest.keyClick(page.flow.steps[4], Qt.Key.Key_Space)
    dialog = page.flow.findChild(StepDialog)
    assert dialog is not None
    assert [dialog.table.item(row, 0).text() for row in range(2)] == ["ants", "bees"]
    dialog.grab()
    dialog.close()


def test_a_photo_that_was_not_read_shows_only_why(page: UsePage) -> None:
    page.show_state(predicted(fake_answer("/nowhere/unread.png")))
    assert page.answer.answer.text() == "not an image"
    assert not page.flow.isVisible()
    assert not page.heat.isVisible()


def test_a_failure_of_the_trace_is_shown_in_its_place(page: UsePage) -> None:
    state = with_failure(predicted(fake_answer(SURE)), "use", "trace_given", Failed("It is gone.", "Choose another."))
    page.show_state(state)
    assert page.flow.words.text() == "It is gone. Choose another."
    assert page.answer.isVisible()
    failed = with_failure(predicted(fake_answer(SURE)), "use", "predict_given", Failed("No weights.", "Download them."))
    page.show_state(failed)
    assert page.nothing.text() == "No weights. Download them."


def test_the_heatmap_is_placed_within_the_whole_photo(page: UsePage, qtbot: Any) -> None:
    state = traced(predicted(fake_answer(SURE)), SURE)
    page.show_state(state)
    jobs: list[tuple[Any, ...]] = []
    page.heat.requested.connect(jobs.append)
    qtbot.waitUntil(lambda: len(jobs) == 1)
    plain = page.heat.picture.grab().toImage()
    heat = np.array([[0, 1], [0, 0]], np.float32)
    pixels = np.full((16, 16, 3), 120, np.uint8)
    found = ClassHeatmap(SURE, "conv_head", "bees", 1, 0.986, heat, pixels, 0.1, 3, state.given.run)
    page.show_state(replace(state, heatmap=found))
    assert page.heat.words.text().startswith("Bright regions raise the score of “bees”")
    shown = page.heat.picture.grab().toImage()
    assert shown != plain
    page.heat.opacity.setValue(20)
    assert page.heat.picture.grab().toImage() != shown
    page.heat.switch.setChecked(False)
    assert not page.heat.opacity.isEnabled()
    assert not page.heat.words.text()
    page.heat.switch.setChecked(True)
    page.heat.classes.setCurrentIndex(1)
    page.heat.classes.activated.emit(1)
    qtbot.waitUntil(lambda: jobs[-1][2] == "ants")


def test_of_many_classes_the_five_highest_and_the_rest_are_shown(page: UsePage) -> None:
    top = tuple((f"class {number}", 0.5 / (number + 1)) for number in range(5))
    page.show_state(predicted(GivenPhoto(SURE, "class 0", top, 95, None, 3)))
    rest = 1 - sum(share for _, share in top)
    assert rest < 0
    spoken = page.answer.bars.accessibleDescription()
    assert spoken.endswith("95 others 0.000")
    assert spoken.count(",") == 5
    page.grab()


def test_steps_with_one_value_and_negative_features_are_drawn(page: UsePage) -> None:
    trace = fake_trace(SURE)
    vector = np.linspace(-3, -1, 7).astype(np.float32)
    flat = np.zeros(1, np.float32)
    steps = (
        trace.steps[0],
        trace.steps[1],
        TraceStep("features", (7,), -3, -1, -2, vector),
        TraceStep("number", (1,), 0, 0, 0, flat),
    )
    state = predicted(fake_answer(SURE))
    unknown = dataclasses.replace(trace, distance=None, limit=None, near=(), near_note="No photos.")
    short = dataclasses.replace(unknown, steps=steps, crop=None)
    page.show_state(replace(state, traced=PhotoTraced(state.given.run, "best", short)))
    assert [view.isVisible() for view in page.flow.steps] == [True] * 4 + [False]
    assert not page.distance.strip.isVisible()
    assert page.distance.words.text() == "No photos."
    page.grab()


def test_why_a_photo_was_not_read_has_the_width_of_the_card(page: UsePage, qtbot: Any) -> None:
    page.show_state(predicted(fake_answer("/nowhere/unread.png")))
    qtbot.waitUntil(lambda: page.answer.answer.width() > 0.9 * (page.answer.width() - 24))
    page.show_state(predicted(fake_answer(SURE)))
    qtbot.waitUntil(lambda: page.answer.bars.width() > page.answer.answer.width())
