"""Looks into a run: outputs before and after it, drift, heatmaps, and no leaked hooks, tensors or threads."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import LAST_BLOCK, SMALL, load, only, trained

from studio.engine.inspection import activations
from studio.engine.predict import class_heatmap
from studio.engine.predict.looks import Looks, _relative
from studio.events import ClassHeatmap, LayerOutput, OutputDrift
from studio.jobs.protocol import never
from studio.spec import TrainSpec, UserError

BEFORE, INSIDE = "blocks.1", "conv_head"
SEED = TrainSpec().seed


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run that thawed the last block, and its photos."""
    from photo_folder import write_photos

    folder = tmp_path_factory.mktemp("looks")
    photos = folder / "photos"
    write_photos(photos)
    trained(photos, folder / "run", freeze=LAST_BLOCK, epochs=1, lr=0.01, backbone_lr=0.01)
    return folder / "run", photos / "warm" / "03.jpg"


def look(looks: Looks, layer: str, photo: Path, run: Path, weights: str) -> LayerOutput:
    return only(list(looks.output(SMALL, layer, str(photo), run=str(run), weights=weights)), LayerOutput)[0]


def test_the_output_before_and_after_a_run_and_both(run: tuple[Path, Path]) -> None:
    folder, photo = run
    looks = Looks()
    both = look(looks, INSIDE, photo, folder, "both")
    assert both.start is not None
    assert np.abs(both.maps - both.start.maps[[both.start.channels.index(one) for one in both.channels]]).max() > 1e-6
    after, before = (look(looks, INSIDE, photo, folder, weights) for weights in ("run", "start"))
    assert np.array_equal(after.maps, both.maps)
    assert np.array_equal(before.maps, both.start.maps)
    assert (after.run, after.weights) == (str(folder), "after epoch 1")
    assert (before.run, before.weights, before.start) == ("", "", None)
    base = load(seed=SEED)
    untouched = activations._look(base, INSIDE, before.photo, never, 1).output.numpy()
    assert np.array_equal(untouched[list(before.channels)], before.maps), "it began with the weights of the backbone"
    frozen = look(looks, BEFORE, photo, folder, "both")
    assert frozen.start is not None
    assert np.array_equal(frozen.maps, frozen.start.maps)


