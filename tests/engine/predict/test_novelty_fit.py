"""The features of training photos are stored with a run, and predictions use them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tiny import ALL_FROZEN, LAST_BLOCK, finish, only, trained

from studio.commands.evaluation import novelty as commands
from studio.engine.export import head
from studio.engine.predict import novelty_fit
from studio.engine.predict.predict import predict
from studio.events import ImagePrediction, Warned
from studio.jobs.protocol import Interrupted, never
from studio.runs import head_card
from studio.spec import UserError


@pytest.mark.slow
@pytest.mark.parametrize("plan", [ALL_FROZEN, LAST_BLOCK])
def test_photos_of_the_run_are_nearer_than_noise(photos, tmp_path, plan):
    run = tmp_path / "run"
    trained(photos, run, plan, epochs=1)
    own = str(photos / "cold" / "00.jpg")
    assert only(list(predict(run, [own], "cpu")), ImagePrediction)[0].unlike is None
    assert finish(novelty_fit.fit(run, "cpu", never))[1] is True
    assert finish(novelty_fit.fit(run, "cpu", never))[1] is False
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    near, far = only(list(predict(run, [own, str(tmp_path / "noise.png")], "cpu")), ImagePrediction)
    assert near.distance < far.distance
    assert (near.unlike, far.unlike) == (near.distance > 1, True)
    out = tmp_path / "head.safetensors"
    list(head.export(run, out))
    assert only(list(predict(out, [own, str(tmp_path / "noise.png")], "cpu")), ImagePrediction) == [near, far]
    assert head_card.novelty_path_of(out).is_file()
    (plain,) = only(list(predict(run, [own], "cpu", decided=False)), ImagePrediction)
    assert (plain.unlike, plain.probabilities) == (None, near.probabilities)


@pytest.mark.parametrize(
    ("error", "warned"),
    [(Interrupted(), ""), (UserError("No photos.", "Put them back."), "No photos."), (KeyError("x"), "recognized")],
)
def test_a_failure_to_store_features_does_not_fail_the_run(tmp_path, monkeypatch, error, warned):
    def fit(*_):
        raise error
        yield

    monkeypatch.setattr(novelty_fit, "fit", fit)
    events = list(commands.fit_after_training(tmp_path, "cpu", never))
    assert [warned in event.title for event in events] == ([True] if warned else [])
    assert all(isinstance(event, Warned) for event in events)


def test_a_sample_has_photos_of_all_classes():
    from studio.events import Photo

    photos = [Photo(f"{label}/{number}", label, "train") for number in range(50) for label in range(4)]
    some = novelty_fit._sample(photos, 40)
    assert [sum(photo.label == label for photo in some) for label in range(4)] == [10] * 4
    assert novelty_fit._sample(photos[:3], 40) == sorted(photos[:3], key=lambda photo: photo.label)
    assert novelty_fit._sample([], 40) == []
