"""`thaw predict FILE` and `studio.predict` with the file of a whole model."""

from __future__ import annotations

import json

import pytest
from terminal import refused

import studio

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow


def test_a_whole_model_predicts_as_a_run_does(thaw, photos, tmp_path):
    import tiny_onnx

    file = tiny_onnx.write(tmp_path / "m.onnx")
    status, out, err = thaw("predict", file, photos, "--json")
    assert status == 0, err
    data = json.loads(out)
    assert (data["epoch"], data["classes"], len(data["predictions"])) == (3, ["red", "green"], 24)
    first = data["predictions"][0]
    assert set(first) == {"path", "predicted", "sure", "unlike", "distance", "probabilities"}
    assert first["unlike"] is None
    found = studio.predict(file, photos, progress=False)
    assert [one.label for one in found] == [one["predicted"] for one in data["predictions"]]
    assert found[0].probabilities == first["probabilities"]
    command = "predict", file, photos, "--out", tmp_path / "t.csv", "--json"
    assert json.loads(thaw(*command)[1])["rows"] == 24
    assert json.loads(thaw(*command)[1])["rows_before"] == 24
    tiny_onnx.write(file, {"least_confidence": 0.9})
    refused(thaw("predict", file, photos, "--out", tmp_path / "t.csv"), "t.csv")
    refused(thaw("predict", file, photos, "--trace"), "gives predictions only")
    refused(thaw("predict", file, photos, "--next", "2"), "gives predictions only")


def test_a_pickle_is_refused(thaw, photos, tmp_path):
    for name in ("m.onnx", "m.pt2", "m.xml", "m.pkl"):
        (tmp_path / name).write_bytes(b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00}.")
        refused(thaw("predict", tmp_path / name, photos), name)
