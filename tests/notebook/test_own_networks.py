"""Users' own networks in the library."""

from __future__ import annotations

import own_network
import pytest

import studio


@pytest.mark.slow
def test_an_own_network_is_trusted_listed_and_trained(photos, tmp_path):
    own_network.write(tmp_path, f"{own_network.NET}\n# {tmp_path}", agreed=False)
    name = f"{tmp_path / 'net.py'}:factory"
    with pytest.raises(studio.UserError, match="not agreed"):
        studio.layers(name, image_size=32, progress=False)
    assert len(studio.trust(tmp_path / "net.py")) == 64
    assert studio.layers(name, image_size=32, progress=False).table.features == 12
    spec = studio.BackboneSpec(name, image_size=32)
    run = studio.train(photos, spec, epochs=1, device="cpu", out=tmp_path / "run", progress=False)
    assert "net.py:factory" in str(run)
    assert len(run.predict(photos / "cold" / "00.jpg", progress=False)) == 1
    with pytest.raises(studio.UserError, match="is not a Python file"):
        studio.trust(tmp_path)
