"""The line below a look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from folded_states import TABLE, after, opened

from studio.events import ClassHeatmap, Failed, Layer, LayerOutput
from studio.session.inspection import captions
from studio.session.inspection.captions import caption, of_heatmap, of_output
from studio.session.reducer import job_started
from studio.session.state import AppState
from studio.spec.structs import replace

PHOTO = "/photos/a/1.jpg"


def output(shape: tuple[int, ...], drawn: int, maps: tuple[int, ...] = (1, 2, 2), **more: Any) -> LayerOutput:
    return LayerOutput("stem", PHOTO, shape, np.zeros(maps, np.float32), tuple(range(drawn)), 0.02, **more)


def heatmap(epoch: int = 0) -> ClassHeatmap:
    return ClassHeatmap(PHOTO, "stem", "a", 1.0, 0.5, np.zeros((7, 8)), np.zeros((1, 1, 3), np.uint8), 0.02, epoch)


def state() -> AppState:
    layers = tuple(
        Layer(path, "Conv2d", 0, True, (3, 4, 4), shape, 10, number)
        for number, (path, shape) in enumerate((("stem", (8, 2, 2)), ("none", ())))
    )
    now = opened()
    return replace(now, layers=replace(TABLE, layers=layers), layers_for=now.spec.backbone)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (output((8, 2, 2), 8), "8 × 2 × 2 in 0.02 s"),
        (output((64, 2, 2), 24), "64 × 2 × 2 in 0.02 s · 24 of 64 channels drawn"),
        (output((7, 7, 1024), 24), "7 × 7 × 1024 in 0.02 s · 24 of 1,024 channels drawn"),
        (output((1, 1, 192), 1, (1, 1, 192), parameter=True), "1 × 1 × 192 in 0.02 s"),
        (output((8, 7, 9), 4), "8 × 7 × 9 in 0.02 s · 4 of 8 channels drawn"),
        (output((8, 7, 7), 4), "8 × 7 × 7 in 0.02 s · 4 of 8 channels drawn"),
        (output((7, 7, 7), 3), "7 × 7 × 7 in 0.02 s · 3 of 7 channels drawn"),
        (output((197, 192), 24), "197 × 192 in 0.02 s · 24 of 192 channels drawn"),
        (output((197, 192), 1, (1, 197, 192)), "197 × 192 in 0.02 s"),
        (output((512,), 1), "512 numbers in 0.02 s"),
        (output((512,), 1, calls=2), "512 numbers in 0.02 s · call 1 of 2"),
        (output((8, 2, 2), 0), "8 × 2 × 2 in 0.02 s"),
        (output((512,), 1, run="/r", weights="after epoch 3"), "512 numbers in 0.02 s · weights after epoch 3"),
        (output((512,), 1, run="/r"), "512 numbers in 0.02 s · weights before the first checkpoint"),
    ],
)
def test_shape_time_and_weights_of_an_output(one, words):
    assert of_output(one).replace("\u202f", " ") == words


def test_weights_that_are_not_followed_are_called_held():
    assert of_output(output((2,), 1, run="/r", weights="after epoch 3"), held=True).endswith("after epoch 3, held")
    assert not of_output(output((2,), 1), held=True).endswith("held")
    assert of_heatmap(heatmap(4), held=True).endswith(" · weights after epoch 4, held")
    assert of_heatmap(heatmap(4)).endswith("after epoch 4")
    assert of_heatmap(heatmap(), held=True).replace("\u202f", " ") == "7 × 8 in 0.02 s"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stem", False, "", "channels", None), "Open an image folder to see the output of each layer for a photo."),
        (("stem", True, PHOTO, "channels", None), "The new head gives class scores; they are on the Evaluate page."),
        (("", False, PHOTO, "channels", None), "Select a layer to see its output for the photo."),
        (("none", False, PHOTO, "channels", None), "This layer returns no tensor."),
        (("stem", False, PHOTO, "channels", None), captions.COMPUTING),
        (("none", False, PHOTO, "heatmap", None), captions.COMPUTING),
        (("stem", False, PHOTO, "heatmap", heatmap(2)), "stem: 7 × 8 in 0.02 s · weights after epoch 2"),
        (("stem", False, PHOTO, "channels", output((8, 2, 2), 8)), "stem: 8 × 2 × 2 in 0.02 s"),
    ],
)
def test_the_line_or_the_reason_why_there_is_none(arguments, words):
    assert caption(state(), *arguments).replace("\u202f", " ") == words


def test_without_layers_or_photos_there_is_nothing_to_look_at():
    arguments = ("stem", False, PHOTO, "channels", None)
    assert caption(opened(), *arguments).startswith("Select a layer")
    assert caption(replace(state(), dataset=None), *arguments).startswith("Open an image folder")


def test_a_failed_look_is_not_being_computed_unless_another_one_is():
    arguments = ("stem", False, PHOTO, "channels", None)
    failed = after(job_started(state(), "outputs"), "outputs", Failed("It broke.", ""))
    assert "features" in failed.faults
    assert caption(failed, *arguments) == ""
    assert caption(job_started(failed, "heatmap"), *arguments) == captions.COMPUTING
