"""Adapters of linear layers: what they compute, and that the network beside them stays as it is."""

from __future__ import annotations

import math

import pytest
import torch
from tiny import load, plain
from tiny_vit import TORCH_VIT, VIT
from torch import Tensor, nn

from studio.engine.backbones.backbone import Backbone
from studio.engine.network import lora
from studio.engine.network.fingerprints import fingerprint
from studio.engine.network.lora import Adapters
from studio.planning import freezing
from studio.spec import BackboneSpec, FreezePlan, UserError

BOTH = pytest.mark.parametrize("spec", [VIT, TORCH_VIT], ids=["called", "read"])


def adapters_of(base: Backbone, plan: FreezePlan, random: bool = False) -> Adapters:
    layers = freezing.require_adapted(plan, base.table.layers, base.info.name)
    adapters = Adapters(base.network, layers, plan.lora_rank, plan.lora_alpha, seed=3)
    if random:
        generator = torch.Generator().manual_seed(4)
        with torch.no_grad():
            for one in adapters.adapters:
                one.b.normal_(0, 0.1, generator=generator)
    return adapters


def photos(number: int = 2) -> Tensor:
    return torch.randn(number, 3, 32, 32, generator=torch.Generator().manual_seed(5))


@BOTH
def test_untrained_adapters_change_no_bit_of_the_output(spec: BackboneSpec) -> None:
    base = load(spec)
    before = base.network(photos())
    adapters_of(base, FreezePlan(lora_rank=2)).attach()
    assert torch.equal(base.network(photos()), before)


@BOTH
def test_merged_weights_compute_what_the_adapters_did(spec: BackboneSpec) -> None:
    base = load(spec)
    before, own = base.network(photos()), fingerprint(base.network)
    adapters = adapters_of(base, FreezePlan(lora_rank=2), random=True)
    adapters.attach()
    adapted = base.network(photos())
    assert not torch.allclose(adapted, before, rtol=1e-2)
    adapters.detach()
    assert torch.equal(base.network(photos()), before)
    assert fingerprint(base.network) == own
    merged = lora.merged(adapters.tensors(), base.network.state_dict())
    assert len(merged) == len(adapters.adapters) == 12
    assert not base.network.load_state_dict(merged, strict=False).unexpected_keys
    assert torch.allclose(base.network(photos()), adapted, rtol=1e-5, atol=1e-6)


@BOTH
def test_gradients_reach_all_adapters_and_nothing_else(spec: BackboneSpec) -> None:
    base = load(spec)
    base.network.requires_grad_(False)
    adapters = adapters_of(base, FreezePlan(lora_rank=2), random=True)
    adapters.attach()
    base.network(photos()).square().sum().backward()
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in adapters.parameters().values())
    assert all(one.grad is None for one in base.network.parameters())


def test_the_weights_are_restored_after_an_error_in_the_layer() -> None:
    base = load(TORCH_VIT)
    own = fingerprint(base.network)
    adapters_of(base, FreezePlan(lora_rank=2), random=True).attach()

    def refuse(*_: object) -> None:
        raise RuntimeError

    handle = base.network.get_submodule("blocks.1.attn").register_forward_hook(refuse)
    with pytest.raises(RuntimeError):
        base.network(photos())
    handle.remove()
    assert fingerprint(base.network) == own
    assert all(isinstance(one, nn.Parameter) for one in base.network.get_submodule("blocks.1.attn").parameters())


@pytest.mark.parametrize("precise", [torch.float32, torch.bfloat16])
def test_the_change_of_read_weights_is_computed_in_float32(precise: torch.dtype) -> None:
    base = load(TORCH_VIT)
    adapters = adapters_of(base, FreezePlan(lora_rank=2), random=True)
    adapters.attach()
    seen: list[Tensor] = []
    attention = base.network.get_submodule("blocks.0.attn")
    attention.register_forward_pre_hook(lambda module, _: seen.append(module.in_proj_weight.detach().clone()))
    with torch.no_grad(), torch.autocast("cpu", precise, enabled=precise is not torch.float32):
        base.network(photos())
    merged = lora.merged(adapters.tensors(), base.network.state_dict())
    assert torch.allclose(seen[0], merged["blocks.0.attn.in_proj_weight"], rtol=1e-6, atol=1e-7)


