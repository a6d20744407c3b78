"""Attention weights from queries and keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.events import Attention


def weights(attention: Attention, token: int) -> NDArray[np.float32]:
    """Attention (heads, T) from one token to all tokens; each row sums to 1."""
    scores = np.einsum("hd,htd->ht", attention.queries[:, token], attention.keys)
    if attention.bias is not None:
        scores = scores + attention.bias[:, token]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def maps(attention: Attention, token: int) -> NDArray[np.float32]:
    """Attention (heads, h, w) from one token to the patches of the photo."""
    rows, columns = attention.side
    return weights(attention, token)[:, attention.extra :].reshape(-1, rows, columns)


def token_at(attention: Attention, cell: tuple[int, int]) -> int:
    """Number of the token of the patch in a row and column."""
    return attention.extra + cell[0] * attention.side[1] + cell[1]
