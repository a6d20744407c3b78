from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engine.cache import Shelf
from studio.engine.head import Head, statistics


@pytest.fixture
def rows(tmp_path):
    values = np.random.default_rng(2).normal(3, [0.1, 1, 5, 1, 1], (50, 5)).astype(np.float32)
    values[:, 4] = 7  # a feature that never moves
    with Shelf(tmp_path / "shelf", (5,), "float32", {}) as shelf:
        keys = [number.to_bytes(16, "big") for number in range(50)]
        shelf.put(keys, values)
        yield shelf.rows(keys), values


def test_the_folded_head_gives_the_same_scores(rows):
    stored, values = rows
    head = Head(5, 3, 1, *statistics(stored, np.arange(50)))
    folded = head.folded()
    assert folded["weight"].shape == (3, 5)
    features = torch.from_numpy(values)
    torch.testing.assert_close(features @ folded["weight"].T + folded["bias"], head(features), rtol=1e-4, atol=1e-4)


def test_a_head_without_statistics_folds_to_itself():
    head = Head(5, 3, 1)
    torch.testing.assert_close(head.folded()["weight"], head.linear.weight.detach(), rtol=0, atol=0)
    torch.testing.assert_close(head.folded()["bias"], head.linear.bias.detach(), rtol=0, atol=0)


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_statistics_equal_numpys_over_the_chosen_rows_only(rows, block):
    stored, values = rows
    chosen = np.arange(5, 45)
    mean, deviation = statistics(stored, chosen, block)
    np.testing.assert_allclose(mean, values[chosen].mean(0), rtol=1e-5)
    np.testing.assert_allclose(deviation[:4], values[chosen].std(0)[:4], rtol=1e-4)


def test_a_feature_that_never_moves_is_not_blown_up(rows):
    stored, values = rows
    _, deviation = statistics(stored, np.arange(50))
    assert deviation[4] == pytest.approx(0.01 * values.std(0).mean(), rel=1e-3)


def test_features_that_are_all_the_same_leave_finite_scores(tmp_path):
    with Shelf(tmp_path / "shelf", (5,), "float32", {}) as shelf:
        shelf.put([bytes(16)], np.zeros((1, 5), np.float32))
        head = Head(5, 2, 1, *statistics(shelf.rows([bytes(16)] * 3), np.arange(3)))
    assert torch.isfinite(head(torch.zeros(2, 5))).all()


def test_first_weights_follow_the_seed_of_the_head_alone():
    torch.manual_seed(1)
    one = Head(5, 3, 42).linear.weight
    torch.manual_seed(2)
    assert torch.equal(one, Head(5, 3, 42).linear.weight)
    assert not torch.equal(one, Head(5, 3, 43).linear.weight)
