"""The form of the training settings: collapsible groups, refused input, and presets."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from studio.planning import presets
from studio.planning.schedules import factor
from studio.session.state import AppState
from studio.spec import DatasetSpec, FreezePlan, HeadSpec, LayerRate, RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.ui.stations.head.fields import choices, groups
from studio.ui.stations.head.form import HeadForm

THAWED = FreezePlan("all", thaw=("layer2.1",))


@pytest.fixture
def form(qtbot: Any) -> HeadForm:
    widget = HeadForm()
    qtbot.addWidget(widget)
    widget.resize(300, 700)
    widget.show()
    return widget


def of(freeze: FreezePlan | None = None, head: HeadSpec | None = None, **train: object) -> AppState:
    before = states.state(freeze, **train)
    return replace(before, spec=replace(before.spec, head=head or HeadSpec()))


def requested(form: HeadForm, qtbot: Any, key: str, text: str) -> RunSpec:
    line = form.fields[key].line
    line.selectAll()
    qtbot.keyClicks(line, text)
    with qtbot.waitSignal(form.spec_requested) as signal:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    spec: RunSpec = signal.args[0]
    return spec


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("head_epochs", "3", 3),
        ("layer_decay", "0.8", 0.8),
        ("warmup", "0.5", 0.5),
        ("label_smoothing", "0.1", 0.1),
        ("clip_norm", "1", 1.0),
        ("patience", "4", 4),
        ("checkpoint_minutes", "0.5", 0.5),
        ("hidden", "64", 64),
        ("dropout", "0.5", 0.5),
    ],
)
def test_every_typed_number_changes_its_setting(form: HeadForm, qtbot: Any, key: str, text: str, value: float) -> None:
    before = of(THAWED, HeadSpec(kind="mlp"))
    form.show_state(before)
    spec = requested(form, qtbot, key, text)
    part = spec.head if hasattr(spec.head, key) else spec.train
    assert getattr(part, key) == value
    assert replace(spec, head=before.spec.head, train=before.spec.train) == before.spec


@pytest.mark.parametrize(
    ("key", "place", "value"),
    [
        ("kind", 1, "mlp"),
        ("schedule", 2, "one_cycle"),
        ("balance", 2, "sampling"),
        ("precision", 2, "bfloat16"),
        ("device", 1, "cpu"),
    ],
)
def test_every_choice_changes_its_setting(form: HeadForm, qtbot: Any, key: str, place: int, value: str) -> None:
    form.show_state(of())
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.choices[key].activated.emit(place)
    assert getattr(signal.args[0].head if key == "kind" else signal.args[0].train, key) == value


def test_the_form_shows_all_that_can_be_set(form: HeadForm) -> None:
    """Every setting has a field; rates set by hand are in the layer table."""
    rows = {*form.fields, *form.choices, *form.switches}
    settings = set(TrainSpec.__struct_fields__) | set(HeadSpec.__struct_fields__)
    assert settings - rows == {"layer_rates", "extended"}
    form.show_state(of(head=HeadSpec(False, "mlp", 64, 0.5), head_epochs=2, schedule="cosine", patience=3))
    assert form.choices["kind"].currentText() == "MLP"
    assert form.fields["hidden"].line.text() == "64"
    assert not form.switches["standardize"].isChecked()
    assert form.choices["schedule"].currentText() == "Cosine"


def test_choices_of_the_form_are_those_of_the_settings(form: HeadForm) -> None:
    import typing

    hints = {
        name: kind for spec in (TrainSpec, HeadSpec, FreezePlan) for name, kind in typing.get_type_hints(spec).items()
    }
    for rows in groups().values():
        for row in rows:
            if row.key in form.choices and row.key != "device":
                assert tuple(key for key, _ in choices(row)) == typing.get_args(hints[row.key])


@pytest.mark.parametrize(
    ("key", "text"),
    [("dropout", "1"), ("label_smoothing", "1.2"), ("layer_decay", "0"), ("layer_decay", "1.5"), ("hidden", "0")],
)
def test_shares_out_of_range_are_refused_in_words(form: HeadForm, qtbot: Any, key: str, text: str) -> None:
    form.show_state(of(THAWED, HeadSpec(kind="mlp")))
    for section in form.sections.values():
        section.heading.setChecked(True)
    emitted: list[Any] = []
    form.spec_requested.connect(emitted.append)
    line = form.fields[key].line
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert emitted == []
    assert form.fields[key].message.isVisible()


def test_a_setting_without_effect_gives_the_reason(form: HeadForm) -> None:
    form.show_state(of(schedule="one_cycle"))
    for key, text in (
        ("backbone_lr", "frozen"),
        ("layer_decay", "frozen"),
        ("dropout", "MLP only"),
        ("warmup", "in the cycle"),
    ):
        assert (form.fields[key].line.text(), form.fields[key].line.isEnabled()) == (text, False)
    form.show_state(of(THAWED, HeadSpec(kind="mlp")))
    assert [form.fields[key].line.text() for key in ("backbone_lr", "layer_decay", "dropout", "warmup")] == [
        "1e-5", "1", "0.2", "0",
    ]  # fmt: skip
    before = of()
    form.show_state(replace(before, spec=replace(before.spec, dataset=DatasetSpec("/photos", targets="ages.csv"))))
    assert form.fields["label_smoothing"].line.text() == "for classes"
    assert not form.choices["balance"].isEnabled()


def test_groups_open_by_key_and_summarize_their_settings(form: HeadForm, qtbot: Any) -> None:
    form.show_state(of(THAWED, layer_decay=0.8, schedule="cosine", layer_rates=(LayerRate("layer2.1", 1e-4),)))
    rates = form.sections["rates"]
    assert rates.heading.accessibleName() == "Optimizer: cosine, AdamW, ×0.8 per block, 1 by hand"
    assert not form.fields["layer_decay"].isVisible()
    rates.heading.setFocus()
    qtbot.keyClick(rates.heading, Qt.Key.Key_Space)
    assert form.fields["layer_decay"].isVisible()
    assert rates.heading.accessibleDescription() == "opened"
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.clear_rates.click()
    assert signal.args[0].train.layer_rates == ()


def test_the_drawn_schedule_is_the_one_that_the_engine_follows(form: HeadForm) -> None:
    train = TrainSpec(epochs=80, schedule="one_cycle")
    form.curve.show_schedule(train)
    shares = [share for _, share in form.curve.points()]
    assert shares == [factor(step, 2, 80, train) for step in range(160)]
    form.curve.show_schedule(TrainSpec(epochs=4, head_epochs=2, schedule="cosine"))
    shares = [share for _, share in form.curve.points()]
    assert shares.count(1.0) == 2, "each phase begins at the full rate"
    assert "each of the two phases" in form.curve.accessibleDescription()
    form.curve.grab()


def test_presets_are_requested_and_shown_as_chosen(form: HeadForm, qtbot: Any) -> None:
    before, table = states.state(), states.small_table()
    form.show_state(before)
    assert form.head_only.isChecked()
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.fine_tune.click()
    assert signal.args[0] == presets.fine_tuned(before.spec, table)
    form.show_state(replace(before, spec=signal.args[0]))
    assert (form.head_only.isChecked(), form.fine_tune.isChecked()) == (False, True)
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.head_only.click()
    assert signal.args[0].freeze == FreezePlan("all")
    form.show_state(replace(before, layers=None))
    assert not form.fine_tune.isEnabled(), "the last block is not known yet"


def test_from_scratch_is_a_preset_and_head_only_restores_the_weights(form: HeadForm, qtbot: Any) -> None:
    before = states.state()
    spec = replace(before.spec, backbone=replace(before.spec.backbone, weights="/photos/weights.safetensors"))
    form.show_state(replace(before, spec=spec))
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.scratch.click()
    scratch = signal.args[0]
    assert scratch == presets.from_scratch(spec)
    form.show_state(replace(before, spec=scratch))
    lit = [button.text() for button in (form.head_only, form.fine_tune, form.scratch) if button.isChecked()]
    assert lit == ["From scratch"]
    assert form.fields["backbone_lr"].line.text() == "1e-3", "and not the word “frozen”"
    with qtbot.waitSignal(form.spec_requested) as signal:
        form.head_only.click()
    assert signal.args[0] == spec
    form.show_state(replace(before, spec=replace(before.spec, backbone=scratch.backbone)))
    assert not form.head_only.isChecked(), "random weights, frozen, are no feature extraction"


def test_another_number_of_epochs_discards_the_ends_of_an_extended_run(form: HeadForm, qtbot: Any) -> None:
    form.show_state(of(epochs=10, extended=(5,)))
    assert requested(form, qtbot, "epochs", "4").train.extended == ()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_F5])
def test_a_shortcut_that_trains_takes_the_number_being_typed(form: HeadForm, qtbot: Any, key: Qt.Key) -> None:
    form.show_state(of())
    line = form.fields["epochs"].line
    shortcut = QShortcut(QKeySequence(Qt.Modifier.CTRL | key), form)
    order: list[object] = []
    form.spec_requested.connect(lambda spec: order.append(spec.train.epochs))
    shortcut.activated.connect(lambda: order.append("train"))
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "4")
    qtbot.keyClick(line, key, Qt.KeyboardModifier.ControlModifier)
    assert order == [4, "train"]


def test_a_setting_without_effect_says_which_setting_would_enable_it(form: HeadForm) -> None:
    form.show_state(of(device="cpu"))
    assert not form.switches["deterministic"].isEnabled()
    assert "device is the CPU" in form.switches["deterministic"].toolTip()
    assert form.fields["head_epochs"].line.text() == "frozen"
    assert "Thaw some" in form.fields["head_epochs"].line.toolTip()
    form.show_state(of(FreezePlan("all", thaw=("layer2",)), device="auto"))
    assert form.switches["deterministic"].isEnabled()
    assert form.fields["head_epochs"].line.text() == "0"
    assert "Thaw some" not in form.fields["head_epochs"].line.toolTip()


def test_a_warning_about_a_second_phase_that_thaws_nothing_can_be_undone(form: HeadForm) -> None:
    form.show_state(of(head_epochs=3))
    assert form.fields["head_epochs"].line.isEnabled()
    assert (
        form.sections["phases"].heading.accessibleName()
        == f"Head warm-up: 3 + {TrainSpec().epochs} epochs, nothing thawed after"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backbone_lr": 1e-3}, "the same learning rate as the new head"),
        ({"warmup": 10.0}, "warm-up takes the whole"),
        ({"batch_size": 4}, "batches of 4"),
    ],
)
def test_the_form_warns_about_unpromising_settings_before_training(
    form: HeadForm, changes: dict[str, float], words: str
) -> None:
    thawed = FreezePlan("all", thaw=("layer2",), batch_norm="thawed")
    form.show_state(of(thawed))
    assert form.pitfall.isHidden()
    form.show_state(of(thawed, **changes))
    assert words in form.pitfall.accessibleName()
    form.show_state(of(FreezePlan(batch_norm="keep"), backbone_lr=1e-3, batch_size=4))
    assert form.pitfall.isHidden(), "what is frozen has no rate and no statistics that follow"


def test_the_form_warns_about_class_imbalance_until_classes_are_balanced(form: HeadForm) -> None:
    before = of()
    data = states.dataset()
    few = tuple(photo for place, photo in enumerate(data.photos) if photo.label == 0 or place % 10 < 2)
    form.show_state(replace(before, dataset=data))
    assert form.pitfall.isHidden()
    form.show_state(replace(before, dataset=replace(data, photos=few)))
    assert "ants has 5 training photos, bees only 1." in form.pitfall.accessibleName()
    balanced = of(balance="weights")
    form.show_state(replace(balanced, dataset=replace(data, photos=few)))
    assert form.pitfall.isHidden()


def test_a_refused_number_is_replaced_by_the_chosen_one_when_a_run_begins(form: HeadForm, qtbot: Any) -> None:
    form.show_state(of())
    field = form.fields["epochs"]
    field.line.selectAll()
    qtbot.keyClicks(field.line, "0")
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert field.message.text() == "Epochs must be at least 1."
    form.show_state(states.with_job(of(), "train"))
    assert field.line.text() == "10"
    assert field.message.isHidden()
