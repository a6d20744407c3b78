"""The pages for regression targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import number_states
import numpy as np
import pytest
import states
from fakes import fake_dataset
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from trimming import few

from studio.events import AppliedChoices, Dataset, PhotoChoice
from studio.session import ribbon
from studio.spec.journal import JournalAction
from studio.spec.structs import replace
from studio.ui.photos.photo_viewer import PhotoViewer
from studio.ui.plots.histogram import Histogram
from studio.ui.stations.evaluate.grid_choices import NUMBERS_HINT
from studio.ui.stations.evaluate.page import EvaluatePage
from studio.ui.stations.head.page import HeadPage
from studio.ui.stations.images.page import ImagesPage
from studio.ui.theme import theme


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return states.on_disk(number_states.dataset(str(tmp_path)))


@pytest.fixture
def evaluate(show_page: Any) -> EvaluatePage:
    return show_page(EvaluatePage())


@pytest.fixture
def images(show_page: Any) -> ImagesPage:
    return show_page(ImagesPage(), 1200)


# ------------------------------------------------------------------------------------------------- Images


@pytest.mark.slow
def test_the_images_page_shows_target_values_in_place_of_classes(images: ImagesPage, data: Dataset) -> None:
    images.show_state(states.state())
    assert images._table.isVisible()
    images.show_state(number_states.state(data, trained=False))
    assert not images._table.isVisible()
    assert not images.photos.class_filter.isVisible()
    facts = images._numbers.facts
    assert [facts.value(name) for name in ("Number", "Lowest", "Mean", "Highest")] == ["age", "0", "39.00", "78.00"]
    assert images._numbers.spread.counts.sum() == 40
    assert images.photos.grid.photos()[3].note == "6.000 · validation"
    assert (images._targets.choice.text(), images._targets.file.text()) == ("Numbers from a table", "ages.csv")


def test_the_buttons_request_a_file_and_the_classes(images: ImagesPage, data: Dataset, qtbot: Any) -> None:
    images.show_state(states.state())
    assert not images._targets.actions_by_source[""].isEnabled()
    with qtbot.waitSignal(images.targets_requested):
        images._targets.actions_by_source["numbers"].trigger()
    images.show_state(number_states.state(data))
    with qtbot.waitSignal(images.classes_requested):
        images._targets.actions_by_source[""].trigger()
    images.show_state(states.with_job(number_states.state(data), "train"))
    assert not images._targets.choice.isEnabled()


def test_a_histogram_counts_all_finite_numbers_and_states_the_count() -> None:
    bars = Histogram("Errors")
    bars.show_numbers(np.array([1.0, 1.0, 1.0, 5.0, np.nan]))
    assert bars.counts.sum() == 4
    assert bars.accessibleDescription().startswith("Errors: 1.00 to 5.00, most often 1.00 to ")
    bars.show_numbers(np.zeros(0))
    assert bars.accessibleDescription() == "Nothing to count yet."


# ------------------------------------------------------------------------------------------------- Head, ribbon


def test_the_ribbon_shows_the_error(data: Dataset) -> None:
    shown = ribbon.summaries(number_states.state(data))
    assert shown[0].line.endswith("age")
    assert shown[3].shape == "8 → 1"
    assert shown[4].shape == "MAE 3.00"
    assert shown[4].line == "20 validation photos"


def test_curves_and_table_show_errors_and_go_back_to_accuracy(qtbot: Any, data: Dataset) -> None:
    page = HeadPage()
    qtbot.addWidget(page)
    page.show()
    page.show_state(number_states.state(data))
    page.parts.finish()
    model = page.table.epochs
    assert [model.headerData(at, Qt.Orientation.Horizontal) for at in (3, 4)] == ["Train MAE", "Val MAE"]
    assert model.index(0, 4).data() == "8.00"
    assert (
        page.curves[1]
        .sentence()
        .startswith("Mean absolute error falls from 24.0 to 8.00 over 3 epochs; training 6.67.")
    )
    assert page.curves[1].plot.line_data("validation")[1].tolist() == [24, 12, 8]
    page.show_state(states.state().showing(states.run()))
    page.parts.finish()
    assert model.headerData(4, Qt.Orientation.Horizontal) == "Val acc"
    assert page.curves[1].sentence().startswith("Validation accuracy ")


# ------------------------------------------------------------------------------------------------- Evaluate


@pytest.mark.slow
def test_metrics_are_shown_beside_those_of_always_predicting_the_mean(evaluate: EvaluatePage, data: Dataset) -> None:
    state = number_states.state(data)
    evaluate.show_state(state)
    shown, report = evaluate.figures, state.run.report
    assert evaluate.stack.currentWidget() is evaluate.numbers
    assert shown.cards["mae"].value.text() == "3.00"
    assert "interval" in shown.cards["mae"].note.text()
    assert f"{report.value('baseline_mae'):.1f} predicting the mean" in shown.cards["mae"].toolTip()
    assert report.verdict == evaluate.verdict.word.text()


@pytest.mark.slow
def test_photos_of_a_regression_are_excluded_by_key_and_menu(evaluate: EvaluatePage, data: Dataset, qtbot: Any) -> None:
    state = number_states.state(data)
    evaluate.show_state(state)
    grid, choices = evaluate.numbers.photos, evaluate.numbers.choices
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(1, 0))
    with qtbot.waitSignal(evaluate.job_requested) as asked:
        qtbot.keyClick(grid, Qt.Key.Key_Delete)
    path = grid.photos()[1].path
    assert asked.args[1][0].actions == (JournalAction("exclude", (path,)),)
    move = next(one for one in choices.menu.menu().actions() if one.text().startswith("Move to class"))
    assert not move.isEnabled()
    assert "numbers, not classes" in move.toolTip()
    excluded = replace(state.dataset, choices=AppliedChoices((PhotoChoice(path, "", 0, excluded=True),)))
    evaluate.show_state(replace(state, dataset=excluded))
    assert [item.faded for item in grid.photos()[:2]] == [False, True]
    evaluate.numbers.open_photo(str(Path(data.folder, path)))
    viewer = grid.findChild(PhotoViewer)
    qtbot.waitUntil(viewer.isActiveWindow)
    assert (viewer.details.hint.text(), "xcluded" in viewer.details.remarks.text()) == (NUMBERS_HINT, True)
    with qtbot.waitSignal(evaluate.job_requested) as asked:
        qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert asked.args[1][0].actions == (JournalAction("restore", (path,)),)
    viewer.close()


def test_photos_come_worst_first_and_open_with_both_numbers(evaluate: EvaluatePage, data: Dataset, qtbot: Any) -> None:
    evaluate.show_state(number_states.state(data))
    photos = evaluate.numbers.photos.photos()
    assert [(item.title, item.below()[1].color_role) for item in photos[:3]] == [
        ("003.jpg", "bad"), ("009.jpg", "bad"), ("001.jpg", "text"),
    ]  # fmt: skip
    assert [line.value for line in photos[0].below()] == ["6.00", "36.0", ""]
    evaluate.numbers.open_photo(str(Path(data.folder, photos[0].path)))
    viewer = evaluate.numbers.findChild(PhotoViewer)
    assert viewer.details.verdict.text() == "age: true 6.00, predicted 36.0, 30.0 too high"
    viewer.step(1)
    assert viewer.details.verdict.text() == "age: true 18.0, predicted 6.00, 12.0 too low"
    viewer.close()


@pytest.mark.slow
def test_a_click_on_a_point_opens_its_photo(evaluate: EvaluatePage, data: Dataset, qtbot: Any) -> None:
    evaluate.show_state(number_states.state(data))
    qtbot.waitExposed(evaluate)
    plot = evaluate.numbers.scatter.plot
    plot.grab()  # the axes find their widths when they are painted
    QApplication.processEvents()
    where = plot.plot.mapFromScene(plot.place(1))
    qtbot.mouseMove(plot.plot.viewport(), where + QPoint(2, 1))
    qtbot.waitUntil(lambda: evaluate.numbers.scatter.readout.text().startswith("003.jpg"))
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=where + QPoint(2, 1))
    viewer = evaluate.numbers.findChild(PhotoViewer)
    assert viewer is not None
    assert viewer.windowTitle() == "003.jpg"
    viewer.close()
    assert evaluate.numbers.photos.chosen().endswith("003.jpg")
    assert plot.nearest(plot.place(1) + QPoint(60, 0)) == -1


@pytest.mark.slow
def test_keys_move_through_the_points_of_the_plot(evaluate: EvaluatePage, data: Dataset, qtbot: Any) -> None:
    evaluate.show_state(number_states.state(data))
    card = evaluate.numbers.scatter
    card.plot.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(card.plot, key)
    assert card.readout.text() == "003.jpg · true 6.00 · predicted 36.0"
    with qtbot.waitSignal(card.opened) as opened:
        qtbot.keyClick(card.plot, Qt.Key.Key_Return)
    assert opened.args == [1]
    evaluate.numbers.findChild(PhotoViewer).close()
    qtbot.keyClick(card.plot, Qt.Key.Key_End)
    assert card.readout.text().startswith("039.jpg")


@pytest.mark.slow
def test_the_plot_has_a_sentence_and_a_table_for_screen_readers(
    evaluate: EvaluatePage, data: Dataset, tmp_path: Path
) -> None:
    evaluate.show_state(number_states.state(data))
    card = evaluate.numbers.scatter
    assert card.plot.accessibleDescription() == (
        "20 validation photos, mean absolute error 3.00; largest error: 003.jpg · true 6.00 · predicted 36.0."
    )
    for kind in ("png", "svg", "csv"):
        card.save(str(tmp_path / f"plot.{kind}"))
        assert (tmp_path / f"plot.{kind}").stat().st_size > 100
    assert (tmp_path / "plot.csv").read_text().splitlines()[:2] == ["path,true,predicted", "0/001.jpg,2,3"]


@pytest.mark.slow
def test_the_zoom_stays_until_show_all(evaluate: EvaluatePage, data: Dataset) -> None:
    state = number_states.state(data)
    evaluate.show_state(state)
    plot = evaluate.numbers.scatter.plot
    whole = plot._box.viewRange()
    plot._box.setRange(xRange=(0, 10), yRange=(0, 10), padding=0)
    plot._box.sigRangeChangedManually.emit([True, True])
    evaluate.show_state(state.showing(replace(state.run, numbers=replace(state.run.numbers, epoch=4))))
    assert plot._box.viewRange()[0] == pytest.approx([0, 10])
    evaluate.numbers.scatter.show_all()
    assert plot._box.viewRange() == whole


@pytest.mark.slow
def test_a_run_of_classes_shows_its_matrix_again(evaluate: EvaluatePage, data: Dataset) -> None:
    evaluate.show_state(number_states.state(data))
    evaluate.show_state(states.state().showing(states.run()))
    assert evaluate.stack.currentIndex() == 1


@pytest.mark.parametrize("done", few([True, False], [True]))
def test_the_head_is_exported_from_a_finished_run(
    evaluate: EvaluatePage, data: Dataset, qtbot: Any, done: bool
) -> None:
    evaluate.show_state(number_states.state(data, done=done))
    assert evaluate.export.isEnabled() is done
    assert "Ctrl+E" in evaluate.export.toolTip()
    if done:
        with qtbot.waitSignal(evaluate.export_requested):
            evaluate.export.click()


@pytest.mark.slow
def test_light_and_dark_both_draw(evaluate: EvaluatePage, data: Dataset, qapp: QApplication) -> None:
    evaluate.show_state(number_states.state(data))
    shades = []
    for scheme in ("light", "dark"):
        theme.apply(qapp, scheme)
        QApplication.processEvents()
        shades.append(evaluate.numbers.scatter.grab().toImage().pixelColor(4, 60).lightness())
    theme.apply(qapp, "system")
    assert shades[0] > 200 > 80 > shades[1]


# ------------------------------------------------------------------------------------------------- the window


@pytest.mark.slow
def test_a_file_is_chosen_and_dropped_from_the_menu(make_window, qtbot: Any, tmp_path: Path) -> None:
    file = tmp_path / "ages.csv"
    file.write_text("path,age\n")
    window = make_window()
    assert not window.menus.targets.isEnabled()
    window.open_folder(str(tmp_path))
    qtbot.waitUntil(lambda: window.store.state.dataset is not None)
    window.menus.targets.trigger()
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()
    assert window.store.state.spec.dataset.targets == str(file)
    qtbot.waitUntil(lambda: window.menus.classes.isEnabled())
    window.menus.classes.trigger()
    assert window.store.state.spec.dataset.targets == ""


@pytest.mark.slow
def test_another_folder_discards_the_targets_file(make_window, qtbot: Any, tmp_path: Path) -> None:
    window = make_window()
    window.open_folder(str(tmp_path))
    window.store.choose_targets(str(tmp_path / "ages.csv"))
    assert window.store.state.dataset is None
    (tmp_path / "other").mkdir()
    window.open_folder(str(tmp_path / "other"))
    assert window.store.state.spec.dataset.targets == ""
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    assert window.store.state.dataset == fake_dataset(str(tmp_path / "other"), val_fraction=0.2)
