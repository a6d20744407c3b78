"""Runs with another readout than the published one: features, cuts, caches, prediction, export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tensors import assert_close
from tiny import finish, load, only, record, run_spec, trained
from tiny_tokens import BLOCKS, NAME, VIT, WIDTH
from trimming import few

from studio.catalog import catalog
from studio.data.scan import listing
from studio.engine.backbones.backbone import normalize_tensor
from studio.engine.export import head
from studio.engine.extraction import extract, openvino
from studio.engine.network import splitting
from studio.engine.predict import predict
from studio.engine.training import run as training
from studio.events import FeaturesComputed, ImagePrediction, Warned
from studio.jobs.protocol import never
from studio.planning.freezing import frozen_leaves
from studio.runs import folder as runs
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, UserError
from studio.spec.structs import replace

WIDTHS = {"default": WIDTH, "class": WIDTH, "patches": WIDTH, "class+patches": 2 * WIDTH, "blocks": 2 * WIDTH}
OTHERS = ("patches", "class+patches", "blocks")


def with_readout(readout: str, blocks: int = 2) -> BackboneSpec:
    return replace(VIT, readout=readout, readout_blocks=blocks)


def by_hooks(photos: torch.Tensor) -> dict[str, torch.Tensor]:
    """The features of the plain network by plain forward hooks."""
    network = load(VIT).network
    outputs: dict[str, torch.Tensor] = {}

    def keep(name):
        return lambda _module, _inputs, output: outputs.__setitem__(name, output)

    handles = [network.norm.register_forward_hook(keep("norm"))]
    handles += [block.register_forward_hook(keep(place)) for place, block in enumerate(network.blocks)]
    with torch.no_grad():
        published = network(photos)
        for handle in handles:
            handle.remove()
        tokens = outputs["norm"]
        first, mean = tokens[:, 0], tokens[:, 1:].mean(1)
        lasts = torch.cat([network.norm(outputs[place])[:, 0] for place in range(BLOCKS - 2, BLOCKS)], 1)
    both = torch.cat([first, mean], 1)
    return {"default": published, "class": first, "patches": mean, "class+patches": both, "blocks": lasts}


def test_the_rows_are_those_of_plain_hooks_and_have_their_own_cache(photos, tmp_path):
    dataset = listing(DatasetSpec(str(photos)))
    keys, computed = {}, {}
    for readout, width in WIDTHS.items():
        base = load(with_readout(readout))
        assert base.table.features == base.info.features == width
        events, extraction = finish(extract.extract(base, dataset, "features", torch.device("cpu"), never, tmp_path))
        rows = extraction.rows.take(np.arange(len(extraction.rows)))
        keys[readout] = extract.store_key(base, "features")
        computed[readout] = only(events, FeaturesComputed)[0].computed
        pixels = finish(extract.extract(base, dataset, "pixels", torch.device("cpu"), never, tmp_path))[1].rows
        inputs = normalize_tensor(torch.from_numpy(pixels.take(np.arange(len(pixels)))), base.preprocess)
        np.testing.assert_allclose(rows, by_hooks(inputs)[readout].numpy(), rtol=1e-3, atol=1e-4)
    assert computed["default"] == len(dataset.photos)
    assert keys["class"] == keys["default"]  # it is the published one
    assert computed["class"] == 0
    assert len(set(keys.values())) == len(keys) - 1
    assert extract.store_key(load(with_readout("blocks", 3)), "features") not in keys.values()


@pytest.mark.parametrize("readout", few(OTHERS, ("blocks",)))
def test_the_compiled_network_gives_the_same_rows(readout, monkeypatch):
    pytest.importorskip("openvino")
    monkeypatch.delenv("THAW_RUNTIME")
    base = load(with_readout(readout))
    assert openvino.compile_network(base, lambda network, photos: network(photos)) is not None


@pytest.mark.parametrize(
    ("readout", "thawed", "cut"),
    [
        ("patches", "blocks.3", "blocks.2"),
        ("class+patches", "blocks.3", "blocks.2"),
        ("blocks", "blocks.3", "blocks.2"),  # the first block that is read: all that comes later is computed from it
        ("blocks/3", "blocks.3", "blocks.1"),
    ],
)
def test_a_cut_with_another_readout_gives_the_same_features(readout, thawed, cut):
    kind, _, number = readout.partition("/")
    base = load(with_readout(kind, int(number or 2)))
    frozen = frozen_leaves(FreezePlan(thaw=(thawed,)), base.table.layers)
    split = splitting.find(base.network, base.table, frozen)
    assert split is not None
    assert split.layer == cut
    photos = torch.rand((3, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        rows = splitting.prefix(base.network, split, photos)
        again = splitting.suffix(base.network, split, rows, (32, 32))
    assert_close(again, base.features(photos), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("readout", "plan"), [("class+patches", FreezePlan()), ("blocks", FreezePlan(thaw=("blocks.3",)))]
)
def test_a_run_its_predictions_and_its_exported_head_agree(readout, plan, photos, tmp_path):
    spec = with_readout(readout)
    trained(photos, tmp_path / "run", plan, spec, lr=0.01, backbone_lr=1e-3)
    own = runs.read(tmp_path / "run")
    assert own.spec.backbone == spec
    assert record(tmp_path / "run")["spec"]["backbone"]["readout"] == readout
    assert own.frozen_unchanged
    list(head.export(tmp_path / "run", tmp_path / "head.safetensors"))
    card = json.loads((tmp_path / "head.json").read_text(encoding="utf-8"))
    assert card["weight_shape"] == [2, WIDTHS[readout]]
    words = {"class+patches": "class token and mean of the patch tokens", "blocks": "class tokens of the last 2 blocks"}
    assert card["backbone"]["readout"] == words[readout]
    assert f"{words[readout]}: {WIDTHS[readout]} numbers" in card["use"]
    paths = sorted(map(str, photos.rglob("*.jpg")))[:4]
    answers = [
        [(one.probabilities, one.path) for one in only(list(predict.predict(source, paths, "cpu")), ImagePrediction)]
        for source in (tmp_path / "run", tmp_path / "head.safetensors")
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]) == 4


@pytest.mark.slow
def test_adapters_train_beside_another_readout(photos, tmp_path):
    plan = FreezePlan(lora_rank=2)
    trained(photos, tmp_path / "run", plan, with_readout("class+patches"), lr=0.01)
    assert runs.read(tmp_path / "run").frozen_unchanged
    paths = sorted(map(str, photos.rglob("*.jpg")))[:2]
    assert len(only(list(predict.predict(tmp_path / "run", paths, "cpu")), ImagePrediction)) == 2


def test_a_published_readout_changes_nothing_in_a_run(photos, tmp_path):
    trained(photos, tmp_path / "a", backbone=VIT)
    trained(photos, tmp_path / "b", backbone=with_readout("class"))
    for name in ("head.safetensors", "best/head.safetensors", "predictions.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert "readout" not in record(tmp_path / "a")["spec"]["backbone"]  # version 0.1 opens it


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (with_readout("pooled"), "tokens, no last map"),
        (with_readout("attention"), "no attention pool"),
        (with_readout("blocks", 5), "has 4 blocks, of which 5"),
        (BackboneSpec("tiny_test_efficientnet", "none", 32, readout="class"), "no tokens"),
    ],
)
def test_a_readout_that_the_network_lacks_is_refused_before_any_work(spec, words, photos, tmp_path):
    with pytest.raises(UserError, match=words) as refused:
        list(training.train(run_spec(photos, backbone=spec), Path(tmp_path / "run"), never, tmp_path / "cache"))
    assert refused.value.hint
    assert not (tmp_path / "cache").exists()


def test_the_entry_of_the_tiny_network_is_true():
    info = catalog.find(NAME)
    assert (info.features, info.channels, info.blocks) == (WIDTH, WIDTH, BLOCKS)


def test_pixels_that_no_patch_covers_are_named_at_the_start_and_in_the_record(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    events = trained(photos, run, backbone=BackboneSpec("vit_tiny_patch16_224", "none", 35), epochs=1)
    (warned,) = [event for event in events if isinstance(event, Warned)]
    assert "does not see the last 3 pixels" in warned.title
    assert warned.hint == "32 and 48 fit."
    assert runs.read(run).warnings == (warned,)
