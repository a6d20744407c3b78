"""The Evaluate page: a cell shows its photos in the right order, and stale results are marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from fonts import STRETCHES, font
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel

from studio.events import Dataset, Failed, Saved
from studio.session import part_results
from studio.session.evaluation import photo_selection
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.photos.photo_items import Line
from studio.ui.stations.evaluate import cell_photos
from studio.ui.stations.evaluate.page import EvaluatePage
from studio.ui.status_bar import StatusLine
from studio.ui.theme import theme
from studio.ui.widgets.tables.distinct_names import DistinctNames


def shown(page: EvaluatePage) -> list[str]:
    return [item.path for item in page.wall.photos.photos()]


def test_before_any_run_there_is_one_line(page: EvaluatePage) -> None:
    page.show_state(states.state())
    assert page.stack.currentIndex() == 0
    assert not page._notice.isVisible()


def test_figures_and_verdict_are_shown(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    assert page.figures.cards["accuracy"].accessibleDescription().startswith("60.0")
    assert "lowest class" in page.figures.cards["macro_f1"].accessibleDescription()
    assert page.verdict.word.text() == "Good"


def test_nothing_chosen_shows_all_mistakes_worst_first(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    assert shown(page) == ["ants/0007.jpg", "bees/0005.jpg", "ants/0009.jpg", "ants/0001.jpg"]
    assert page.wall.accessibleName() == "All mistakes · 4 photos, worst first"


def test_a_click_on_a_cell_shows_its_photos_most_confident_first(
    page: EvaluatePage, finished: AppState, qtbot: Any
) -> None:
    page.show_state(finished)
    place = page.matrix.cell_rect(0, 1).center()
    with qtbot.waitSignal(page.matrix.cell_chosen) as signal:
        qtbot.mouseClick(page.matrix.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert signal.args == [0, 1]
    assert shown(page) == ["ants/0007.jpg", "ants/0009.jpg", "ants/0001.jpg"]
    assert page.wall.accessibleName() == "ants predicted as bees · 3 photos, most confident first"
    first = page.wall.photos.photos()[0]
    assert [(line.text, line.value, line.color_role) for line in first.below()] == [
        ("ants → bees", "0.95", "bad"), ("0007.jpg", "", "muted"),
    ]  # fmt: skip
    page.matrix.cell_chosen.emit(1, 1)
    assert page.wall.accessibleName() == "bees, correct · 4 photos, most confident first"
    assert {line.color_role for line in page.wall.photos.photos()[0].below()} == {"text", "muted"}, (
        "nothing right is red"
    )
    page.wall.all_mistakes.click()
    assert len(shown(page)) == 4
    assert page.matrix.chosen is None


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_a_caption_shortens_names_but_never_the_part_that_distinguishes_photos(
    page: EvaluatePage, qapp: QApplication, stretch: int
) -> None:
    longest = "Przewalski's horse, seen from the left side"
    with font(qapp, stretch):
        metrics, room = QFontMetrics(qapp.font()), page.wall.photos.least_width() - 12
        for name in ("bees", longest, "長い名前の昆虫の種類がここに書いてあります"):
            text, value = Line(f"predicted {name}", "0.97", "bad", name).fitted(metrics, room, DistinctNames())
            assert text.startswith("predicted ")
            assert (text, value) == (f"predicted {name}", "0.97") or name[0] in text.removeprefix("predicted ")
            assert metrics.horizontalAdvance(f"{text} {value}") <= room
        ends = [
            Line(f"true {longest} {end}", name=f"{longest} {end}").fitted(metrics, room, DistinctNames())[0]
            for end in "AB"
        ]
        assert ends[0] != ends[1], "names that differ at their end stay different"


def test_the_page_and_the_status_bar_name_the_run_and_the_epoch_that_are_shown(
    page: EvaluatePage, finished: AppState, folder: Dataset, qtbot: Any
) -> None:
    assert finished.run is not None
    run = "/runs/2026-01-02_03-04-05_resnet18"
    opened = replace(finished.run, started=replace(finished.run.started, run=run), dataset=folder)
    long = replace(opened, epochs=states.epochs(5))  # the photos are those of epoch 3
    state = replace(finished, saved=Saved("/runs/2026-01-01_00-00-00_other", "run")).showing(long)
    page.show_state(state)
    assert page.bar.run.currentText().startswith("resnet18, frozen · 2 Jan")
    assert page.bar.parts["val"].text() == "Validation 10"
    assert "epoch 5 of 10, best, last" in [page.bar.epoch.itemText(row) for row in range(page.bar.epoch.count())]
    assert run in page.bar.run.toolTip()
    status = StatusLine()
    qtbot.addWidget(status)
    status.show_state(state)
    assert status._shown.text().startswith("Shown: resnet18, frozen · 2 Jan")
    assert status._shown.text().endswith("epoch 3 of 10")
    assert not [label for label in status.findChildren(QLabel) if "other" in label.text()], "saved, but not shown"
    status.show_state(replace(state, saved=Saved("/home/me/head.safetensors", "head")))
    assert status._last.text().startswith("Saved head.safetensors")
    status.show_state(replace(state, saved=Saved("/home/me/head.safetensors", "head")).showing(finished.run))
    assert "epoch 3 of 10, lowest validation loss" in status._shown.text()


@pytest.mark.slow
def test_the_keyboard_moves_and_enter_opens(page: EvaluatePage, finished: AppState, qtbot: Any) -> None:
    page.show_state(finished)
    chosen: list[tuple[int, int]] = []
    page.matrix.cell_chosen.connect(lambda *cell: chosen.append(cell))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(page.matrix, key)
    assert chosen == [(1, 0)]
    assert page.matrix.accessibleDescription().startswith("bees predicted as ants: 1 of 5, 20.0")
    assert shown(page) == ["bees/0005.jpg"]


@pytest.mark.slow
def test_a_later_epoch_keeps_the_chosen_cell(page: EvaluatePage, finished: AppState, folder: Dataset) -> None:
    page.show_state(finished)
    page.matrix.choose((0, 1))
    page.matrix.cell_chosen.emit(0, 1)
    page.show_state(finished.showing(states.run(finished.spec, folder, number=4, wrong={0: 0.6})))
    assert shown(page) == ["ants/0001.jpg"]


def test_export_needs_a_finished_run(page: EvaluatePage, finished: AppState, folder: Dataset, qtbot: Any) -> None:
    page.show_state(finished.showing(states.run(finished.spec, folder, done=False)))
    assert not page.export.isEnabled()
    assert "Training is in progress." in page.export.toolTip()
    page.show_state(finished)
    assert "running" not in page.export.toolTip()
    with qtbot.waitSignal(page.export_requested):
        page.export.click()
    page.show_state(replace(finished, saved=Saved("/heads/ants.safetensors", "head")))
    assert "/heads/ants.safetensors" in page._notice.accessibleName()


@pytest.mark.slow
def test_the_evaluate_page_says_that_its_results_are_of_other_settings(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    assert not page._notice.isVisible()
    page.show_state(replace(finished, spec=replace(finished.spec, train=states.spec(epochs=99).train)))
    assert "other head settings" in page._notice.accessibleName()
    page.show_state(states.with_fault(finished, "evaluate", Failed("The disk is full.", "Free some space.")))
    assert "disk is full" in page._notice.accessibleName()


@pytest.mark.slow
def test_scores_sort_by_number(page: EvaluatePage, finished: AppState) -> None:
    page.show_state(finished)
    page.tabs.show_tab("Classes")
    page.scores.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    names = [page.scores.model().index(row, 0).data() for row in range(2)]
    assert names == ["bees", "ants"]


@pytest.mark.slow
def test_hidden_pages_are_updated_when_shown(page: EvaluatePage, finished: AppState, qtbot: Any) -> None:
    page.hide()
    page.show_state(finished)
    assert shown(page) == []
    page.show()
    assert shown(page) == [], "tab and photos come in turns after the verdict"
    qtbot.waitUntil(lambda: len(shown(page)) == 4)


@pytest.mark.slow
def test_light_and_dark_both_draw(page: EvaluatePage, finished: AppState, qapp: QApplication) -> None:
    page.show_state(finished)
    for scheme in ("dark", "light"):
        theme.apply(qapp, scheme)
        page.grab()
    theme.apply(qapp, "system")


def test_rows_are_ordered_and_ties_keep_their_order() -> None:
    data = states.dataset(classes=("a", "b", "c"))
    results = part_results.of_events("/runs/1", data, states.predicted(data, {0: 0.5, 1: 0.9, 2: 0.5}))
    assert list(photo_selection.rows(results, PhotoSelection())) == [1, 0, 2]
    assert list(photo_selection.rows(results, PhotoSelection((0, 1)))) == [1, 0, 2]
    assert list(photo_selection.rows(results, PhotoSelection((2, 0)))) == []
    assert len(cell_photos.items(results, np.zeros(0, np.int64))) == 0
    assert photo_selection.title(results, PhotoSelection(), 0) == "No mistakes on the validation photos"


@pytest.mark.slow
def test_forty_classes_have_names_when_zoomed_and_scrolled_and_under_the_pointer(show_page: Any, qtbot: Any) -> None:
    page = show_page(EvaluatePage(), 1248, 612)
    data = states.dataset(classes=tuple(f"class number {number}" for number in range(40)), each=4)
    page.show_state(replace(states.state(), dataset=data).showing(states.run(data=data, wrong={0: 0.9})))
    page.tabs.show_tab("Classes")
    qtbot.waitUntil(lambda: page.scores.viewport().height() > 0)
    rows = page.scores.viewport().height() // page.scores.verticalHeader().defaultSectionSize()
    assert rows >= 3, "a table of 40 classes shows some of them"
    page.tabs.show_tab("Matrix")
    matrix = page.matrix
    assert matrix.geometry_now.named_every == 1
    said: list[str] = []
    matrix.hovered.connect(said.append)
    before = QSize()
    while before != matrix.size():  # until the layout is stable
        before = matrix.size()
        QApplication.processEvents()
    qtbot.mouseMove(matrix.viewport(), matrix.cell_rect(3, 4).center())
    assert said[-1].startswith("class number 3 predicted as class number 4")
    assert page.matrix_card.hovered.text() == said[-1]
    assert page.matrix_card.pairs.model().rowCount() == 1
    with qtbot.waitSignal(page.matrix_card.cell_chosen) as signal:
        page.matrix_card.pairs.clicked.emit(page.matrix_card.pairs.model().index(0, 0))
    assert signal.args == [0, 1]
    assert matrix.chosen == (0, 1)
    assert len(shown(page)) == 1
    page.matrix_card.enlarge()
    large = page.matrix_card._large
    assert large.window() is not page.window()
    assert large.matrix.chosen == (0, 1)
    large.matrix.cell_chosen.emit(3, 3)
    assert matrix.chosen == (3, 3)
    large.window().close()
    qtbot.waitUntil(lambda: page.matrix_card._large is None)
