"""The distances of judged photos equal those of single predictions, for frozen and trained backbones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import ALL_FROZEN, LAST_BLOCK, finish, only, trained

from studio.engine.predict import novelty_fit, part_predictions, run_features
from studio.engine.predict.photos import unlike_photos
from studio.engine.predict.predict import predict
from studio.events import ImagePrediction
from studio.jobs.protocol import never
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.spec.structs import replace


@pytest.mark.slow
@pytest.mark.parametrize("plan", [ALL_FROZEN, LAST_BLOCK])
def test_distances_equal_those_of_single_predictions(photos, tmp_path, monkeypatch, plan):
    run = tmp_path / "run"
    trained(photos, run, plan, epochs=1)
    record = runs.read(run)
    dataset = judged_photos.listed(run, record, str(photos))
    part = replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split == "val"))
    judged = finish(part_predictions.predict(run, record, part, "val", "best", "cpu", never))[1]
    frozen = plan is ALL_FROZEN
    rows = finish(run_features.of_photos(record, part, "cpu", never))[1].rows if frozen else None

    def distances(features=rows):
        job = unlike_photos.distances(run, record, judged, "best", 0.9, features, "cpu", never)
        return finish(job)[1]

    assert distances() is None, "nothing is stored yet"
    finish(novelty_fit.fit(run, "cpu", never))
    files = [str(Path(judged.folder, path)) for path in judged.paths]
    single = only(list(predict(run, files, "cpu")), ImagePrediction)
    found = distances()
    # A prediction has the limit of 95 %.
    ratio = found / np.array([one.distance for one in single])
    assert ratio == pytest.approx(np.full(len(files), ratio[0]), rel=1e-3)
    assert (found > 1).sum() <= max(1, round(0.1 * len(files)))
    if frozen:
        assert distances(None) is None, "not computed again"
    else:
        monkeypatch.setattr(unlike_photos, "MOST_COMPUTED", len(files) - 1)
        assert distances() is None
