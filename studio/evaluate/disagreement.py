"""How much several runs disagree about each photo: the mutual information between the prediction and the run.

N. Houlsby and others, "Bayesian Active Learning for Classification and Preference Learning", 2011: the entropy of the
mean prediction minus the mean entropy of the predictions. Of two runs it is the Jensen-Shannon divergence. It is 0
for a photo to which all runs give the same probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def scores(predicted: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """The disagreement about each photo (N,) in nats, from 0 to the logarithm of the number of runs.

    Args:
        predicted: (N, K) probabilities of each run; a row of NaN for a photo that a run did not judge.
    """
    if not predicted:
        return np.zeros(0)
    total = np.zeros(predicted[0].shape)
    entropies, runs = np.zeros(len(total)), np.zeros(len(total))
    for one in predicted:
        finite = np.isfinite(one).all(axis=1)
        shares = np.where(finite[:, None], one, 0.0).astype(np.float64)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)  # stored probabilities are rounded
        total += shares
        entropies += _entropy(shares)
        runs += finite
    runs = np.maximum(runs, 1)
    result: NDArray[np.float64] = np.maximum(_entropy(total / runs[:, None]) - entropies / runs, 0.0)
    return result


def _entropy(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    total: NDArray[np.float64] = -(shares * logs).sum(axis=1)
    return total
