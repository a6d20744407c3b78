"""The readout as an argument of the library."""

from __future__ import annotations

import pytest
from tiny_tokens import NAME, VIT, WIDTH

import studio
from studio.notebook.training import settings_of
from studio.spec import UserError


def test_layers_have_the_width_of_the_readout():
    assert studio.layers(NAME, progress=False).table.features == WIDTH
    assert studio.layers(NAME, readout="class+patches", progress=False).table.features == 2 * WIDTH
    assert studio.layers(NAME, readout="blocks", readout_blocks=3, progress=False).table.features == 3 * WIDTH
    with pytest.raises(UserError, match="no last map"):
        studio.layers(NAME, readout="pooled", progress=False)


def test_train_takes_the_readout(photos):
    spec = settings_of(photos, VIT, readout="blocks", readout_blocks=2, progress=False)
    assert (spec.backbone.name, spec.backbone.readout, spec.backbone.readout_blocks) == (NAME, "blocks", 2)
    assert settings_of(photos, spec.backbone, progress=False).backbone.readout == "blocks"  # as the backbone says
    with pytest.raises(UserError, match="readout"):
        settings_of(photos, VIT, readout="mean", progress=False)
