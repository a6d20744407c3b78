"""The Head page: invalid settings are refused in place; epochs are shown as curves and rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import states
from epochs import class_epoch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from studio.events import Checkpoint, Epoch, Failed, Step, Warned
from studio.planning import presets
from studio.session.reducer import job_started
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.checkpoint_age import CheckpointAge
from studio.ui.stations.head.epoch_table import EPOCH, PHASE, RATE, WORDS
from studio.ui.stations.head.page import HeadPage
from studio.ui.theme import theme
from studio.ui.widgets.number_field import compact


@pytest.fixture
def page(qtbot: Any) -> HeadPage:
    widget = HeadPage()
    qtbot.addWidget(widget)
    widget.resize(1280, 700)
    widget.show()
    return widget


def type_in(qtbot: Any, page: HeadPage, key: str, text: str) -> None:
    line = page.form.fields[key].line
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lr", "nan"),
        ("epochs", "2.5"),
        *(pytest.param("lr", text, marks=pytest.mark.slow) for text in ("0", "inf", "-1e-3", "fast")),
        pytest.param("epochs", "0", marks=pytest.mark.slow),
    ],
)
def test_nonsense_is_refused_in_place(page: HeadPage, qtbot: Any, key: str, text: str) -> None:
    page.show_state(states.state())
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)
    type_in(qtbot, page, key, text)
    assert emitted == []
    assert page.form.fields[key].message.isVisible()
    type_in(qtbot, page, key, "3" if key == "epochs" else "3e-3")
    assert not page.form.fields[key].message.isVisible()
    assert len(emitted) == 1


def test_settings_are_told(page: HeadPage, qtbot: Any) -> None:
    page.show_state(states.state())
    for key, text, value in (("lr", "3e-3", 3e-3), ("epochs", "25", 25), ("weight_decay", "0", 0.0), ("seed", "0", 0)):
        with qtbot.waitSignal(page.spec_changed) as signal:
            type_in(qtbot, page, key, text)
        assert getattr(signal.args[0].train, key) == value
        assert isinstance(getattr(signal.args[0].train, key), type(value))
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.form.choices["optimizer"].activated.emit(2)
    assert signal.args[0].train.optimizer == "sgd"
    with qtbot.waitSignal(page.spec_changed) as signal:
        page.form.switches["standardize"].click()
    assert signal.args[0].head.standardize is False


def test_what_is_being_typed_survives_a_redraw(page: HeadPage, qtbot: Any) -> None:
    page.show_state(states.state())
    line = page.form.fields["lr"].line
    line.selectAll()
    qtbot.keyClicks(line, "5e-")
    page.show_state(states.state(epochs=11))
    assert line.text() == "5e-"
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "1e-3"


def test_arrows_step_whole_numbers(page: HeadPage, qtbot: Any) -> None:
    page.show_state(states.state())
    with qtbot.waitSignal(page.spec_changed) as signal:
        qtbot.keyClick(page.form.fields["epochs"].line, Qt.Key.Key_Up)
    assert signal.args[0].train.epochs == 11


def test_the_backbone_rate_waits_for_a_thawed_layer(page: HeadPage) -> None:
    field = page.form.fields["backbone_lr"]
    page.show_state(states.state())
    assert (field.line.text(), field.line.isEnabled()) == ("frozen", False)
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    assert (field.line.text(), field.line.isEnabled()) == ("1e-5", True)
    page.show_state(states.state())
    assert field.line.text() == "frozen"


@pytest.mark.parametrize(("value", "text"), [(1e-3, "1e-3"), (0.01, "0.01"), (2.5e-4, "2.5e-4"), (0.0, "0"), (1, "1")])
def test_rates_are_written_the_short_way(value: float, text: str) -> None:
    assert compact(value) == text
    assert float(text) == value


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
    assert page.curves[0].plot.accessibleDescription().startswith("Loss after 5 epochs: training 0.")


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


def test_the_pointer_reads_epochs_out(page: HeadPage) -> None:
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


def test_a_plot_that_cannot_be_saved_says_so(page: HeadPage, tmp_path: Path) -> None:
    page.show_state(states.state())
    page.curves[0].save(str(tmp_path / "no" / "loss.csv"))
    assert page._notice.isVisible()
    page.curves[0].save(str(tmp_path / "loss.csv"))
    assert not page._notice.isVisible()


def test_stale_faults_and_warnings_are_told(page: HeadPage) -> None:
    before = states.state()
    run = states.run(before.spec)
    page.show_state(before.showing(run))
    assert not page._notice.isVisible()
    page.show_state(states.state(epochs=3).showing(run))
    assert "other head settings" in page._notice.accessibleName()
    page.show_state(before.showing(replace(run, warnings=(Warned("Two photos were left out."),))))
    assert "Two photos" in page._notice.accessibleName()
    page.show_state(states.with_fault(before, "head", Failed("There is not enough memory.", "Use a smaller batch.")))
    assert "not enough memory" in page._notice.accessibleName()


def test_the_run_is_described(page: HeadPage) -> None:
    before = states.state()
    page.show_state(before)
    assert page.run_card.open.isHidden()
    page.show_state(before.showing(states.run(before.spec)))
    facts = page.run_card.facts
    assert facts.value("Device") == "cpu"
    assert facts.value("Verified") == "hashes match"
    assert facts.value("Features").startswith("20 computed")
    assert page.run_card.times.value("Features").startswith("4.1")
    page.show_state(before.showing(states.run(before.spec, changed=("stem",))))
    assert facts.value("Verified") == "1 layer changed"


@pytest.mark.slow
def test_light_and_dark_both_draw(page: HeadPage, qapp: QApplication) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec)))
    for scheme in ("dark", "light"):
        theme.apply(qapp, scheme)
        page.grab()
    theme.apply(qapp, "system")


@pytest.mark.slow
def test_losses_that_are_no_numbers_do_not_break_the_plot(page: HeadPage) -> None:
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


def two_phases(number: int = 5, head: int = 3, best: int = 4) -> tuple[Epoch, ...]:
    """Epochs of head warm-up, then with thawed layers; the epoch `best` is the best one."""
    return tuple(
        replace(
            epoch,
            phase="head" if epoch.epoch <= head else "network",
            lr=1e-3 if epoch.epoch <= head else 3.4549e-4,
            backbone_lr=0.0 if epoch.epoch <= head else 3.4549e-6,
            best=epoch.epoch <= best,
            val_loss=epoch.val_loss if epoch.epoch <= best else 0.9,
        )
        for epoch in states.epochs(number)
    )


def test_the_border_of_the_phases_and_the_best_epoch_are_marked_in_both_plots(page: HeadPage) -> None:
    before, epochs = states.state(), two_phases()
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


def test_phases_rates_and_the_best_epoch_stand_in_the_table(page: HeadPage) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec)))
    assert page.table.isColumnHidden(PHASE)
    assert page.table.isColumnHidden(RATE)
    run = states.run(before.spec, done=False)
    page.show_state(before.showing(replace(run, epochs=two_phases()[:2])))
    assert page.table.isColumnHidden(PHASE), "one phase so far"
    page.show_state(before.showing(replace(run, epochs=two_phases())))
    assert not page.table.isColumnHidden(PHASE)
    model = page.table.epochs
    assert [model.index(row, PHASE).data() for row in range(5)] == ["thawed", "thawed", "head", "head", "head"]
    assert model.index(0, RATE).data() == "3.5e-4"
    assert "backbone at most 3.5e-6" in model.index(0, RATE).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(4, RATE).data() == "1e-3"
    starred = [row for row in range(5) if model.index(row, EPOCH).data(Qt.ItemDataRole.DecorationRole) is not None]
    assert starred == [1], "of all that were the best for a while, the last"
    assert model.index(1, EPOCH).data(Qt.ItemDataRole.AccessibleTextRole) == "4, lowest validation loss"
    tip = model.index(1, EPOCH).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Lowest validation loss: it is the run's result"


def test_the_proof_of_freezing_is_one_line_and_live(page: HeadPage) -> None:
    before = states.state(FreezePlan("all", thaw=("layer2.1",)))
    run = states.run(before.spec, done=False)
    page.show_state(before.showing(run))
    assert not page.proof.isVisible()
    page.show_state(before.showing(replace(run, layer_changes=states.moved({"layer2.1.conv": 2.1e-3}))))
    assert page.proof.isVisible()
    assert page.proof.words.text() == "8 of 9 layers unchanged (hash equal), largest change layer2.1.conv 2.1e-03"
    assert page.run_card.facts.value("Verified") == "so far, hashes match"
    broken = states.moved({"stem": None}, {"stem"})
    page.show_state(before.showing(replace(run, layer_changes=broken)))
    assert "frozen, but moved: stem" in page.proof.words.text()
    assert page.run_card.facts.value("Verified") == "changed, see the layers"


def test_the_run_says_its_best_epoch_and_why_it_ended(page: HeadPage) -> None:
    before = states.state(epochs=20)
    run = states.run(before.spec)
    facts = page.run_card.facts
    page.show_state(before.showing(run))
    assert (facts.value("Result"), facts.value("Ended")) == ("epoch 3 of 3, lowest validation loss", "")
    assert run.outcome is not None
    early = replace(run, epochs=two_phases(), outcome=replace(run.outcome, stopped_early=True, best_epoch=4))
    page.show_state(before.showing(early))
    assert (facts.value("Result"), facts.value("Best epoch")) == ("epoch 4 of 5, lowest validation loss", "")
    assert facts.value("Ended") == "early, after 5 of 20 epochs"
    spec = replace(early.started.spec, train=replace(early.started.spec.train, result="last"))
    page.show_state(before.showing(replace(early, started=replace(early.started, spec=spec))))
    assert facts.value("Result") == "epoch 5 of 5, the last one"
    assert facts.value("Best epoch") == "4, lowest validation loss"


def test_a_baseline_is_compared_with_its_plan(page: HeadPage) -> None:
    before = states.state()
    best = min(states.epochs(3), key=lambda epoch: epoch.val_loss).val("accuracy")
    page.show_state(states.compared(before.showing(states.run(before.spec)), best - 0.25))
    assert page.run_card.facts.value("Baseline").startswith("+25.0 points vs. from scratch")
    scratch = presets.from_scratch(before.spec)
    page.show_state(states.compared(before.showing(states.run(scratch)), best + 0.25))
    assert page.run_card.facts.value("Baseline").startswith("-25.0 points vs. the plan")
    assert "baseline of the settings chosen now" in page._notice.accessibleName()


def test_the_last_checkpoint_ages_while_a_training_runs(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    label = CheckpointAge()
    qtbot.addWidget(label)
    before = states.state()
    run = replace(states.run(before.spec, done=False), checkpoint=Checkpoint(2.0, 0.01))
    label.show_state(before.showing(run))
    assert label.isHidden(), "nothing runs"
    now = [100.0]
    monkeypatch.setattr("studio.ui.checkpoint_age.time.monotonic", lambda: now[0])
    label.show_state(states.with_job(before.showing(run), "train"))
    assert label.text() == "Checkpoint saved just now"
    now[0] += 12
    label._timer.timeout.emit()
    assert label.text() == "Checkpoint saved 12\u202fs ago"
    label.show_state(states.with_job(before.showing(replace(run, checkpoint=Checkpoint(3.0, 0.01))), "train"))
    assert label.text() == "Checkpoint saved just now"
    label.show_state(before.showing(run))
    assert not label._timer.isActive()


def test_losses_between_epochs_are_joined_only_where_there_are_some(page: HeadPage) -> None:
    apart = (Step(1.0, 0.7), Step(6.0, 0.1), Step(6.5, 0.09), Step(7.0, 0.08))
    page.curves[0].show_curves(states.epochs(7), apart)
    x, y = page.curves[0].plot.line_data("live")
    assert [np.isfinite(value) for value in y] == [True, False, True, True, True]
    assert x[-1] == 7.0


def test_an_empty_table_says_what_is_missing(page: HeadPage) -> None:
    page.show_state(states.state())
    assert "Train starts a run" in page._nothing.text()
    page.show_state(replace(states.state(), dataset=None))
    assert page._nothing.text() == "No epochs yet. Open an image folder first."
    page.show_state(states.with_job(states.state(), "train"))
    assert page._nothing.text() == "The first epoch appears here when it is done."
    ended = replace(states.run(number=0), status="cancelled")
    page.show_state(states.state().showing(ended))
    assert "ended before its first epoch" in page._nothing.text()
    page.show_state(states.state().showing(replace(ended, started=replace(ended.started, resumed=4))))
    assert page._nothing.text().startswith("This run ended without an epoch after 4. Select it in the list")


@pytest.mark.slow
def test_a_narrow_table_of_two_phases_keeps_room_for_what_happened(page: HeadPage) -> None:
    table = page.table
    epochs = tuple(replace(epoch, lr=1e-3) for epoch in states.epochs(4))
    epochs = (replace(epochs[0], phase="head"), *epochs[1:])
    page.show_state(states.state().showing(replace(states.run(), epochs=epochs)))
    for width in (560, 640, 900):
        table.resize(width, 200)
        assert table.columnWidth(WORDS) >= table.horizontalHeader().sectionSizeHint(WORDS), width
    assert not table.isColumnHidden(RATE)


def test_the_run_card_says_that_a_run_starts(page: HeadPage) -> None:
    page.show_state(states.state())
    assert page.run_card._none.text().startswith("No run is open.")
    page.show_state(job_started(states.state(), "train"))
    assert page.run_card._none.text() == "The run is starting."
