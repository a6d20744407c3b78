"""The median rule: which runs of a sweep are hopeless."""

from __future__ import annotations

import itertools

from epochs import class_epoch

from studio.evaluate.epochs.median_rule import is_hopeless


def run(*losses: float):
    return [class_epoch(number, 1, 0.5, loss, 1 - loss / 10, 1.0) for number, loss in enumerate(losses, 1)]


EARLIER = [run(1.0, 0.5, 0.4), run(0.9, 0.8, 0.2), run(0.7, 0.6, 0.6)]


def test_a_run_is_hopeless_where_it_is_worse_than_the_median_of_earlier_runs():
    for loss, hopeless in ((0.61, True), (0.60, False), (0.4, False), (float("nan"), True)):
        assert is_hopeless(run(2.0, loss), EARLIER, "loss", 3) is hopeless, loss
    assert is_hopeless(run(0.91), EARLIER, "loss", 3)
    assert not is_hopeless(run(0.9), EARLIER, "loss", 3)


def test_the_best_epoch_so_far_counts_but_with_the_last_as_result_the_last():
    epochs = run(0.3, 2.0)
    assert not is_hopeless(epochs, EARLIER, "loss", 3)
    assert is_hopeless(epochs, EARLIER, "last", 3)


def test_only_runs_with_as_many_epochs_count_and_too_few_decide_nothing():
    assert not is_hopeless(run(5.0), EARLIER, "loss", 4)
    assert not is_hopeless(run(5, 5, 5), [*EARLIER[:2], run(0.1)], "loss", 3)
    assert not is_hopeless([], EARLIER, "loss", 0)
    assert not is_hopeless(run(1.0), [], "loss", 0)


def test_the_order_of_earlier_runs_does_not_matter_and_accuracy_is_better_higher():
    for order in itertools.permutations(EARLIER):
        assert is_hopeless(run(0.95), order, "metric", 3)
        assert not is_hopeless(run(0.85), order, "metric", 3)


def test_a_single_earlier_run_decides_where_one_is_enough():
    assert is_hopeless(run(1.0), [run(0.9)], "loss", 1)
    assert not is_hopeless(run(1.0), [run(0.9)], "loss", 2)
    assert is_hopeless(run(1.0), [run(0.9), run(0.8)], "loss", 2)