def test_the_drift_of_each_layer_is_the_relative_change_of_its_output(
    run: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, photo = run
    looks = Looks()
    (drift,) = only(list(looks.drift(SMALL, str(folder), str(photo))), OutputDrift)
    assert (drift.run, drift.path, drift.weights) == (str(folder), str(photo), "after epoch 1")
    assert drift.layers[BEFORE] == 0
    both = look(looks, INSIDE, photo, folder, "both")
    assert both.start is not None
    order = [both.start.channels.index(one) for one in both.channels]
    before = both.start.maps[order]
    expected = np.linalg.norm(both.maps - before) / np.linalg.norm(before)
    assert drift.layers[INSIDE] == pytest.approx(expected, rel=1e-4)
    monkeypatch.setattr("studio.engine.predict.looks.MOST_BYTES", 20_000)
    (again,) = only(list(looks.drift(SMALL, str(folder), str(photo))), OutputDrift)
    assert again.layers == drift.layers, "in groups, too"
    monkeypatch.setattr("studio.engine.predict.looks.FirstChange.certain", False)
    (again,) = only(list(looks.drift(SMALL, str(folder), str(photo))), OutputDrift)
    assert again.layers == drift.layers, "compared layer by layer"


def test_only_tensors_of_thawed_layers_differ_after_a_run(run: tuple[Path, Path]) -> None:
    folder, photo = run
    looks = Looks()
    look(looks, INSIDE, photo, folder, "start")
    assert looks.network.changed() == frozenset()
    look(looks, INSIDE, photo, folder, "run")
    changed = looks.network.changed()
    (thawed,) = LAST_BLOCK.thaw
    assert f"{thawed}.0.conv_pw.weight" in changed
    assert all(name.startswith(thawed) and "running" not in name for name in changed)


@pytest.mark.parametrize(
    ("before", "after", "drift"),
    [([3.0, 4.0], [3.0, 9.0], 1.0), ([3.0, 4.0], [3.0, 4.0], 0.0), ([0.0], [0.0], 0.0), ([0.0], [1.0], np.inf)],
)
def test_the_drift_is_relative_to_the_output_before(before: list[float], after: list[float], drift: float) -> None:
    assert _relative(torch.tensor(before), torch.tensor(after)) == drift


def test_a_heatmap_equals_that_of_the_model_loaded_alone(run: tuple[Path, Path]) -> None:
    folder, photo = run
    looks = Looks()
    look(looks, INSIDE, photo, folder, "run")
    for name, layer in (("", ""), ("cold", INSIDE)):
        alone = only(list(class_heatmap.compute(folder, str(photo), name, layer)), ClassHeatmap)[0]
        kept = only(list(looks.heatmap(str(folder), str(photo), name, layer)), ClassHeatmap)[0]
        assert np.array_equal(alone.heat, kept.heat)
        assert (alone.name, alone.layer, alone.probability) == (kept.name, kept.layer, kept.probability)
        assert (kept.run, kept.epoch) == (str(folder), 1)
    with pytest.raises(UserError, match="no class “bees”"):
        list(looks.heatmap(str(folder), str(photo), "bees"))
    again = look(looks, INSIDE, photo, folder, "run")
    assert again.weights == "after epoch 1", "and the network has the newest weights again"


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_two_hundred_looks_leave_no_hook_no_tensor_and_no_thread(run: tuple[Path, Path], rounds: int) -> None:
    folder, photo = run
    looks = Looks()

    def round_of_looks() -> None:
        look(looks, INSIDE, photo, folder, "both")
        only(list(looks.heatmap(str(folder), str(photo), "cold", INSIDE)), ClassHeatmap)
        look(looks, BEFORE, photo, folder, "run")
        list(looks.drift(SMALL, str(folder), str(photo)))

    def left() -> tuple[int, int]:
        network: Any = looks.network._loaded
        hooks = sum(
            len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
            for module in network[1].network.modules()
        )
        tensors = sum(1 for one in gc.get_objects() if isinstance(one, torch.Tensor))
        return hooks, tensors

    round_of_looks()
    gc.collect()
    before, threads = left(), threading.active_count()
    for _ in range(rounds):
        round_of_looks()
    gc.collect()
    assert left() == before
    assert before[0] == 0
    assert threading.active_count() <= threads  # a thread of an earlier test may end meanwhile


def test_filters_are_the_weights_of_a_convolution_on_colors(run: tuple[Path, Path]) -> None:
    folder, photo = run
    stem = look(Looks(), "conv_stem", photo, folder, "run")
    assert stem.filters is not None
    assert np.array_equal(stem.filters, load(seed=SEED).network.conv_stem.weight.detach().numpy())
    assert look(Looks(), INSIDE, photo, folder, "run").filters is None
    assert stem.photo is not None
    assert stem.photo.shape == (32, 32, 3)


def test_the_pass_ends_after_the_layer(run: tuple[Path, Path]) -> None:
    base = load()
    reached: list[str] = []
    base.network.conv_head.register_forward_hook(lambda *_: reached.append("conv_head"))
    pixels = np.zeros((32, 32, 3), np.uint8)
    activations._look(base, BEFORE, pixels, lambda: False, 1)
    assert not reached


def test_statistics_count_zeros_and_dead_channels(run: tuple[Path, Path]) -> None:
    from studio.engine.inspection import folding

    maps = np.zeros((4, 3, 3), np.float32)
    maps[0, 0, 0], maps[1] = -2, 5
    facts = folding.facts(folding.fold(maps))
    assert (facts.low, facts.high, facts.channels) == (-2, 5, 4)
    assert facts.dead == 3, "constant channels, zero or not"
    assert facts.zeros == pytest.approx(26 / 36)
    vector = folding.facts(folding.fold(np.array([0, 1, 3], np.float32)))
    assert (vector.channels, vector.dead, vector.mean) == (3, 1, pytest.approx(4 / 3))
    maps[0, 0, 0] = np.nan
    assert folding.facts(folding.fold(maps)).mean == pytest.approx(45 / 35)
