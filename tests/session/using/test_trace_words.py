"""The steps from a photo to its prediction, in words and as lists."""

from __future__ import annotations

import numpy as np
import pytest

from studio.events import ImagePrediction, NearPhoto, PredictionTrace, TraceStep
from studio.formatting.numbers import plain
from studio.session.using import trace_words
from studio.spec.structs import replace


def step(name: str, values: np.ndarray) -> TraceStep:
    return TraceStep(name, values.shape, float(values.min()), float(values.max()), float(values.mean()), values)


PHOTO = step("photo", np.array([[[0, 10, 255], [2, 20, 251]]], np.uint8))
TENSOR = step("tensor", np.array([[[-1.0, 2.0]], [[0.5, 1.5]], [[-2.5, -1.5]]], np.float32))
FEATURES = step("features", np.array([0.0, 0.0, 3.0, 1.0], np.float32))
SCORES = step("scores", np.array([-1.25, 2000.0], np.float32))
SHARES = step("probabilities", np.array([0.00004, 0.99996], np.float32))
TRACE = PredictionTrace(
    ImagePrediction("/p/a.jpg", (0.1, 0.9), "bees"), (PHOTO, TENSOR, FEATURES, SCORES, SHARES), np.zeros(0), None, 1.5
)


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (PHOTO, ("uint8, 0 … 255", "all of it is seen")),
        (step("photo", np.array([[[7, 65535]]], np.uint16)), ("uint16, 7 … 65535", "all of it is seen")),
        (step("scores", np.array([-999.99, 1000.0])), ("−999.99 … 1,000", "4 × 2 weights")),
        (TENSOR, ("float32, −2.50 … 2.00", "mean 0.50 1.00 −2.00")),
        (FEATURES, ("0.00 … 3.00, mean 1.00", "50 % zero")),
        (step("features", np.array([0.0, 2.0, 3.0, 1.0])), ("0.00 … 3.00, mean 1.50", "25 % zero")),
        (SCORES, ("−1.25 … 2,000", "4 × 2 weights")),
        (SHARES, ("sum 1.00", "temperature 1.50")),
        (step("number", np.array([3.0])), ("in the unit of the targets", "")),
    ],
)
def test_two_lines_below_each_step(one, lines):
    assert tuple(map(plain, trace_words.captions(one, TRACE))) == lines


def test_a_crop_is_stated_and_a_step_is_read_aloud_in_one_sentence():
    assert trace_words.captions(PHOTO, replace(TRACE, crop=(0.1, 0, 0.8, 1)))[1] == "frame: the crop"
    assert plain(trace_words.spoken(SHARES, TRACE)) == "Softmax, 2, sum 1.00, temperature 1.50"
    assert plain(trace_words.spoken(step("number", np.array([3.0])), TRACE)) == "Number, 1, in the unit of the targets"


def test_statistics_of_pixels_are_those_of_each_channel():
    assert trace_words.rows(PHOTO, ()) == [
        ("red, lowest", "0.00"), ("red, highest", "2.00"), ("red, mean", "1.00"),
        ("green, lowest", "10.00"), ("green, highest", "20.00"), ("green, mean", "15.00"),
        ("blue, lowest", "251.00"), ("blue, highest", "255.00"), ("blue, mean", "253.00"),
    ]  # fmt: skip
    assert trace_words.rows(TENSOR, ())[:2] == [("red, lowest", "−1.00"), ("red, highest", "2.00")]


def test_values_of_classes_have_their_names_and_others_their_numbers():
    assert trace_words.rows(SHARES, ("ants", "bees")) == [("ants", "0.0000"), ("bees", "1.0000")]
    assert trace_words.rows(SCORES, ("ants", "bees"))[0] == ("ants", "−1.250")
    assert trace_words.rows(SCORES, ("ants",))[0] == ("1", "−1.250"), "of another run"
    assert [name for name, _ in trace_words.rows(FEATURES, ("a", "b", "c", "d"))] == ["1", "2", "3", "4"]
    assert len(trace_words.rows(step("features", np.zeros(6000)), ())) == trace_words.MOST_ROWS


def test_the_distance_in_one_sentence():
    assert trace_words.distance_words(TRACE) == "The distance to the training photos is unknown."
    assert trace_words.distance_words(replace(TRACE, near_note="no features are stored.")) == "No features are stored."
    assert trace_words.distance_words(replace(TRACE, distance=0.2)).endswith("unknown.")
    near = trace_words.distance_words(replace(TRACE, distance=0.2, limit=0.2))
    assert near.endswith(": 0.2, within the 0.2 that counts as unlike.")
    assert "0.3, farther than the 0.2 that" in trace_words.distance_words(replace(TRACE, distance=0.3, limit=0.2))


def test_how_many_of_the_nearest_photos_have_the_predicted_class():
    near = (NearPhoto("a", "bees", 0.1), NearPhoto("b", "ants", 0.2), NearPhoto("c", "bees", 0.3))
    assert trace_words.near_title(TRACE) == ""
    assert trace_words.near_title(replace(TRACE, near=near)) == "2 of 3 are bees"
    of_number = replace(TRACE, near=near, prediction=replace(TRACE.prediction, predicted=""))
    assert trace_words.near_title(of_number) == ""
