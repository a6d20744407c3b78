from __future__ import annotations

import pytest
import torch
from tiny import LAST_BLOCK, load, only, plain, real_steps, record, trained
from torch import nn
from trimming import few

from studio.engine.network import freezing
from studio.engine.network.fingerprints import fingerprints
from studio.engine.network.freeze_proof import FreezeProof
from studio.engine.network.freezing import Freezer
from studio.engine.training.head import Head
from studio.engine.training.optimization import optimizers
from studio.events import Layer, LayerTable, RunStarted, TrainingFinished
from studio.planning import freezing as plan
from studio.spec import FreezePlan, HeadSpec, LayerRate, TrainSpec
from studio.spec.structs import replace


def freezer_of(base, chosen: FreezePlan) -> Freezer:
    return Freezer(base.network, base.table, plan.frozen_leaves(chosen, base.table.layers), chosen.batch_norm)


@pytest.mark.slow  # by default below, in a run of the tiny network
@pytest.mark.parametrize(
    ("optimizer", "batch_norm"), [("adamw", "thawed"), ("sgd", "keep"), ("adam", "keep"), ("sgd", "thawed")]
)
@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "resnet18"])
def test_frozen_layers_do_not_change_and_thawed_ones_do(name, optimizer, batch_norm):
    base = plain(name)
    thawed = ("blocks.6", "bn2") if name.startswith("tf_") else ("layer4",)
    freezer = freezer_of(base, FreezePlan(thaw=thawed, batch_norm=batch_norm))
    leaves = [layer.path for layer in base.table.layers if layer.leaf]
    before = fingerprints(base.network, leaves)
    statistics = {name: tensor.clone() for name, tensor in base.network.named_buffers()}
    real_steps(base, freezer, optimizer=optimizer)
    after = fingerprints(base.network, leaves)
    moved = {path for path in leaves if before[path] != after[path]}
    assert not moved & freezer.frozen
    assert moved == {path for path in freezer.thawed if freezing.leaf_tensors(base.network, path)}
    for buffer, tensor in base.network.named_buffers():
        still = buffer.rpartition(".")[0] in freezer.frozen or batch_norm == "keep"
        assert torch.equal(tensor, statistics[buffer]) == still, buffer


def test_frozen_batchnorm_and_dropout_stay_in_eval_mode_after_train():
    base = plain("tf_efficientnet_lite0")
    freezer = freezer_of(base, replace(LAST_BLOCK, batch_norm="thawed"))
    base.network.train()
    freezer.train()
    for path in freezer.frozen:
        module = base.network.get_submodule(path)
        assert not any(part.training for part in module.modules()), path
    for path in freezer.thawed:
        assert base.network.get_submodule(path).training, path


@pytest.mark.slow
def test_a_frozen_block_does_not_apply_its_own_dropout():
    base = plain("densenet121")
    freezer = freezer_of(base, FreezePlan(thaw=("features.denseblock4",)))
    freezer.train()
    assert not base.network.get_submodule("features.denseblock3.denselayer1").training
    assert base.network.get_submodule("features.denseblock4.denselayer1").training


def test_a_frozen_network_computes_the_same_features_after_train():
    base = plain("mobilenet_v3_small")
    freezer = freezer_of(base, FreezePlan())
    photos = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        quiet = base.features(photos)
        freezer.train()
        assert torch.equal(base.features(photos), quiet)


def test_frozen_parameters_get_no_gradient():
    base = plain("resnet18")
    freezer = freezer_of(base, FreezePlan(until="layer3"))
    freezer.train()
    base.features(torch.randn(2, 3, 32, 32)).sum().backward()
    for name, parameter in base.network.named_parameters():
        frozen = name.rpartition(".")[0] in freezer.frozen
        assert (parameter.grad is None) == frozen, name
        assert parameter.requires_grad != frozen, name


def test_another_freeze_plan_replaces_the_previous_one():
    base = plain("resnet18")
    freezer_of(base, FreezePlan())
    assert sum(p.numel() for p in freezer_of(base, FreezePlan("none")).trainable().values()) == base.table.parameters


