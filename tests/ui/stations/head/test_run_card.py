"""The card of the run shown: device, freeze proof, result, reason of the end, baseline."""

from __future__ import annotations

import pytest
import states

from studio.planning import presets
from studio.session.reducer import job_started
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.ui.stations.head.page import HeadPage


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


def test_the_freeze_proof_is_one_line_that_follows_the_run(page: HeadPage) -> None:
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
    assert "frozen, but changed: stem" in page.proof.words.text()
    assert page.run_card.facts.value("Verified") == "changed, see the layers"


@pytest.mark.slow
def test_the_card_shows_the_best_epoch_and_why_the_run_ended(page: HeadPage) -> None:
    before = states.state(epochs=20)
    run = states.run(before.spec)
    facts = page.run_card.facts
    page.show_state(before.showing(run))
    assert (facts.value("Result"), facts.value("Ended")) == ("epoch 3 of 3, lowest validation loss", "")
    assert run.outcome is not None
    early = replace(run, epochs=states.two_phases(), outcome=replace(run.outcome, stopped_early=True, best_epoch=4))
    page.show_state(before.showing(early))
    assert (facts.value("Result"), facts.value("Best epoch")) == ("epoch 4 of 5, lowest validation loss", "")
    assert facts.value("Ended") == "early, after 5 of 20 epochs"
    spec = replace(early.started.spec, train=replace(early.started.spec.train, result="last"))
    page.show_state(before.showing(replace(early, started=replace(early.started, spec=spec))))
    assert facts.value("Result") == "epoch 5 of 5, the last one"
    assert facts.value("Best epoch") == "4, lowest validation loss"


@pytest.mark.slow
def test_a_baseline_is_compared_with_its_plan(page: HeadPage) -> None:
    before = states.state()
    best = min(states.epochs(3), key=lambda epoch: epoch.val_loss).val("accuracy")
    page.show_state(states.compared(before.showing(states.run(before.spec)), best - 0.25))
    assert page.run_card.facts.value("Baseline").startswith("+25.0 points vs. from scratch")
    scratch = presets.from_scratch(before.spec)
    page.show_state(states.compared(before.showing(states.run(scratch)), best + 0.25))
    assert page.run_card.facts.value("Baseline").startswith("-25.0 points vs. the plan")
    assert "baseline of the settings chosen now" in page._notice.accessibleName()


@pytest.mark.slow
def test_the_run_card_says_that_a_run_starts(page: HeadPage) -> None:
    page.show_state(states.state())
    assert page.run_card._none.text().startswith("No run is open.")
    page.show_state(job_started(states.state(), "train"))
    assert page.run_card._none.text() == "The run is starting."
