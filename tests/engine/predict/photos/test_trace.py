"""The trace of a photo: the numbers of its prediction, those of the cached features, and those of the whole network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import ALL_FROZEN, LAST_BLOCK, finish, only, trained
from trimming import few

from studio.data.images import decode
from studio.data.images.preprocess import frame, normalize
from studio.engine.export import head
from studio.engine.predict import head_arrays, novelty_fit, run_features, trained_model
from studio.engine.predict.photos import trace as traces
from studio.engine.predict.photos.trace import trace
from studio.engine.predict.predict import predict
from studio.events import ImagePrediction, ImageSkipped, PredictionTrace
from studio.jobs.protocol import Interrupted, never
from studio.runs import folder as runs
from studio.runs import judged_photos


def values(one: PredictionTrace, step: str) -> np.ndarray:
    return next(each.values for each in one.steps if each.step == step)


@pytest.mark.parametrize("plan", few([ALL_FROZEN, LAST_BLOCK], [ALL_FROZEN]))
def test_the_trace_has_the_values_of_the_prediction_and_of_the_whole_network(photos, tmp_path, plan):
    run = tmp_path / "run"
    trained(photos, run, plan, epochs=1)
    finish(novelty_fit.fit(run, "cpu", never))
    wide = tmp_path / "wide.png"
    Image.effect_noise((90, 50), 80).convert("RGB").save(wide)
    paths = [str(photos / "cold" / "00.jpg"), str(wide)]
    asked = [paths[0], str(tmp_path / "gone.jpg"), paths[1]]
    events = list(trace(run, asked, "cpu"))
    found = only(events, PredictionTrace)
    assert [one.prediction for one in found] == only(list(predict(run, paths, "cpu")), ImagePrediction), "bit for bit"
    assert [one.path for one in only(events, ImageSkipped)] == [asked[1]]
    model = finish(trained_model.load(run))[1]
    spec = model.base.preprocess
    for one, path in zip(found, paths, strict=True):
        image = decode.read(path)
        assert [step.step for step in one.steps] == ["photo", "tensor", "features", "scores", "probabilities"]
        for step in one.steps[1:]:
            array = step.values
            assert (step.shape, step.low, step.high) == (array.shape, array.min(), array.max())
            assert step.mean == pytest.approx(array.mean(), abs=1e-5)
        photo = one.steps[0]
        assert photo.shape == (image.height, image.width, 3)
        assert (photo.low, photo.high) == (np.asarray(image).min(), np.asarray(image).max())
        np.testing.assert_array_equal(one.framed, frame(image, spec))
        np.testing.assert_array_equal(values(one, "tensor"), normalize(one.framed[None], spec)[0])
        with torch.no_grad():  # the whole network and its head, in torch
            row = model.base.features(torch.from_numpy(values(one, "tensor"))[None]).flatten().numpy()
        np.testing.assert_allclose(values(one, "features"), row, atol=2e-5, rtol=1e-4)
        plain = {name: tensor.numpy() for name, tensor in model.tensors.items()}
        np.testing.assert_allclose(values(one, "scores"), head_arrays.scores(plain, row), atol=2e-4, rtol=1e-4)
        np.testing.assert_allclose(one.prediction.probabilities, values(one, "probabilities"), rtol=1e-6)
        assert one.distance / one.limit == pytest.approx(one.prediction.distance)
    left, top, width, height = found[1].crop
    assert (top, height) == pytest.approx((2 / 37, 32 / 37))  # 32 of 37 pixels
    assert left + width / 2 == pytest.approx(0.5, abs=0.01)
    record = runs.read(run)
    listed = judged_photos.listed(run, record, str(photos))
    train = [place for place, photo in enumerate(listed.photos) if photo.split == "train"]
    (own,) = only(list(trace(run, [listed.file(train[0])], "cpu")), PredictionTrace)
    assert own.near[0].path == listed.file(train[0])
    assert own.near[0].distance == pytest.approx(0, abs=1e-3)
    assert own.near[0].name == record.classes[listed.photos[train[0]].label]
    assert (len(own.near), own.compared, own.near_note) == (6, len(train), "")
    assert list(np.diff([one.distance for one in own.near]) >= 0) == [True] * 5
    if plan is ALL_FROZEN:  # the head on the cached features gives the same as the whole
        cached = finish(run_features.of_photos(record, listed, "cpu", never))[1]
        recomputed = only(list(trace(run, [listed.file(place) for place in train[:3]], "cpu")), PredictionTrace)
        for one, place in zip(recomputed, train, strict=False):
            np.testing.assert_array_equal(values(one, "features"), cached.rows[place])
            scores = head_arrays.scores(head_arrays.read(run, None).head, cached.rows[place])
            np.testing.assert_array_equal(values(one, "scores"), scores)


@pytest.mark.slow
def test_a_trace_without_stored_features_states_why_it_has_no_nearest_photos(photos, tmp_path):
    run = tmp_path / "run"
    trained(photos, run, ALL_FROZEN, epochs=1)
    photo = [str(photos / "warm" / "01.jpg")]
    (bare,) = only(list(trace(run, photo, "cpu")), PredictionTrace)
    assert (bare.near, bare.distance, bare.limit) == ((), None, None)
    assert "no features" in bare.near_note
    finish(novelty_fit.fit(run, "cpu", never))
    list(head.export(run, tmp_path / "head.safetensors"))
    (exported,) = only(list(trace(tmp_path / "head.safetensors", photo, "cpu")), PredictionTrace)
    (whole,) = only(list(trace(run, photo, "cpu")), PredictionTrace)
    assert exported.prediction == whole.prediction
    assert (exported.near, exported.compared) == ((), 0)
    assert "exported head" in exported.near_note


def test_a_trace_is_stopped_between_two_photos(photos, tmp_path, monkeypatch):
    from studio.engine.predict import predict as predicting

    class Runtime:
        def close(self):
            pass

    class Model:
        epoch, head, runtime = 1, {}, Runtime()

    def load(*_):
        yield from ()
        return Model()

    monkeypatch.setattr(predicting, "load", load)
    monkeypatch.setattr(traces.novelty_file, "of_source", lambda *_: None)
    monkeypatch.setattr(traces.decision_file, "of_source", lambda *_: None)
    with pytest.raises(Interrupted):
        list(trace(tmp_path, ["a.jpg"], "cpu", lambda: True))
