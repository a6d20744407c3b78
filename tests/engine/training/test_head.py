from __future__ import annotations

import numpy as np
import pytest
import torch
from head_network import network_of
from tensors import assert_close

from studio.engine.training.head import Head, statistics
from studio.spec import HeadSpec
from studio.spec.structs import replace

LINEAR, MLP = HeadSpec(), HeadSpec(kind="mlp", hidden=6, dropout=0.5)


@pytest.fixture
def values():
    values = np.random.default_rng(2).normal(3, [0.1, 1, 5, 1, 1], (50, 5)).astype(np.float32)
    values[:, 4] = 7  # a constant feature
    return values


@pytest.mark.parametrize("spec", [LINEAR, MLP])
def test_the_folded_head_gives_the_same_scores_on_raw_features(values, spec):
    head = Head(5, 3, spec, 1)
    head.standardize(*statistics([values]))
    features = torch.from_numpy(values)
    expected = head.eval()(features)
    assert_close(network_of(head.folded_weights())(features), expected, rtol=1e-4, atol=1e-4)
    assert_close(network_of(head.folded_weights(3.0, -2.0))(features), expected * 3 - 2, rtol=1e-4, atol=1e-4)


def test_a_head_without_statistics_folds_to_itself():
    head = Head(5, 3, LINEAR, 1)
    assert_close(head.folded_weights()["weight"], head.linear.weight.detach(), rtol=0, atol=0)
    assert_close(head.folded_weights()["bias"], head.linear.bias.detach(), rtol=0, atol=0)


def test_a_hidden_layer_has_the_chosen_width_and_dropout_only_in_training(values):
    head = Head(5, 3, replace(MLP, start="random"), 1)
    assert {name: tuple(t.shape) for name, t in head.folded_weights().items()} == {
        "hidden.weight": (6, 5),
        "hidden.bias": (6,),
        "weight": (3, 6),
        "bias": (3,),
    }
    features = torch.from_numpy(values)
    assert not torch.equal(head.train()(features), head(features))
    assert torch.equal(head.eval()(features), head(features))


@pytest.mark.parametrize("block", [1, 7, 50])
def test_feature_statistics_equal_those_of_numpy(values, block):
    mean, deviation = statistics(values[start : start + block] for start in range(0, 50, block))
    np.testing.assert_allclose(mean, values.mean(0), rtol=1e-5)
    np.testing.assert_allclose(deviation[1:4], values.std(0)[1:4], rtol=1e-4)


def test_a_constant_feature_is_not_scaled_up(values):
    _, deviation = statistics([values])
    assert deviation[4] == pytest.approx(0.1 * values.std(0).mean(), rel=1e-3)
    assert deviation[0] == deviation[4]  # a nearly constant feature


def test_a_regression_head_starts_with_zero_weights(values):
    head = Head(5, 1, LINEAR, 1)
    assert not head(torch.from_numpy(values)).any()


def test_features_that_are_all_the_same_leave_finite_scores():
    head = Head(5, 2, LINEAR, 1)
    head.standardize(*statistics([np.zeros((3, 5), np.float32)]))
    assert torch.isfinite(head(torch.zeros(2, 5))).all()


@pytest.mark.parametrize("spec", [LINEAR, MLP])
def test_a_head_starts_with_zero_weights_unless_random_ones_are_chosen(values, spec):
    features = torch.from_numpy(values)
    assert not Head(5, 3, spec, 1)(features).any()
    assert Head(5, 3, replace(spec, start="random"), 1)(features).any(), "the initialization of older runs"


@pytest.mark.parametrize("spec", [replace(LINEAR, start="random"), replace(MLP, start="random")])
def test_first_weights_follow_the_seed_of_the_head_alone(spec):
    torch.manual_seed(1)
    one = Head(5, 3, spec, 42).linear.weight
    torch.manual_seed(2)
    assert torch.equal(one, Head(5, 3, spec, 42).linear.weight)
    assert not torch.equal(one, Head(5, 3, spec, 43).linear.weight)