@pytest.mark.parametrize("kind", few(["adamw", "adam", "sgd"], ["adamw"]))
def test_the_optimizer_has_only_layers_that_train_with_their_rates(kind):
    base = plain("resnet18")
    freezer = freezer_of(base, FreezePlan(thaw=("layer4",)))
    head = Head(512, 2, HeadSpec(), seed=1)
    groups = optimizers.optimizer(TrainSpec(optimizer=kind), head, freezer, base.table).param_groups
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    thawed = [p for n, p in base.network.named_parameters() if n.startswith("layer4.")]
    assert rates == {id(p): 1e-3 for p in head.parameters()} | {id(p): 1e-5 for p in thawed}
    alone = optimizers.optimizer(TrainSpec(optimizer=kind), head, None, base.table).param_groups
    assert {id(p) for group in alone for p in group["params"]} == {id(p) for p in head.parameters()}


def test_norms_biases_and_tokens_have_no_weight_decay():
    base = plain("vit_tiny_patch16_224")
    freezer = freezer_of(base, FreezePlan("none"))
    head = Head(192, 2, HeadSpec(), seed=1)
    groups = optimizers.optimizer(TrainSpec(weight_decay=0.3), head, freezer, base.table).param_groups
    decay = {id(parameter): group["weight_decay"] for group in groups for parameter in group["params"]}
    names = {name: decay[id(p)] for name, p in base.network.named_parameters()}
    assert names["blocks.0.attn.qkv.weight"] == names["patch_embed.proj.weight"] == 0.3
    still = ("blocks.0.attn.qkv.bias", "blocks.0.norm1.weight", "cls_token", "pos_embed", "norm.bias")
    assert {names[name] for name in still} == {0.0}
    assert [decay[id(p)] for p in head.parameters()] == [0.3, 0.0]


def test_rates_decay_by_block_and_explicit_rates_take_precedence():
    base = plain("resnet18")
    freezer = freezer_of(base, FreezePlan(thaw=("layer3", "layer4")))
    head = Head(512, 2, HeadSpec(), seed=1)
    spec = TrainSpec(backbone_lr=1e-4, layer_decay=0.5, layer_rates=(LayerRate("layer3.0.conv1", 3e-3),))
    groups = optimizers.optimizer(spec, head, freezer, base.table).param_groups
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    names = {name: rates.get(id(p)) for name, p in base.network.named_parameters()}
    assert names["layer4.1.conv2.weight"] == pytest.approx(1e-4)
    assert names["layer4.0.conv1.weight"] == pytest.approx(5e-5)
    assert names["layer3.0.conv2.weight"] == pytest.approx(1.25e-5)
    assert names["layer3.0.conv1.weight"] == 3e-3
    assert names["conv1.weight"] is None


def test_statistics_of_frozen_batchnorm_change_only_with_the_update_policy():
    base = plain("resnet18")
    freezer = freezer_of(base, FreezePlan(batch_norm="update"))
    proof = FreezeProof(base.network, freezer, base.table)
    freezer.train()
    with torch.no_grad():
        base.features(torch.randn(4, 3, 32, 32))
    changes = {change.path: change for change in proof.measure()}
    assert set(freezer.statistics_only) == {path for path, change in changes.items() if not change.unchanged}
    assert "bn1" in freezer.statistics_only
    assert "conv1" not in freezer.statistics_only
    assert proof.broken(changes.values()) == ()
    with torch.no_grad():
        base.network.get_submodule("bn1").weight += 1  # only its statistics may change
    assert proof.broken(proof.measure()) == ("bn1",)


def test_the_proof_measures_the_change_of_each_layer():
    base = plain("resnet18")
    freezer = freezer_of(base, FreezePlan(thaw=("layer4",)))
    proof = FreezeProof(base.network, freezer, base.table)
    assert all(change.unchanged and change.by == 0 for change in proof.measure())
    weight = base.network.get_submodule("layer4.0.conv1").weight
    with torch.no_grad():
        weight *= 1.25
    changes = {change.path: change for change in proof.measure()}
    assert changes["layer4.0.conv1"].by == pytest.approx(0.25, rel=1e-5)
    assert not changes["layer4.0.conv1"].unchanged
    assert [path for path, change in changes.items() if not change.unchanged] == ["layer4.0.conv1"]
    assert [change.frozen for change in proof.measure()] == [not path.startswith("layer4") for path in changes]


def test_a_run_with_thawed_layers_proves_that_frozen_ones_did_not_change(photos, tmp_path):
    events = trained(photos, tmp_path / "run", LAST_BLOCK, backbone_lr=0.05)
    assert only(events, TrainingFinished)[0].frozen_unchanged
    assert "blocks.5.0.bn1" in only(events, RunStarted)[0].frozen_layers
    data = record(tmp_path / "run")
    assert data["frozen_unchanged"] is True
    assert data["changed_layers"] == []
    assert not any(path.startswith("blocks.6") for path in data["frozen_layers"])


