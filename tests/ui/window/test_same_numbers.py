"""The same number is computed and written alike on all pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import states
from drawn_page import DrawnPage

from studio.events import LayerOutput, RunSummary
from studio.planning import freezing
from studio.runs.layer_changes import sentence, summarize
from studio.session.inspection import captions
from studio.session.ribbon import summaries
from studio.session.runs import run_list
from studio.session.state import RunState
from studio.spec import FreezePlan, TrainSpec
from studio.spec.structs import replace
from studio.ui.stations.features.layers.layer_cells import PROOF, STATE
from studio.ui.stations.features.layers.layer_model import HEAD
from studio.ui.stations.head.fields import summary
from studio.ui.stations.head.run_card import RunCard


def ran(freeze: FreezePlan, far: dict[str, float | None]) -> RunState:
    return replace(states.run(states.spec(freeze=freeze)), layer_changes=states.moved(far))


@pytest.mark.parametrize(
    ("freeze", "far", "frozen", "ribbon"),
    [
        (FreezePlan(), {}, "9 of 9", "resnet18 · all frozen"),
        (FreezePlan(thaw=("layer2.1",)), {"layer2.1.conv": 1e-3, "layer2.1.bn": 1e-3}, "7 of 9", "2 layers train"),
    ],
)
def test_layers_with_weights_are_counted_everywhere(
    show_page: Any, freeze: FreezePlan, far: dict[str, float | None], frozen: str, ribbon: str
) -> None:
    run = ran(freeze, far)
    state = states.state(freeze).showing(run)
    page, card = show_page(DrawnPage()), RunCard()
    page.show_state(state)
    card.show_state(run)
    assert len(freezing.weighted_leaves(states.small_table().layers)) == 9, "the pool has none"
    assert page.plan.facts.value("Frozen layers") == frozen
    assert card.facts.value("Frozen layers") == frozen
    assert run.layer_changes is not None
    assert sentence(summarize(run.layer_changes.layers)).startswith(f"{frozen} layers unchanged")
    assert summaries(state)[2].line.endswith(ribbon)


@pytest.mark.slow
def test_a_layer_without_weights_neither_trains_nor_is_frozen_and_the_head_was_trained(show_page: Any) -> None:
    freeze = FreezePlan("none")
    page = show_page(DrawnPage())
    page.show_state(states.state(freeze).showing(ran(freeze, {"stem": 1e-3})))
    model = page.layers.tree.layer_model
    pool = model.index_of("pool")
    assert pool.siblingAtColumn(STATE).data() == "no weights"
    assert model.index_of("stem").siblingAtColumn(STATE).data() == "trains"
    page.layers.tree.choose("pool")
    assert page.inspector.shape.value("State") == "no weights"
    head = model.index(model.rowCount() - 1, 0)
    assert model.row_of(head) == HEAD
    assert head.siblingAtColumn(PROOF).data() == "trained, 3 epochs"


@pytest.mark.parametrize(
    ("train", "planned"), [(TrainSpec(epochs=1), "1 epoch"), (TrainSpec(epochs=10, head_epochs=3), "3 + 10 epochs")]
)
def test_the_epochs_of_both_phases_are_written_alike(train: TrainSpec, planned: str) -> None:
    state = states.state()
    spec = replace(state.spec, train=train)
    state = replace(state, spec=spec)
    assert summaries(state)[3].line == f"linear · {planned}"
    done = RunSummary("/runs/1", "done", spec, epochs=train.all_epochs)
    assert run_list.progress_words(done) == planned
    failed = replace(done, state="failed", epochs=1)
    assert run_list.progress_words(failed) == f"failed after epoch 1 of {train.all_epochs}"
    early = replace(done, epochs=7, stopped_early=True)
    assert run_list.progress_words(early) == f"7 of {train.all_epochs} epochs, stopped early"
    if train.head_epochs:
        assert summary("phases", spec, False).startswith(planned)


@pytest.mark.parametrize(
    ("shape", "maps", "channels", "said"),
    [
        ((1280,), (1, 1, 1280), (0,), "1,280 numbers in 0.22\u202fs"),
        ((112, 14, 14), (64, 14, 14), tuple(range(64)), "112 × 14 × 14 in 0.22\u202fs · 64 of 112 channels drawn"),
        ((4, 7, 7), (4, 7, 7), (0, 1, 2, 3), "4 × 7 × 7 in 0.22\u202fs"),
        ((7, 7, 96), (64, 7, 7), tuple(range(64)), "7 × 7 × 96 in 0.22\u202fs · 64 of 96 channels drawn"),
        ((197, 192), (64, 14, 14), tuple(range(64)), "197 × 192 in 0.22\u202fs · 64 of 192 channels drawn"),
        ((7, 5), (1, 7, 5), (0,), "7 × 5 in 0.22\u202fs"),
    ],
    ids=["vector", "maps", "all maps", "channels last", "tokens", "matrix"],
)
def test_the_caption_of_an_output_counts_its_drawn_channels(
    shape: tuple[int, ...], maps: tuple[int, ...], channels: tuple[int, ...], said: str
) -> None:
    assert captions.of_output(LayerOutput("pool", "/a.jpg", shape, np.zeros(maps, np.float32), channels, 0.22)) == said
