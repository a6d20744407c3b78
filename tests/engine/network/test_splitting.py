"""Networks split at a cut: they equal the whole network in features, gradients and training."""

from __future__ import annotations

import copy

import pytest
import torch
from tensors import assert_close
from torch import Tensor, nn
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import builders
from studio.engine.network import features, layers
from studio.engine.network import splitting as cuts
from studio.engine.network.freezing import Freezer
from studio.events import LayerTable
from studio.planning import cuts as planned
from studio.planning import freezing
from studio.planning.cuts import ideal_cut
from studio.spec import FreezePlan
from studio.spec.structs import replace

CHAINS = [
    ("resnet18", "layer4.1", "layer4.0"),
    ("mobilenet_v3_small", "features.12", "features.11"),
    ("shufflenet_v2_x0_5", "conv5", "stage4"),
    ("squeezenet1_1", "features.12", "features.11"),
    ("googlenet", "inception5b", "inception5a"),
    ("tf_efficientnet_lite0", "blocks.6", "blocks.5"),
    ("regnetx_002", "s4", "s3"),
    ("vit_tiny_patch16_224", "blocks.11", "blocks.10"),
    ("mobilevit_xxs", "stages.4", "stages.3"),
    ("swin_t", "features.7.1", "features.7.0"),
]


def build(name: str, whole_size: bool = False) -> tuple[nn.Module, LayerTable]:
    info = catalog.find(name)
    torch.manual_seed(0)
    network, classifier = builders.build(info.source, info.arch, info.input_size[1])
    size = info.preprocess.size if whole_size or name.startswith(("vit", "swin")) else (64, 64)
    return network.eval(), layers.table(network, name, classifier, size)


@pytest.mark.parametrize(("name", "thawed", "expected"), few(CHAINS, ("tf_efficientnet_lite0",)))
def test_split_network_equals_the_whole_one(name: str, thawed: str, expected: str) -> None:
    network, table = build(name)
    frozen = freezing.frozen_leaves(FreezePlan(thaw=(thawed,)), table.layers)
    Freezer(network, table, frozen)
    thawed_parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    split = cuts.find(network, table, frozen)
    assert split is not None
    assert split.layer == expected
    photos = torch.randn(3, 3, *table.image_size)
    whole = features.flatten(network(photos))
    expected_gradients = torch.autograd.grad(whole.square().sum(), thawed_parameters, allow_unused=True)
    with torch.no_grad():
        rows = cuts.prefix(network, split, photos)
    assert tuple(rows.shape) == (3, *split.shape)
    split_features = cuts.suffix(network, split, rows, table.image_size)
    actual = torch.autograd.grad(split_features.square().sum(), thawed_parameters, allow_unused=True)
    assert_close(split_features, whole, rtol=1e-4, atol=1e-5 * float(whole.detach().abs().max()))
    for a, b in zip(actual, expected_gradients, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert_close(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()) + 1e-12)


@pytest.mark.slow
def test_a_split_pass_leaves_the_network_unchanged() -> None:
    network, table = build("resnet18")
    frozen = freezing.frozen_leaves(FreezePlan(thaw=("layer4",)), table.layers)
    before = copy.deepcopy(network.state_dict())
    split = cuts.find(network, table, frozen)
    assert split is not None
    photos = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        first = network(photos)
        cuts.suffix(network, split, cuts.prefix(network, split, photos), (64, 64))
        assert torch.equal(network(photos), first)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not any("forward" in vars(module) or module._forward_hooks for module in network.modules())


