"""Curves over the epochs of a run: their range, read-out, marks and export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import states
from epochs import class_epoch
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.events import Step
from studio.spec.structs import replace
from studio.ui.stations.head.epoch_table import WORDS
from studio.ui.stations.head.page import HeadPage


def test_another_run_is_drawn_part_by_part_and_the_newest_state_wins(show: Any, qtbot: QtBot) -> None:
    page = show(HeadPage(), 1280, 700)
    before = states.state()
    page.show_state(before.showing(states.run(before.spec, number=2, done=False)))
    assert page.parts.is_waiting(page.curves[1])
    page.show_state(before.showing(states.run(before.spec, number=3, done=False)))
    qtbot.waitUntil(lambda: page.table.epochs.rowCount() == 3)
    assert [len(card.plot.line_data("validation")[0]) for card in page.curves] == [3, 3]
    qtbot.waitUntil(lambda: all(card.updatesEnabled() for card in page.curves))
    assert page.table.isVisible()


def test_epochs_become_rows_and_curves(page: HeadPage) -> None:
    before = states.state()
    for number in (1, 2, 5):
        run = states.run(before.spec, number=number, done=False)
        page.show_state(before.showing(run))
        assert page.table.epochs.rowCount() == number
        for key, field in (("train", "train_loss"), ("validation", "val_loss")):
            x, y = page.curves[0].plot.line_data(key)
            np.testing.assert_array_equal(x, np.arange(1, number + 1))
            np.testing.assert_allclose(y, [getattr(epoch, field) for epoch in run.epochs])
        _, y = page.curves[1].plot.line_data("validation")
        np.testing.assert_allclose(y, [100 * epoch.val("accuracy") for epoch in run.epochs])
        _, y = page.curves[0].plot.line_data("live")
        np.testing.assert_allclose(y, [step.loss for step in run.steps])
    newest = page.table.epochs.index(0, 0)
    assert newest.data() == "5"
    assert newest.siblingAtColumn(WORDS).data() == "best so far"
    assert page.table.epochs.index(1, WORDS).data() == "improving"
    assert page.curves[0].plot.accessibleDescription().startswith("Validation loss falls from 0.")


@pytest.mark.slow
def test_growing_adds_rows_and_another_run_starts_again(page: HeadPage) -> None:
    before, all_epochs = states.state(), states.epochs(4)
    inserted: list[int] = []
    reset: list[int] = []
    page.table.epochs.rowsInserted.connect(lambda *_: inserted.append(1))
    page.table.epochs.modelReset.connect(lambda: reset.append(1))
    run = states.run(before.spec, done=False)
    for number in (1, 2, 3, 4):
        page.show_state(before.showing(replace(run, epochs=all_epochs[:number])))
    assert (len(inserted), len(reset)) == (3, 1)
    page.show_state(before.showing(states.run(before.spec, number=2)))
    assert len(reset) == 2
    assert page.table.epochs.rowCount() == 2
    page.show_state(before)
    assert page.table.epochs.rowCount() == 0
    assert len(page.curves[0].plot.line_data("train")[0]) == 0


@pytest.mark.slow
def test_the_range_follows_until_the_user_zooms(page: HeadPage, qtbot: Any) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec, number=5)))
    box = page.curves[0].plot._box
    assert box.viewRange()[0][1] > 5
    box.setXRange(2, 6, padding=0)
    box.sigRangeChangedManually.emit([True, True])
    page.show_state(before.showing(states.run(before.spec, number=8)))
    np.testing.assert_allclose(box.viewRange()[0], (5, 9), atol=0.01)
    page.curves[0].plot.follow()
    assert box.viewRange()[0][0] == pytest.approx(0)


@pytest.mark.slow
def test_the_values_of_the_epoch_under_the_pointer_are_shown(page: HeadPage) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec, number=5)))
    page.curves[0].plot.hovered.emit(3)
    epoch = states.epochs(3)[2]
    assert f"epoch 3 · train {epoch.train_loss:.3f}" in page.curves[0].readout.text()
    page.curves[0].plot.hovered.emit(-1)
    assert page.curves[0].readout.text() == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "png", "svg"])
def test_plots_are_saved(page: HeadPage, tmp_path: Path, kind: str) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec, number=2)))
    file = tmp_path / f"loss.{kind}"
    page.curves[0].save(str(file))
    assert file.stat().st_size > 20
    if kind == "csv":
        lines = file.read_text().splitlines()
        assert lines[0] == "epoch,train_loss,val_loss"
        assert len(lines) == 3


@pytest.mark.slow
def test_a_plot_that_cannot_be_saved_says_so(page: HeadPage, tmp_path: Path) -> None:
    page.show_state(states.state())
    page.curves[0].save(str(tmp_path / "no" / "loss.csv"))
    assert page._notice.isVisible()
    page.curves[0].save(str(tmp_path / "loss.csv"))
    assert not page._notice.isVisible()


@pytest.mark.slow
def test_losses_that_are_not_numbers_do_not_break_the_plot(page: HeadPage) -> None:
    nan = float("nan")
    run = replace(states.run(), epochs=tuple(class_epoch(place, nan, 0.5, nan, 0.5, 0.1) for place in (1, 2)))
    page.show_state(states.state().showing(run))
    page.grab()
    assert "not a number" in str(page.table.epochs.index(0, WORDS).data())


def test_the_menu_offers_pictures_and_tables(page: HeadPage) -> None:
    menu = page.curves[0].menu()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names[:2] == ["Copy picture", "Copy numbers"]
    page.curves[0].files.copy_numbers()
    assert QApplication.clipboard().text().startswith("epoch,")
    menu.deleteLater()
    assert page.curves[0].plot.mapToGlobal(QPoint(0, 0)) is not None


@pytest.mark.slow
def test_the_border_of_the_phases_and_the_best_epoch_are_marked_in_both_plots(page: HeadPage) -> None:
    before, epochs = states.state(), states.two_phases()
    run = states.run(before.spec, done=False)
    page.show_state(before.showing(replace(run, epochs=epochs[:3])))
    assert page.curves[0].plot.marks()[0] == 0, "nothing is thawed yet"
    page.show_state(before.showing(replace(run, epochs=epochs)))
    assert page.curves[0].plot.marks() == (3.0, (4.0, pytest.approx(epochs[3].val_loss)))
    assert page.curves[1].plot.marks() == (3.0, (4.0, pytest.approx(100 * epochs[3].val("accuracy"))))
    words = page.curves[0].plot.accessibleDescription()
    assert words.endswith("Layers thawed after epoch 3. Epoch 4 has the lowest validation loss.")
    page.curves[0].plot.hovered.emit(4)
    assert page.curves[0].readout.text().endswith(" · lowest validation loss")
    page.show_state(before.showing(states.run(before.spec)))
    last = states.epochs(3)[2]
    assert page.curves[0].plot.marks() == (0.0, (3.0, pytest.approx(last.val_loss)))


@pytest.mark.slow
def test_losses_between_epochs_are_joined_only_where_there_are_some(page: HeadPage) -> None:
    apart = (Step(1.0, 0.7), Step(6.0, 0.1), Step(6.5, 0.09), Step(7.0, 0.08))
    page.curves[0].show_curves(states.epochs(7), apart)
    x, y = page.curves[0].plot.line_data("live")
    assert [np.isfinite(value) for value in y] == [True, False, True, True, True]
    assert x[-1] == 7.0


def test_a_live_step_within_the_range_leaves_the_axes_as_they_are(
    page: HeadPage, qapp: QApplication, qtbot: Any
) -> None:
    before = states.state()
    run = states.run(before.spec, number=3, done=False)
    page.show_state(before.showing(run))
    plot = page.curves[0].plot.plot
    axes = [plot.getAxis(side) for side in ("left", "bottom")]
    qtbot.waitUntil(lambda: all(axis.picture for axis in axes))  # the plots are painted last
    drawn = [axis.picture for axis in axes]
    middle = sum(plot.getViewBox().viewRange()[1]) / 2
    page.show_state(before.showing(replace(run, steps=(*run.steps, Step(3.2, middle)))))
    qapp.processEvents()
    assert page.curves[0].plot.line_data("live")[1][-1] == middle
    assert [axis.picture for axis in axes] == drawn


def test_a_new_epoch_paints_its_plots_one_after_the_other(show: Any, qtbot: Any) -> None:
    page = show(HeadPage(), 1280, 700)
    before = states.state()
    page.show_state(before.showing(states.run(before.spec, number=2, done=False)))
    qtbot.waitUntil(lambda: all(card.updatesEnabled() for card in page.curves))
    qtbot.wait(50)  # until the last one is painted, too
    page.show_state(before.showing(states.run(before.spec, number=3, done=False)))
    waiting = [len([card for card in page.curves if not card.updatesEnabled()])]
    qtbot.waitUntil(lambda: all(card.updatesEnabled() for card in page.curves))
    assert waiting == [len(page.curves)]
    assert len(page.curves) > 1


@pytest.mark.parametrize("loss", [50.0, 0.001])
def test_the_range_of_a_run_in_progress_shows_each_new_epoch(page: HeadPage, loss: float) -> None:
    before = states.state()
    run = states.run(before.spec, number=3, done=False)
    page.show_state(before.showing(run))
    page.show_state(before.showing(replace(run, epochs=(*run.epochs, class_epoch(4, loss, loss, 0.5, 0.5, 0.5)))))
    low, high = page.curves[0].plot._box.viewRange()[1]
    values = [value for epoch in run.epochs for value in (epoch.train_loss, epoch.val_loss)] + [loss]
    assert low < min(values) < max(values) < high
    assert high - low < 1.5 * (max(values) - min(values)), "the curves fill the plot"
