"""Traces of a forward pass: the order of the layers, and the waists."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.engine.network.tracing import Trace, row_shape, trace_pass


def trace_of(network: nn.Module) -> Trace:
    return trace_pass(network.eval(), torch.randn(2, 3, 8, 8))


def waists(network: nn.Module) -> list[str]:
    return [call.path for call in sorted(trace_of(network).calls, key=lambda call: call.order) if call.waist]


def conv() -> nn.Conv2d:
    return nn.Conv2d(3, 3, 3, padding=1)


class Two(nn.Module):
    """Three layers, which subclasses connect."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = conv(), conv(), conv()


class Chain(Two):
    def forward(self, photos: Tensor) -> Tensor:
        return self.third(self.second(self.first(photos)).relu_()).mean((2, 3))


class Round(Two):
    def forward(self, photos: Tensor) -> Tensor:
        return self.third(self.second(self.first(photos))).mean((2, 3)) + photos.mean((2, 3))


class HalfOfAnother(Two):
    """The second layer reads half of the first one's output; the other half skips it, in the same memory."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 6, 1), nn.Identity()

    def forward(self, photos: Tensor) -> Tensor:
        one, other = self.first(photos).chunk(2, dim=1)
        return self.third(self.second(one) + other).mean((2, 3))


class Overwritten(Two):
    """The first layer's output is overwritten after a view of it was created, and the view is read later."""

    def forward(self, photos: Tensor) -> Tensor:
        start = self.first(photos)
        view = start.flatten(2)
        second = self.second(start)
        start.mul_(2)
        return (self.third(second).flatten(2) + view).mean(2)


class ViewedAgain(Two):
    """The second layer computes a flat view of its output, which is created again after it."""

    class Flat(nn.Module):
        def forward(self, photos: Tensor) -> Tensor:
            return (photos.flatten(2) * 2).view(photos.shape)

    def __init__(self) -> None:
        super().__init__()
        self.second = self.Flat()

    def forward(self, photos: Tensor) -> Tensor:
        second = self.second(self.first(photos))
        return (self.third(second).flatten(2) + second.flatten(2)).mean(2)


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.split, self.join = Both(), Join()

    def forward(self, photos: Tensor) -> Tensor:
        one, size, other = self.split(photos)
        return self.join(one, size, other)


class Both(nn.Module):
    def forward(self, photos: Tensor) -> tuple[Tensor, tuple[int, int], Tensor]:
        return photos.mean((2, 3)), (8, 8), photos.square().mean(3)


class Join(nn.Module):
    def forward(self, one: Tensor, size: tuple[int, int], other: Tensor) -> Tensor:
        return one + other.sum(2) / size[0]


class Constant(nn.Module):
    """A bias computed from weights in the first layer is read again later; skipping that layer loses it."""

    class First(nn.Module):
        def __init__(self, keeps: bool) -> None:
            super().__init__()
            self.table, self.keeps = nn.Parameter(torch.ones(3)), keeps

        def forward(self, one: Tensor, outer: Constant) -> Tensor:
            bias = self.table.exp()
            if self.keeps:
                outer.bias = bias
            return one * bias

    def __init__(self, keeps: bool) -> None:
        super().__init__()
        self.first, self.last, self.bias = self.First(keeps), nn.Linear(3, 3), torch.ones(3)

    def forward(self, photos: Tensor) -> Tensor:
        return self.last(self.first(photos.mean((2, 3)), self)) * self.bias


def test_every_layer_of_a_chain_is_a_waist() -> None:
    assert waists(Chain()) == ["first", "second", "third"]


def test_a_layer_that_the_photo_bypasses_is_not_a_waist() -> None:
    assert waists(Round()) == []


def test_the_other_half_of_the_same_memory_bypasses_a_layer() -> None:
    assert waists(HalfOfAnother()) == ["first", "third"]


def test_an_overwritten_view_is_another_value() -> None:
    assert waists(Overwritten()) == ["first"]


def test_an_earlier_view_of_the_output_does_not_bypass_the_layer() -> None:
    assert waists(ViewedAgain()) == ["first", "second"]


def test_a_layer_that_returns_several_tensors_is_a_waist_with_a_flat_row() -> None:
    trace = trace_of(Pair())
    both = next(call for call in trace.calls if call.path == "split")
    assert both.waist
    assert both.output[1] == (8, 8)
    assert row_shape(both, 2) == (3 + 3 * 8,)
    assert row_shape(both, 3) is None


def test_values_that_a_skipped_layer_computes_from_weights_are_lost() -> None:
    assert "first" in waists(Constant(keeps=False))
    assert "first" not in waists(Constant(keeps=True))


def test_a_bare_parameter_has_the_order_of_its_first_use() -> None:
    class Bare(Two):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, photos: Tensor) -> Tensor:
            return self.third(self.second(self.first(photos)) * self.scale).mean((2, 3))

    trace = trace_of(Bare())
    order = {call.path: call.order for call in trace.calls}
    assert order["second"] < trace.uses["scale"] <= order["third"]
    assert trace.uses["first.weight"] == order["first"]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in Bare().modules())