class Skip(nn.Module):
    """The first layer's output skips the second one, so that only a cut after the first is possible."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))

    def forward(self, photos: Tensor) -> Tensor:
        start = self.first(photos)
        return (self.third(self.second(start)) + start).mean((2, 3))


def test_a_cut_that_a_skip_connection_bypasses_is_not_used() -> None:
    network = Skip().eval()
    table = layers.table(network, "skip", "none", (8, 8))
    frozen = frozenset({"first", "second"})
    assert ideal_cut(table, frozen) == "second"
    assert [cut.layer for cut in planned.cuts(table, frozen)] == ["first"]
    split = cuts.find(network, table, frozen)
    assert split is not None
    assert split.layer == "first"


def test_the_trial_rejects_a_wrong_cut_even_if_the_table_allows_it() -> None:
    network = Skip().eval()
    table = layers.table(network, "skip", "none", (8, 8))
    second = next(layer for layer in table.layers if layer.path == "second")
    promised = replace(table, layers=tuple(replace(row, row=second.output_shape) for row in table.layers))
    assert [cut.layer for cut in planned.cuts(promised, frozenset({"first", "second"}))] == ["second", "first"]
    split = cuts.find(network, promised, frozenset({"first", "second"}))
    assert split is not None
    assert split.layer == "first"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "thawed", "expected"),
    few(
        [
            ("levit_128s", "stages.2.blocks.3", "stages.2.blocks.2"),  # keeps its biases between passes
            (
                "xcit_nano_12_p16_224",
                "cls_attn_blocks.1",
                "cls_attn_blocks.0",
            ),  # layers that return numbers besides tensors
            ("crossvit_tiny_240", "blocks.2", "blocks.1"),  # two branches: a list of tensors
            ("efficientformer_l1", "stages.3.blocks.4", "stages.3.blocks.3"),
            ("deit_tiny_distilled_patch16_224", "blocks.11", "blocks.10"),
        ],
        keep=("levit_128s", "crossvit_tiny_240"),
    ),
)
def test_unusual_networks_are_split_at_the_ideal_cut(name: str, thawed: str, expected: str) -> None:
    network, table = build(name, whole_size=True)
    frozen = freezing.frozen_leaves(FreezePlan(until=expected), table.layers)
    freezer = Freezer(network, table, frozen)
    assert any(path.startswith(thawed) for path in freezer.thawed)
    split = cuts.find(network, table, frozen)
    assert split is not None
    assert split.layer == expected == ideal_cut(table, frozen)
    photos = torch.randn(3, 3, *table.image_size)
    freezer.train()
    rows, whole = _rows_and_whole(network, split, photos)
    assert tuple(rows.shape) == (3, *split.shape)
    torch.manual_seed(0)
    split_features = cuts.suffix(network, split, rows, table.image_size)
    assert_close(split_features, whole, rtol=1e-4, atol=1e-5 * float(whole.detach().abs().max()))


def _rows_and_whole(network: nn.Module, split: cuts.Split, photos: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        rows = cuts.prefix(network, split, photos)
    torch.manual_seed(0)
    return rows, features.flatten(network(photos))


class Twice(nn.Module):
    """One activation is used by a frozen layer and by a thawed one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.act = nn.Linear(3, 3), nn.Linear(3, 3), nn.GELU()

    def forward(self, photos: Tensor) -> Tensor:
        start = self.act(self.first(photos.mean((2, 3))))
        return self.act(self.second(start)).square()


def test_a_layer_that_runs_before_and_after_the_cut_is_skipped_only_before_it() -> None:
    network = Twice().eval()
    table = layers.table(network, "twice", "none", (8, 8))
    split = cuts.find(network, table, frozenset({"first", "act"}))
    assert split is not None
    assert split.layer == "act"
    photos = torch.randn(2, 3, 8, 8)
    split_features = cuts.suffix(network, split, cuts.prefix(network, split, photos), (8, 8))
    assert_close(split_features, network(photos))


@pytest.mark.parametrize("frozen_blocks", ["layer2", "layer3"])
def test_a_frozen_middle_allows_no_cut(frozen_blocks: str) -> None:
    _, table = build("resnet18")
    frozen = freezing.frozen_leaves(FreezePlan("none", freeze=(frozen_blocks,)), table.layers)
    assert not list(planned.cuts(table, frozen))
    assert ideal_cut(table, frozen) is None


@pytest.mark.slow
def test_a_single_thawed_block_is_preceded_by_the_cut() -> None:
    network, table = build("resnet18")
    frozen = freezing.frozen_leaves(FreezePlan(thaw=("layer3.0",)), table.layers)
    split = cuts.find(network, table, frozen)
    assert split is not None
    assert split.layer == "layer2"
    assert split.prior_outputs.keys() == {"conv1", "bn1", "relu", "maxpool", "layer1"}


@pytest.mark.slow
def test_finding_a_cut_restores_gradients_modes_and_hooks() -> None:
    network, table = build("resnet18")
    frozen = freezing.frozen_leaves(FreezePlan(thaw=("layer4",)), table.layers)
    freezer = Freezer(network, table, frozen)
    freezer.train()
    flags = [parameter.requires_grad for parameter in network.parameters()]
    modes = [module.training for module in network.modules()]
    hooks = [(len(module._forward_hooks), len(module._forward_pre_hooks)) for module in network.modules()]
    state = copy.deepcopy(network.state_dict())
    assert cuts.find(network, table, frozen) is not None
    assert flags == [parameter.requires_grad for parameter in network.parameters()]
    assert modes == [module.training for module in network.modules()]
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())
    assert hooks == [(len(module._forward_hooks), len(module._forward_pre_hooks)) for module in network.modules()]


def test_rows_larger_than_the_limit_allow_no_cut() -> None:
    network, table = build("resnet18")
    frozen = freezing.frozen_leaves(FreezePlan(thaw=("layer2", "layer3", "layer4")), table.layers)
    sizes = [cut.row_bytes for cut in planned.cuts(table, frozen)]
    assert sizes[0] == 4 * 64 * 16 * 16
    assert cuts.find(network, table, frozen, limit=sizes[0] - 1) is None


def test_a_plan_that_freezes_all_or_nothing_has_no_inner_cut() -> None:
    _, table = build("resnet18")
    everything = frozenset(layer.path for layer in table.layers if layer.leaf)
    assert not list(planned.cuts(table, everything))
    assert not list(planned.cuts(table, frozenset()))


@pytest.mark.slow
def test_a_network_with_only_thawed_dropout_is_cut_right_before_it() -> None:
    network, table = build("mobilenet_v3_small")
    frozen = freezing.frozen_leaves(FreezePlan(thaw=("classifier.2",)), table.layers)
    split = cuts.find(network, table, frozen)
    assert split is not None
    assert split.layer == "classifier.1"
