"""The dialog that suggests learning rates."""

from __future__ import annotations

from typing import Any

import pytest
import states
from fake_jobs.data import fake_rates
from PySide6.QtCore import Qt

from studio.session.plan import rate_advice
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.head.rate_dialog import RateDialog


@pytest.fixture
def dialog(show: Any) -> RateDialog:
    return show(RateDialog(), 680, 620)


def ready() -> AppState:
    return states.state()


def with_train(state: AppState, **changes: Any) -> AppState:
    return replace(state, spec=replace(state.spec, train=replace(state.spec.train, **changes)))


def test_both_tests_are_drawn_and_their_rates_used(dialog: RateDialog, qtbot: Any) -> None:
    state = ready()
    dialog.show_state(state)
    assert dialog.start.isEnabled(), rate_advice.cannot_test(state)
    assert not dialog.use.isEnabled()
    assert not any(part.isVisible() for part in dialog.parts)
    dialog.show_state(job_started(state, "advise_rates"))
    assert "being tested" in dialog.start.toolTip()
    advised = reduce(state, "advise_rates", fake_rates(state.spec))
    dialog.show_state(advised)
    assert [part.title.text() for part in dialog.parts] == ["Head", "Thawed layers"]
    head, network = dialog.parts
    assert head.words.text() == "Suggested: 0.02; set now: 1e-3. The loss falls fastest at 2e-2."
    assert head.plot is not None
    assert network.plot is not None
    assert head.plot.suggested.value() == pytest.approx(-1.699, abs=1e-3)
    assert head.plot.accessibleDescription() == head.words.text()
    used: list[Any] = []
    dialog.rates_requested.connect(used.append)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    train = rate_advice.applied(advised.spec, used[0]).train
    assert (train.lr, train.backbone_lr) == (0.02, 1e-4)


def test_the_rate_that_is_set_is_drawn_until_it_is_the_suggested_one(dialog: RateDialog) -> None:
    state = ready()
    advised = reduce(state, "advise_rates", fake_rates(state.spec))
    dialog.show_state(advised)
    plot = dialog.parts[0].plot
    assert plot is not None
    assert plot.present.isVisible()
    dialog.show_state(with_train(advised, lr=0.02))
    assert not plot.present.isVisible()


def test_a_suggestion_holds_for_other_rates_and_epochs_but_no_other_settings(dialog: RateDialog) -> None:
    state = ready()
    advised = reduce(state, "advise_rates", fake_rates(state.spec))
    for changes in ({"lr": 0.5}, {"backbone_lr": 0.5}, {"epochs": 77}):
        assert rate_advice.suggestion_now(with_train(advised, **changes)) is not None
    others = (
        with_train(advised, batch_size=4),
        replace(advised, spec=replace(advised.spec, freeze=FreezePlan(base="none"))),
        replace(advised, spec=replace(advised.spec, dataset=replace(advised.spec.dataset, folder="/elsewhere"))),
    )
    for other in others:
        dialog.show_state(advised)
        assert dialog.parts[0].isVisible()
        dialog.show_state(other)
        assert (dialog.parts[0].isVisible(), dialog.use.isEnabled()) == (False, False)


def test_no_rate_is_suggested_where_the_loss_did_not_fall(dialog: RateDialog) -> None:
    state = ready()
    found = fake_rates(state.spec)
    nothing = replace(found, tests=tuple(replace(test, rate=None, why="It did not fall.") for test in found.tests))
    dialog.show_state(reduce(state, "advise_rates", nothing))
    assert dialog.parts[0].words.text() == "No rate is suggested. It did not fall."
    assert "did not fall" in dialog.use.toolTip()
    assert not dialog.use.isEnabled()


def test_a_disabled_start_button_gives_the_reason(dialog: RateDialog) -> None:
    dialog.show_state(replace(ready(), dataset=None))
    assert dialog.start.toolTip()
    assert not dialog.start.isEnabled()
