"""The forecast in the terminal."""

from __future__ import annotations

import json

import pytest
from terminal import QUICK

from studio.catalog import catalog
from studio.engine.backbones import downloads


@pytest.mark.slow
def test_a_forecast_beside_real_steps(thaw, photos):
    options = (*QUICK, "--batch-size", 8, "--device", "cpu", "--measure")
    status, out, err = thaw("forecast", photos, *options)
    assert status == 0
    assert "Memory of a step, 8 photos" in out
    assert "MEASURED" in out
    assert "First pass over 24 photos" in out
    assert "to write its checkpoint and weights" in out
    assert "for the proof at its end" in out
    status, out, _ = thaw("forecast", photos, *options, "--json")
    document = json.loads(out)
    assert status == 0
    assert document["memory_bytes"] == sum(document["memory"].values())
    assert document["measured"]["memory_bytes"] == pytest.approx(document["memory_bytes"], rel=0.15)
    assert {"first_pass_seconds", "epoch_seconds", "largest_batch"} <= set(document)
    assert "profil" not in err


@pytest.mark.slow
def test_a_forecast_downloads_no_weights(thaw, photos, monkeypatch):
    monkeypatch.setattr(downloads, "fetch", lambda *_: pytest.fail("weights were downloaded"))
    assert catalog.whereabouts(catalog.find("resnet18")) == "to download"
    status, out, _ = thaw("forecast", photos, "--backbone", "resnet18", *QUICK, "--freeze", "none", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["trainable"] == 11_176_512 + 2 * 513
