"""Freezing of any subset of layers: single ones, blocks, a middle; exactly these do not change during training."""

from __future__ import annotations

import pytest
import torch
from tiny import real_steps
from torch import Tensor, nn
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones.backbone import Backbone
from studio.engine.network import layers
from studio.engine.network.fingerprints import fingerprints
from studio.engine.network.freeze_proof import FreezeProof
from studio.engine.network.freezing import Freezer, leaf_tensors
from studio.planning import freezing
from studio.spec import BatchNorm, FreezePlan


class Block(nn.Module):
    """A residual block with stochastic depth."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.drop = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5)

    def forward(self, photos: Tensor) -> Tensor:
        return photos + self.drop(self.bn(self.conv(photos)).relu())


class Small(nn.Module):
    """A stem, three blocks with a bare parameter between them, and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.blocks = nn.Sequential(Block(), Block(), Block())
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.norm = nn.BatchNorm2d(4)

    def forward(self, photos: Tensor) -> Tensor:
        return self.norm(self.blocks(self.stem(photos) * self.scale)).mean((2, 3))


SUBSETS = {
    "a layer": ("blocks.1.conv",),
    "a norm": ("blocks.1.bn",),
    "a bare parameter": ("scale",),
    "a block": ("blocks.1",),
    "a middle": ("blocks.0", "blocks.1"),
    "the end": ("blocks.2", "norm"),
    "all but a middle": ("stem", "scale", "blocks.0", "blocks.2", "norm"),
    "every second": ("stem", "blocks.0.bn", "blocks.1.conv", "blocks.2.bn"),
}


@pytest.fixture
def base() -> Backbone:
    torch.manual_seed(0)
    network = Small().eval()
    table = layers.table(network, "small", "none", (32, 32))
    info = catalog.load()[0]  # required by `Backbone`, but not used for a network that is already loaded
    return Backbone(info, network, info.preprocess, table, "0")


@pytest.mark.parametrize("batch_norm", few(["keep", "thawed", "update"], ["keep"]))
@pytest.mark.parametrize("chosen", SUBSETS.values(), ids=SUBSETS)
def test_only_frozen_layers_do_not_change(base: Backbone, chosen: tuple[str, ...], batch_norm: BatchNorm) -> None:
    frozen = freezing.frozen_leaves(FreezePlan("none", freeze=chosen), base.table.layers)
    freezer = Freezer(base.network, base.table, frozen, batch_norm)
    proof = FreezeProof(base.network, freezer, base.table)
    leaves = [layer.path for layer in base.table.layers if layer.leaf and leaf_tensors(base.network, layer.path)]
    norms = {path for path in leaves if path.endswith(("bn", "norm"))}
    before, state = fingerprints(base.network, leaves), {k: v.clone() for k, v in base.network.state_dict().items()}
    real_steps(base, freezer)
    moved = {path for path, now in fingerprints(base.network, leaves).items() if now != before[path]}
    assert moved == set(leaves) - frozen | (norms if batch_norm == "update" else set())
    following = {"keep": set(), "thawed": norms - frozen, "update": norms}[batch_norm]
    for name, tensor in base.network.state_dict().items():
        leaf = name.rpartition(".")[0] or name
        still = leaf not in following if leaf in norms and "running" in name else leaf in frozen
        if "num_batches" not in name:
            assert torch.equal(tensor, state[name]) == still, name
    assert proof.broken(proof.measure()) == ()


@pytest.mark.parametrize("chosen", [("blocks.1",), ("blocks.1.drop",)], ids=["the block", "the dropout"])
def test_a_frozen_block_in_the_middle_applies_no_dropout_and_others_do(base: Backbone, chosen: tuple[str, ...]) -> None:
    frozen = freezing.frozen_leaves(FreezePlan("none", freeze=chosen), base.table.layers)
    Freezer(base.network, base.table, frozen).train()
    training = {path: base.network.get_submodule(f"blocks.{path}.drop").training for path in (0, 1, 2)}
    assert training == {0: True, 1: False, 2: True}