@pytest.mark.parametrize("sabotage", few(["statistics", "weight"], ["statistics"]))
def test_a_run_names_a_frozen_layer_that_changed(photos, tmp_path, monkeypatch, sabotage):
    honest, path = Freezer.train, "blocks.6.0.bn2"

    def careless(self: Freezer) -> None:
        honest(self)
        layer = self._network.get_submodule(path)
        if sabotage == "statistics":
            layer.train()
        else:
            with torch.no_grad():
                layer.weight += 1e-4

    monkeypatch.setattr(Freezer, "train", careless)
    plan = FreezePlan(thaw=("blocks.6",), freeze=(path,))  # frozen, but after a layer that trains
    end = only(trained(photos, tmp_path / "run", plan, epochs=1), TrainingFinished)[0]
    assert not end.frozen_unchanged
    assert end.changed_layers == (path,)
    assert record(tmp_path / "run")["changed_layers"] == [path]


def test_the_hash_includes_statistics_counters_and_every_bit():
    base = load()
    path = "blocks.0.0.bn1"
    layer = base.network.get_submodule(path)
    hashes = {fingerprints(base.network, [path])[path]}
    layer.num_batches_tracked += 1
    hashes.add(fingerprints(base.network, [path])[path])
    layer.running_var[3] = torch.nextafter(layer.running_var[3], torch.tensor(9.0))
    hashes.add(fingerprints(base.network, [path])[path])
    with torch.no_grad():
        layer.bias[0] = -layer.bias[0]
    hashes.add(fingerprints(base.network, [path])[path])
    assert len(hashes) == 4


class DroppingBetween(nn.Module):
    """Code that applies dropout itself between its layers, and behind the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        middle = nn.functional.dropout(self.first(rows), 0.5, self.training)
        return nn.functional.dropout(self.last(self.second(middle)), 0.5, self.training)


def test_dropout_in_code_is_off_between_frozen_layers_and_on_after_them() -> None:
    network = DroppingBetween()
    rows = [
        Layer(name, "Linear", 0, True, (8,), (8,), 72, order) for order, name in enumerate(("first", "second", "last"))
    ]
    table = LayerTable("own", (8, 8), tuple(rows), 8, "head", 216)
    freezer = Freezer(network, table, frozenset({"first", "second"}))
    seen: list[torch.Tensor] = []
    network.last.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].detach()))
    photos = torch.randn(16, 8)
    network.eval()
    network(photos)
    freezer.train()
    outputs = [network(photos), network(photos)]
    assert torch.equal(seen[1], seen[0])
    assert torch.equal(seen[2], seen[0])
    assert not torch.equal(outputs[0], outputs[1])
    assert network.training
    with pytest.raises(RuntimeError):
        network(torch.randn(16, 9))
    assert network.training, "also after a pass that failed"
    network.eval()
    assert torch.equal(network(photos), network(photos))
    assert not network.training


class Tokens(nn.Module):
    """Frozen layers and a bare parameter between them; the code of the block applies dropout on both sides of it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(8, 8), nn.Linear(8, 8)
        self.drop = nn.Dropout(0.5)
        self.position = nn.Parameter(torch.ones(8))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        rows = nn.functional.dropout(self.first(rows), 0.5, self.training) + self.position
        return self.last(nn.functional.dropout(self.drop(rows), 0.5, self.training))


@pytest.mark.parametrize("thawed", [("position",), ("position", "last")])
def test_frozen_layers_apply_no_dropout_where_a_parameter_of_their_block_trains(thawed: tuple[str, ...]) -> None:
    network = nn.Sequential(Tokens())
    names = ("0.position", "0.first", "0.drop", "0.last")
    rows = [Layer(name, "", 1, True, (8,), (8,), 8, order) for order, name in enumerate(names)]
    frozen = frozenset(names) - {f"0.{name}" for name in thawed}
    freezer = Freezer(network, LayerTable("own", (8, 8), tuple(rows), 8, "head", 32), frozen)
    photos = torch.randn(16, 8)
    network.eval()
    expected = network(photos)
    freezer.train()
    for _ in range(2):
        assert torch.equal(network(photos), expected)
    network(photos).sum().backward()
    assert {name for name, one in network.named_parameters() if one.grad is not None} == {
        name for name, one in network.named_parameters() if name.startswith(tuple(f"0.{one}" for one in thawed))
    }
