"""Number fields of the Head page: typed numbers, messages beside the fields, steps by arrow keys."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtCore import Qt

from studio.spec import FreezePlan
from studio.ui.stations.head.page import HeadPage
from studio.ui.widgets.fields.number_field import compact


def type_in(qtbot: Any, page: HeadPage, key: str, text: str) -> None:
    line = page.form.fields[key].line
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("epochs", "2.5"),
        *(pytest.param("lr", text, marks=pytest.mark.slow) for text in ("nan", "0", "inf", "-1e-3", "fast")),
        pytest.param("epochs", "0", marks=pytest.mark.slow),
    ],
)
def test_invalid_text_is_refused_beside_the_field(page: HeadPage, qtbot: Any, key: str, text: str) -> None:
    page.show_state(states.state())
    emitted: list[Any] = []
    page.spec_changed.connect(emitted.append)
    type_in(qtbot, page, key, text)
    assert emitted == []
    assert page.form.fields[key].message.isVisible()
    type_in(qtbot, page, key, "3" if key == "epochs" else "3e-3")
    assert not page.form.fields[key].message.isVisible()
    assert len(emitted) == 1


def test_typed_and_chosen_settings_are_emitted(page: HeadPage, qtbot: Any) -> None:
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


@pytest.mark.slow
def test_a_half_typed_number_survives_a_redraw(page: HeadPage, qtbot: Any) -> None:
    page.show_state(states.state())
    line = page.form.fields["lr"].line
    line.selectAll()
    qtbot.keyClicks(line, "5e-")
    page.show_state(states.state(epochs=11))
    assert line.text() == "5e-"
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "1e-3"


@pytest.mark.slow
def test_arrows_step_whole_numbers(page: HeadPage, qtbot: Any) -> None:
    page.show_state(states.state())
    with qtbot.waitSignal(page.spec_changed) as signal:
        qtbot.keyClick(page.form.fields["epochs"].line, Qt.Key.Key_Up)
    assert signal.args[0].train.epochs == 11


@pytest.mark.slow
def test_the_backbone_rate_waits_for_a_thawed_layer(page: HeadPage) -> None:
    field = page.form.fields["backbone_lr"]
    page.show_state(states.state())
    assert (field.line.text(), field.line.isEnabled()) == ("frozen", False)
    page.show_state(states.state(FreezePlan("all", thaw=("layer2.1",))))
    assert (field.line.text(), field.line.isEnabled()) == ("1e-5", True)
    page.show_state(states.state())
    assert field.line.text() == "frozen"


@pytest.mark.parametrize(("value", "text"), [(1e-3, "1e-3"), (0.01, "0.01"), (2.5e-4, "2.5e-4"), (0.0, "0"), (1, "1")])
def test_rates_are_written_in_their_shortest_form(value: float, text: str) -> None:
    assert compact(value) == text
    assert float(text) == value
