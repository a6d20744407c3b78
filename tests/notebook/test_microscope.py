"""The activation microscope as an object of the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import LAST_BLOCK, SMALL, trained

import studio
from studio.spec import UserError


def test_a_run_is_looked_into_with_one_network(photos: Path, tmp_path: Path) -> None:
    trained(photos, tmp_path / "run", freeze=LAST_BLOCK, epochs=1, lr=0.01, backbone_lr=0.01)
    scope, photo = studio.microscope(tmp_path / "run"), photos / "warm" / "03.jpg"
    look = scope.look(photo, "blocks.1", weights="both")
    assert look.change is not None
    assert not look.change.any(), "it was frozen"
    assert look.maps.shape == look.output.shape
    assert look.facts is not None
    assert look.facts.channels == len(look.responses)
    text = repr(look)
    assert text.startswith("blocks.1: ")
    assert "output equal" in text
    heat = scope.heatmap(photo, "cold", "blocks.1")
    assert (heat.name, heat.heat.shape) == ("cold", look.maps.shape[1:])
    drift = scope.drift(photo)
    assert drift["blocks.1"] == 0 < drift["conv_head"]
    with pytest.raises(UserError, match="no attention"):
        look.attention()
    with pytest.raises(UserError, match="no class “bees”"):
        scope.heatmap(photo, "bees")
    plain = studio.microscope(SMALL.name)
    for ask in (plain.heatmap, plain.drift):
        with pytest.raises(UserError, match="needs a trained run"):
            ask(photo)
    assert np.isfinite(look.responses).all()
