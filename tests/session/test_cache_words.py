"""Stores of the feature cache in words."""

from __future__ import annotations

import pytest

from studio.events import StoredFeatures
from studio.formatting.numbers import plain
from studio.session import cache_words
from studio.spec.structs import replace

STORE = StoredFeatures("1f", "resnet18", "features", 10, 100, 0.0)


@pytest.mark.parametrize(
    ("cut", "readout", "words"),
    [
        ("features", "", "features"),
        ("features", "default", "features"),
        ("features", "patches", "features, mean of the patch tokens"),
        ("blocks.5", "", "blocks.5"),
        ("", "patches", ""),
    ],
)
def test_the_content_of_the_rows(cut, readout, words):
    assert cache_words.content(replace(STORE, cut=cut, readout=readout)) == words


@pytest.mark.parametrize(
    ("size", "crop", "words"),
    [
        ((), "center", ""),
        ((224, 224), "", "224 px"),
        ((224, 224), "center", "224 px, center crop"),
        ((192, 256), "squash", "192 × 256 px, squashed"),
        ((224, 224), "border", "224 px, fitted"),
        ((224, 224), "unheard-of", "224 px"),
    ],
)
def test_size_and_crop_of_the_photos(size, crop, words):
    assert plain(cache_words.photos(replace(STORE, image_size=size, crop=crop))) == words
