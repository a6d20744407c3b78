"""Random augmentation: the frozen first layers are computed by the runtime of the cache, with the same result."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
import torch
from tensors import assert_close
from tiny import finish, load, only, record, recorded, run_spec

from studio.data.scan import listing
from studio.engine.extraction import extract
from studio.engine.network import splitting
from studio.engine.training.inputs import FeatureSource, RandomAugmentation
from studio.events import Epoch, RunStarted
from studio.jobs.protocol import never
from studio.planning.freezing import frozen_leaves
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, FreezePlan
from studio.spec.structs import replace

CPU = torch.device("cpu")
ANEW = AugmentSpec((AugmentStep("crop", 0.5, 1.0), AugmentStep("rotation", 0.3, 1.0)))
LAST = FreezePlan(thaw=("blocks.6",))


@pytest.mark.parametrize("split", [False, True])
def test_the_compiled_prefix_gives_the_features_of_the_whole_network(photos, tmp_path, split):
    base = load()
    dataset = listing(DatasetSpec(str(photos)))
    frozen = frozen_leaves(LAST, base.table.layers)
    point = splitting.find(base.network, base.table, frozen, base.info.input_size[0]) if split else "features"
    _, pixels = finish(extract.extract(base, dataset, "pixels", CPU, never, tmp_path))
    changes = RandomAugmentation(ANEW, 7, pixels.digests)
    whole = FeatureSource(base, "pixels", pixels.rows, CPU, changes)
    items = np.arange(4)
    with closing(extract.make_runtime(base, point, CPU)) as prefix, torch.no_grad():
        quick = replace(whole, prefix=prefix, prefix_cut=point)
        ours, theirs = quick.features(items, 2), whole.features(items, 2)
        assert ours.shape == (4, base.table.features)
        assert_close(ours, theirs, rtol=1e-3, atol=1e-3 * float(theirs.abs().max()))
        assert not torch.allclose(quick.features(items, 3), ours), "another epoch sees other pixels"


@pytest.mark.slow
@pytest.mark.parametrize("freeze", [FreezePlan(), LAST])
def test_a_run_with_random_augmentation_caches_pixels(photos, tmp_path, freeze):
    spec = replace(run_spec(photos, freeze), augment=ANEW)
    events = list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert only(events, RunStarted)[0].cut == "pixels"
    assert len(only(events, Epoch)) == 2
    assert record(tmp_path / "run")["spec"]["augment"]["steps"][0]["kind"] == "crop"


def test_a_run_with_views_records_their_number(photos, tmp_path):
    spec = replace(run_spec(photos), augment=replace(ANEW, views=2))
    events = list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert only(events, RunStarted)[0].cut == "features"
    assert record(tmp_path / "run")["views"]["computed"] == 40
    assert record(tmp_path / "run")["features"]["computed"] == 24
