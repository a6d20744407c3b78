"""A network used for looking has the weights of its run's newest checkpoint."""

from __future__ import annotations

from pathlib import Path

import torch
from tiny import LAST_BLOCK, SMALL, finish, load, recorded, run_spec

from studio.engine.inspection import activations
from studio.engine.predict.run_model import RunModel
from studio.engine.predict.run_network import RunNetwork
from studio.engine.training.run_files import checkpoints
from studio.events import Checkpoint, LayerOutput
from studio.jobs.protocol import never

LAYER = "blocks.6.0.conv_pw"


def layer_output(network: RunNetwork, run: Path | None, photo: Path) -> LayerOutput:
    network.run = run
    return list(activations.outputs(network, SMALL, LAYER, str(photo)))[-1]


def weights(network: RunNetwork) -> torch.Tensor:
    return finish(network.get(SMALL, never))[1].network.get_submodule(LAYER).weight.detach().clone()


def test_the_newest_checkpoint_or_without_a_run_the_backbone_is_used(photos, tmp_path):
    network, run, photo = RunNetwork(), tmp_path / "run", photos / "warm" / "03.jpg"
    spec = run_spec(photos, LAST_BLOCK, batch_size=4, backbone_lr=1e-2, seed=5)
    untouched = load(seed=5).network.get_submodule(LAYER).weight
    labels, last = [], untouched
    for event in recorded(spec, run, tmp_path / "cache"):
        if not (run / "run.json").exists():
            continue
        if isinstance(event, Checkpoint) or not labels:
            output = layer_output(network, run, photo)
            labels.append((output.run, output.weights))
            state = checkpoints.read(run)
            expected = state.of("network.")[f"{LAYER}.weight"] if state else untouched
            assert torch.equal(weights(network), expected)
            assert (state is None) == torch.equal(expected, untouched)
            assert state is None or not torch.equal(expected, last)
            last = expected
    assert labels == [(str(run), ""), (str(run), "after epoch 1"), (str(run), "after epoch 2")]
    plain = layer_output(network, None, photo)
    assert (plain.run, plain.weights) == ("", "")
    assert torch.equal(weights(network), load().network.get_submodule(LAYER).weight)
    again = layer_output(network, run, photo)
    assert again.weights == "after epoch 2"
    assert torch.equal(weights(network), last)


def test_the_weights_of_a_checkpoint_within_an_epoch_are_named_as_such(photos, tmp_path):
    network, run = RunNetwork(), tmp_path / "run"
    spec = run_spec(photos, LAST_BLOCK, batch_size=4, checkpoint_minutes=1e-9)
    for event in recorded(spec, run, tmp_path / "cache"):
        if isinstance(event, Checkpoint) and event.epoch % 1:
            assert layer_output(network, run, photos / "warm" / "03.jpg").weights == f"in epoch {int(event.epoch) + 1}"
            return
    raise AssertionError("no checkpoint inside an epoch")


def test_weights_are_held_while_the_run_trains_on_until_it_is_followed_again(photos, tmp_path):
    network, run, photo = RunNetwork(), tmp_path / "run", photos / "warm" / "03.jpg"
    spec = run_spec(photos, LAST_BLOCK, batch_size=4, backbone_lr=1e-2, epochs=3, seed=5)
    held, done, model = None, 0, RunModel(RunNetwork())
    for event in recorded(spec, run, tmp_path / "cache"):
        if not isinstance(event, Checkpoint) or not (run / "run.json").exists():
            continue
        done += 1
        output = layer_output(network, run, photo)
        if held is None:
            held = weights(network)
            network.hold = True
        assert output.weights == "after epoch 1"
        assert torch.equal(weights(network), held)
        assert finish(model.get(run, never, "last", hold=done > 1))[1].epoch == 1
        layer_output(network, None, photo)  # another network in between does not lose them
    assert done >= 3
    network.hold = False
    assert finish(model.get(run, never, "last"))[1].epoch == done
    assert layer_output(network, run, photo).weights == f"after epoch {done}"
    assert not torch.equal(weights(network), held)
