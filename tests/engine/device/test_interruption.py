from __future__ import annotations

import pytest
import torch
from tiny import plain
from torch import nn

from studio.engine.device.interruption import interruptible
from studio.engine.network.fingerprints import fingerprint
from studio.jobs.protocol import Interrupted, never


class Deep(nn.Module):
    """Network of twenty layers that counts its layers' forward passes."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(4, 4) for _ in range(20)))
        self.forward_count = 0
        for layer in self.layers:
            layer.register_forward_pre_hook(self._count)

    def _count(self, *_: object) -> None:
        self.forward_count += 1

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return self.layers(photos)


def hooks(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in network.modules())


def test_a_forward_pass_stops_within_one_layer():
    network = Deep()
    with pytest.raises(Interrupted), interruptible(network, lambda: network.forward_count >= 7):
        network(torch.ones(2, 4))
    assert network.forward_count == 7
    assert hooks(network) == 0


def test_a_backward_pass_stops_within_one_layer_and_the_weights_are_unchanged():
    network = Deep()
    optimizer = torch.optim.SGD(network.parameters(), lr=1)
    before = fingerprint(network)
    calls = 0
    backward = False

    def stop() -> bool:
        nonlocal calls
        calls += backward
        return calls > 5

    def step() -> None:
        nonlocal backward
        loss = network(torch.ones(2, 4)).sum()
        backward = True
        loss.backward()
        optimizer.step()

    with pytest.raises(Interrupted), interruptible(network, stop):
        step()
    assert calls == 6
    with_gradient = [layer.weight.grad is not None for layer in network.layers]
    assert any(with_gradient)
    assert not all(with_gradient)
    assert fingerprint(network) == before
    assert hooks(network) == 0


def test_gradients_are_the_same_without_a_stop():
    network = Deep()
    photos = torch.ones(2, 4, requires_grad=True)
    network(photos).sum().backward()
    gradient = network.layers[0].weight.grad.clone()
    network.zero_grad()
    with interruptible(network, never):
        network(photos).sum().backward()
    assert torch.equal(network.layers[0].weight.grad, gradient)
    assert hooks(network) == 0


def test_an_error_in_a_layer_leaves_no_hook():
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(5, 5))
    with pytest.raises(RuntimeError), interruptible(network, never):
        network(torch.ones(2, 4))
    assert hooks(network) == 0


@pytest.mark.slow
def test_a_real_network_stops_in_the_middle_of_a_training_step():
    network = plain("resnet18").network.train()
    parameters = {name: tensor.detach().clone() for name, tensor in network.named_parameters()}
    backward, calls = False, 0

    def stop() -> bool:
        nonlocal calls
        calls += backward
        return calls > 10

    def step() -> None:
        nonlocal backward
        loss = network(torch.randn(2, 3, 32, 32)).sum()
        backward = True
        loss.backward()

    with pytest.raises(Interrupted), interruptible(network, stop):
        step()
    assert calls == 11
    assert all(torch.equal(tensor, parameters[name]) for name, tensor in network.named_parameters())


def test_only_layers_that_take_time_are_checked():
    def checks(*layers: nn.Module) -> int:
        network, calls = nn.Sequential(*layers).eval(), 0

        def stop() -> bool:
            nonlocal calls
            calls += 1
            return False

        with torch.no_grad(), interruptible(network, stop):
            network(torch.ones(1, 3, 4, 4))
        return calls

    assert checks(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.ReLU6(inplace=True), nn.Dropout(), nn.Identity()) == 1
    assert checks(nn.ReLU(), nn.Identity()) == 2, "a network of such layers only"
