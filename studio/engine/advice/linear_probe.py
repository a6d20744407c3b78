"""The linear probe of the advisors: logistic regression on features of training photos, cross-fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import probe
from studio.events import Dataset, Photo
from studio.jobs.protocol import Interrupted, Stop

MOST_PHOTOS = 1000
"""Most training photos for the probes; of more photos, a sample with the same share of each class is used."""


def sample(dataset: Dataset, seed: int) -> list[Photo]:
    """At most `MOST_PHOTOS` training photos, in order, with the same shares of every class."""
    photos = [photo for photo in dataset.photos if photo.split == "train"]
    labels = np.array([photo.label for photo in photos], np.int64)
    return [photos[place] for place in probe.sample(labels, MOST_PHOTOS, seed)]


def classified(
    features: NDArray[np.float32], labels: NDArray[np.int64], classes: int, seed: int, stop: Stop
) -> NDArray[np.bool_]:
    """Whether each photo (N,) is classified correctly, by a classifier that was fitted without it.

    Raises:
        Interrupted: `stop` returned True.
    """
    shares = np.zeros((len(labels), classes))
    for inside, part in probe.cross_fit_parts(probe.logistic, features, labels, classes, seed):
        if stop():
            raise Interrupted
        shares[inside] = part
    return np.asarray(shares.argmax(axis=1) == labels)
