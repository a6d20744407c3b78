"""`studio.trace`: the steps from a photo to its prediction."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import trained

import studio


@pytest.mark.slow
def test_a_trace_holds_the_arrays_and_describes_itself(photos, tmp_path):
    run = tmp_path / "run"
    trained(photos, run, epochs=1)
    photo = photos / "cold" / "00.jpg"
    trace = studio.open_run(run).trace(photo, device="cpu", progress=False)
    (plain,) = studio.predict(run, photo, device="cpu", progress=False)
    assert trace.prediction == plain
    assert trace["tensor"].shape == (3, 32, 32)
    np.testing.assert_allclose(trace["probabilities"].max(), plain.confidence)
    with pytest.raises(KeyError, match="no step 'logits': photo, tensor"):
        trace["logits"]
    text = repr(trace)
    assert text.startswith(f"{photo}: ")
    assert "No nearest training photos" in text
    with pytest.raises(studio.UserError, match="is a folder"):
        studio.trace(run, photos, progress=False)
    with pytest.raises(studio.UserError, match=r"gone\.jpg: file not found"):
        studio.trace(run, tmp_path / "gone.jpg", progress=False)
