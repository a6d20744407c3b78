"""Grad-CAM: equal to its definition, with nothing left in the network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from studio.engine.inspection.grad_cam import heatmap
from studio.jobs.protocol import Interrupted
from studio.spec import UserError

Score = Callable[[Tensor], Tensor]


class Net(nn.Module):
    """Two convolutions, of which the second's input is changed in place, and the mean of each channel."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.norm, self.act = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(inplace=True)
        self.second, self.unused = nn.Conv2d(6, 5, 3), nn.Conv2d(3, 3, 1)

    def forward(self, photos: Tensor) -> Tensor:
        return self.second(self.act(self.norm(self.first(photos)))).mean(dim=(2, 3))


def score(output: Tensor) -> Tensor:
    return (output[0] ** 2 * torch.tensor([1.0, -2.0, 3.0, -1.0, 0.5])).sum()


@pytest.fixture
def net() -> nn.Module:
    return Net().eval().requires_grad_(False)


def photo() -> Tensor:
    return torch.rand(1, 3, 12, 10, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("layer", ["first", "norm", "second"])
def test_a_heatmap_equals_the_definition(net: Net, layer: str) -> None:
    output = photo()
    steps = {"first": net.first, "norm": net.norm, "act": nn.ReLU(), "second": net.second}
    maps = None
    for name, step in steps.items():
        output = step(output)
        if name == layer:
            maps = output = output.clone().requires_grad_()
    assert maps is not None
    gradient = torch.autograd.grad(score(output.mean(dim=(2, 3))), maps)[0][0]
    expected = torch.relu((gradient.mean(dim=(1, 2))[:, None, None] * maps[0]).sum(0)).detach().numpy()
    assert expected.any()
    np.testing.assert_allclose(heatmap(net, layer, score, photo()), expected, rtol=1e-5, atol=1e-7)


def test_computing_a_heatmap_changes_no_weights_hooks_or_gradients(net: Net) -> None:
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    heatmap(net, "first", score, photo())
    with pytest.raises(Interrupted):
        heatmap(net, "first", score, photo(), stop=lambda: True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in net.parameters())


def test_no_gradient_is_computed_before_the_layer(net: Net) -> None:
    net.requires_grad_(True)
    net.unused.requires_grad_(False)
    of_first: list[bool] = []
    handle = net.first.register_forward_hook(lambda _module, _inputs, output: of_first.append(output.requires_grad))
    heat = heatmap(net, "act", score, photo())
    handle.remove()
    assert of_first == [False], "nothing is stored for it"
    assert [one.requires_grad for one in net.parameters()] == [True] * 6 + [False] * 2, "as before"
    assert np.array_equal(heat, heatmap(net.requires_grad_(False), "act", score, photo()))


def test_a_layer_that_the_score_does_not_depend_on_has_no_heat(net: Net) -> None:
    def of_nothing(output: Tensor) -> Tensor:
        return (output * 0).sum()

    assert not heatmap(net, "second", of_nothing, photo()).any()


class Tokens(nn.Module):
    """A class token and the patches of a photo, of which one is the output."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.block = nn.Conv2d(3, 4, 4, 4), nn.Identity()

    def tokens(self, photos: Tensor) -> Tensor:
        patches = self.embed(photos).flatten(2).transpose(1, 2)
        return torch.cat([patches.mean(dim=1, keepdim=True), patches], dim=1)

    def forward(self, photos: Tensor) -> Tensor:
        return self.block(self.tokens(photos))[:, 6]


def test_the_heat_of_tokens_is_at_their_positions_in_the_photo() -> None:
    net, picture = Tokens().eval(), torch.rand(1, 3, 12, 12)
    tokens = net.tokens(picture)[0].detach()
    gradient = 2 * tokens[6] / 9  # of the squares of token 6, averaged over the nine patches
    expected = torch.relu(tokens[1:] @ gradient).reshape(3, 3)
    heat = heatmap(net, "block", lambda output: (output[0] ** 2).sum(), picture)
    np.testing.assert_allclose(heat, expected.numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("nowhere", "no layer called"),
        ("unused", "does not call"),
        ("vector", "no positions"),
        ("body.first.bias", "is a parameter"),
    ],
)
def test_a_layer_without_a_map_is_a_user_error(net: Net, layer: str, words: str) -> None:
    class Headed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused, self.body, self.vector = net.unused, net, nn.Linear(5, 5)

        def forward(self, photos: Tensor) -> Tensor:
            return self.vector(self.body(photos))

    with pytest.raises(UserError, match=words):
        heatmap(Headed().eval(), layer, score, photo())


@pytest.mark.slow  # captum takes seconds to import
@pytest.mark.parametrize("layer", ["first", "norm", "second"])
def test_a_map_equals_captums(net: Net, layer: str) -> None:
    attr = pytest.importorskip("captum.attr")
    net.act = nn.ReLU()  # captum's hook keeps the output itself, which the next layer must not change in place
    method, heats = attr.LayerGradCam(net, net.get_submodule(layer)), []
    for place in range(5):
        expected = method.attribute(photo(), target=place, relu_attributions=True)[0, 0].detach().numpy()
        heats.append(heatmap(net, layer, lambda output, place=place: output[0, place], photo()))
        np.testing.assert_allclose(heats[-1], expected, rtol=1e-5, atol=1e-7)
    assert np.any(heats)
