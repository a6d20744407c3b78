"""The cut advisor: probes of a network's outputs, on training photos alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import finish, load, only, plain, run_spec
from trimming import few

from studio.data.images import preprocess
from studio.data.scan import list_photos
from studio.engine.advice import cut_advisor
from studio.engine.backbones.backbone import normalize
from studio.evaluate import probe
from studio.events import CutAdvice, DatasetScanned, Epoch, RunStarted
from studio.jobs.protocol import Interrupted
from studio.planning import cut_candidates
from studio.planning.freezing import frozen_leaves
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace

DEEP = ("resnet18", "vit_tiny_patch16_224", "densenet121", "timm/convnext_atto", "vgg11")


def advice(spec: Any, tmp_path: Path, **more: Any) -> CutAdvice:
    return only(list(cut_advisor.find(spec, cache=tmp_path / "cache", **more)), CutAdvice)[0]


def facts(result: CutAdvice) -> list[dict[str, object]]:
    return [{**asdict(cut), "seconds": None} for cut in result.cuts]


@pytest.mark.slow
def test_each_probe_equals_one_on_the_networks_own_output(photos, tmp_path):
    spec = run_spec(photos)
    events = list(cut_advisor.find(spec, cache=tmp_path / "cache"))
    for kind in (RunStarted, DatasetScanned, Epoch):
        assert not only(events, kind), "the window would show a run"
    (result,) = only(events, CutAdvice)
    _, dataset = finish(list_photos(spec.dataset))
    training = [photo for photo in dataset.photos if photo.split == "train"]
    labels = np.array([photo.label for photo in training])
    base = load()
    pixels = np.stack([one.pixels for one in preprocess.load(dataset.folder, training, base.preprocess) if one])
    assert result.photos == len(training)
    for cut in (result.cuts[2], result.cuts[-1]):
        outputs: list[torch.Tensor] = []
        module = base.network if cut.layer == "features" else base.network.get_submodule(cut.layer)
        handle = module.register_forward_hook(lambda _module, _inputs, output, to=outputs: to.append(output))
        with torch.no_grad():
            base.network(normalize(pixels, base.preprocess, torch.device("cpu")))
        handle.remove()
        rows = outputs[0].numpy()
        rows = rows.mean(axis=(2, 3)) if rows.ndim == 4 else rows
        shares = probe.cross_fitted(probe.logistic, rows, labels, 2, spec.train.seed)
        assert cut.accuracy == np.mean(shares.argmax(axis=1) == labels)
        assert cut.low <= cut.accuracy <= cut.high
    first, last = result.cuts[0], result.cuts[-1]
    assert (last.layer, last.plan, last.seconds, last.trainable) == ("features", FreezePlan(), 0, 0)
    assert first.seconds > 0
    assert last.bytes == 4 * base.table.features * sum(photo.split != "test" for photo in dataset.photos)


@pytest.mark.slow
def test_the_advice_does_not_depend_on_the_plan_and_not_on_validation_photos(photos, tmp_path):
    spec = run_spec(photos)
    expected = facts(advice(spec, tmp_path))
    assert facts(advice(replace(spec, freeze=FreezePlan("none")), tmp_path)) == expected
    _, dataset = finish(list_photos(spec.dataset))
    for photo in dataset.photos:
        if photo.split == "val":
            (photos / photo.path).write_bytes((photos / dataset.photos[0].path).read_bytes())
    assert facts(advice(spec, tmp_path)) == expected


@pytest.mark.parametrize("name", few(DEEP, []))
def test_a_cut_freezes_what_is_computed_before_it_and_trains_the_rest(name: str) -> None:
    base = plain(name, 64 if name.startswith("vit") else 32)
    cuts = cut_candidates.candidates(base.table)
    assert 4 <= len(cuts) <= cut_candidates.MOST
    leaves = {layer.path: layer for layer in base.table.layers if layer.leaf}
    for cut in cuts[:-1]:
        frozen = frozen_leaves(cut.plan, base.table.layers)
        assert sum(leaf.parameters for path, leaf in leaves.items() if path not in frozen) == cut.trainable > 0
        calls: Counter[str] = Counter()
        late: list[str] = []

        def note(path: str, cut: Any = cut, calls: Any = calls, late: Any = late, frozen: Any = frozen) -> Any:
            def hook(*_: object) -> None:
                calls[path] += 1
                if path in frozen and calls[cut.layer] and leaves[path].parameters:
                    late.append(path)

            return hook

        paths = {*leaves, cut.layer}
        handles = [
            base.network.get_submodule(path).register_forward_hook(note(path))
            for path in paths
            if leaves.get(path) is None or leaves[path].type != "Parameter"
        ]
        with torch.no_grad():
            base.network(torch.zeros(1, 3, *base.preprocess.size))
        for handle in handles:
            handle.remove()
        assert not [path for path in late if path != cut.layer], cut


def test_targets_of_regression_are_refused(photos, tmp_path):
    spec = run_spec(photos)
    with pytest.raises(UserError, match="labels are numbers"):
        advice(replace(spec, dataset=replace(spec.dataset, targets="sizes.csv")), tmp_path)


def test_the_probes_can_be_stopped(photos, tmp_path):
    questions: list[int] = []

    def stop() -> bool:
        questions.append(1)
        return len(questions) > 60

    with pytest.raises(Interrupted):
        advice(run_spec(photos), tmp_path, stop=stop)


def test_a_sample_has_the_same_shares_of_every_class() -> None:
    labels = np.array([0] * 900 + [1] * 90 + [2] * 10)
    chosen = probe.sample(labels, 100, seed=3)
    assert len(chosen) in range(100, 104)
    assert np.bincount(labels[chosen]).tolist()[0] in range(88, 92)
    assert set(labels[chosen]) == {0, 1, 2}
    assert not np.array_equal(chosen, probe.sample(labels, 100, seed=4))