def test_matrices_begin_as_the_authors_code_begins_them() -> None:
    base = load(VIT)
    first, again = (adapters_of(base, FreezePlan(lora_rank=64)) for _ in range(2))
    assert all(torch.equal(one.a, other.a) for one, other in zip(first.adapters, again.adapters, strict=True))
    assert not torch.equal(first.adapters[0].a, first.adapters[1].a)
    for one in first.adapters:
        inputs = one.a.shape[1]
        assert float(one.a.detach().abs().max()) <= 1 / math.sqrt(inputs)
        assert float(one.a.detach().std()) == pytest.approx(1 / math.sqrt(3 * inputs), rel=0.1)
        assert not one.b.any()


def test_the_change_is_that_of_the_merged_weight() -> None:
    base = load(VIT)
    adapters = adapters_of(base, FreezePlan(lora_rank=3, lora_alpha=5), random=True)
    own = base.network.state_dict()
    merged = lora.merged(adapters.tensors(), own)
    for change, one in zip(adapters.changes(), adapters.adapters, strict=True):
        expected = (merged[one.weight] - own[one.weight]).norm() / own[one.weight].norm()
        assert change.by == pytest.approx(float(expected), rel=1e-4)
        assert one.weight == f"{change.path}.weight"


def test_adapters_of_another_network_are_refused() -> None:
    base = load(VIT)
    adapters = adapters_of(base, FreezePlan(lora_rank=2))
    tensors = adapters.tensors()
    with pytest.raises(UserError, match="has other adapters"):
        adapters_of(base, FreezePlan(lora_rank=3)).restore(tensors)
    with pytest.raises(UserError, match="do not fit the backbone"):
        lora.merged(tensors, load(TORCH_VIT).network.state_dict())


def test_adapters_without_influence_on_the_output_are_refused() -> None:
    base = load(TORCH_VIT)
    adapters = adapters_of(base, FreezePlan(lora_rank=2))
    adapters.require_effect(photos(1))
    base.network.get_submodule("blocks.1.mlp").forward = lambda tokens: tokens  # type: ignore[method-assign]
    with pytest.raises(UserError, match=r"no effect on 2 of 12 layers, such as blocks\.1\.mlp\.0"):
        adapters.require_effect(photos(1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["vit_tiny_patch16_224", "swin_t", "vit_b_32", "mobilevit_xxs", "maxvit_t", "hiera_tiny_224", "pvt_v2_b0"]
)
def test_adapters_work_on_real_transformers(name: str) -> None:
    base = plain(name, 224)
    base.network.requires_grad_(False)
    adapters = adapters_of(base, FreezePlan(lora_rank=2))
    assert {layer.role for layer in freezing.adapted_layers(FreezePlan(lora_rank=2), base.table.layers)} == {
        "attention",
        "mlp",
    }
    assert sum(one.numel() for one in adapters.parameters().values()) == sum(
        layer.parameters(2) for layer in freezing.adapted_layers(FreezePlan(lora_rank=2), base.table.layers)
    )
    generator = torch.Generator().manual_seed(4)
    batch = torch.randn(1, 3, 224, 224, generator=generator)
    before = base.network(batch)
    adapters.attach()
    assert torch.allclose(base.network(batch), before, rtol=1e-5, atol=1e-5)  # torch's attention has a faster kernel
    for one in adapters.adapters:
        nn.init.normal_(one.b, 0, 0.02, generator=generator)
    adapted = base.network(batch)
    adapted.square().sum().backward()
    assert all(one.grad is not None and one.grad.any() for one in adapters.parameters().values())
    adapters.detach()
    base.network.load_state_dict(lora.merged(adapters.tensors(), base.network.state_dict()), strict=False)
    assert torch.allclose(base.network(batch), adapted, rtol=1e-3, atol=1e-4)
