"""Warnings about the device, which `predict.features` yields after the features."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from studio.engine.predict import predict
from studio.events import Warned


def test_warnings_about_the_device_come_after_the_features(monkeypatch, tmp_path):
    early, late = Warned("The GPU has no memory left."), Warned("Computed on the CPU.")

    def load(_source, device, _stop, _which, notes):
        assert device == "cuda:0"
        notes.append(early)
        yield from ()
        return SimpleNamespace(notes=notes)

    def rows_of(model, images, _stop):
        model.notes.append(late)  # while photos are computed
        yield predict.Rows(tuple((path, np.zeros(3, np.float32)) for path in images))

    monkeypatch.setattr(predict, "load", load)
    monkeypatch.setattr(predict, "rows_of", rows_of)
    events = list(predict.features(tmp_path, ["a.jpg"], "cuda:0", lambda: False, "best"))
    assert [path for path, _ in events[0].pairs] == ["a.jpg"]
    assert events[1:] == [early, late]
