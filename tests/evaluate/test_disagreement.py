"""The disagreement of runs: for two runs the Jensen-Shannon divergence, and 0 where all agree."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from studio.evaluate import disagreement


def test_of_two_runs_it_is_the_jensen_shannon_divergence() -> None:
    random = np.random.default_rng(0)
    first, second = random.dirichlet(np.ones(4), 50), random.dirichlet(np.ones(4), 50)
    expected = jensenshannon(first, second, axis=1) ** 2
    assert disagreement.scores([first, second]) == pytest.approx(expected)


def test_runs_that_agree_or_did_not_judge_a_photo() -> None:
    sure, doubtful = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])
    gone = np.full((2, 2), np.nan)
    assert disagreement.scores([sure, doubtful, gone]) == pytest.approx([np.log(2), 0])
    assert disagreement.scores([sure, gone]) == pytest.approx([0, 0])
    assert len(disagreement.scores([])) == 0


def test_a_single_run_has_no_disagreement() -> None:
    assert disagreement.scores([np.array([[0.5, 0.5], [0.9, 0.1]])]).tolist() == [0, 0]
    three = [np.eye(3)[[place]] for place in range(3)]
    assert disagreement.scores(three) == pytest.approx([np.log(3)])
    assert disagreement.scores([7 * one for one in three]) == pytest.approx([np.log(3)]), "rounded sums do not matter"
