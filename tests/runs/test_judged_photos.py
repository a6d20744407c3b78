"""The stored weights that an epoch names."""

from __future__ import annotations

import pytest
from stories import finished

from studio.runs.judged_photos import weights_of
from studio.spec import UserError


@pytest.mark.parametrize(
    ("epoch", "weights"),
    [("best", ("best", 2)), ("last", ("last", 4)), (2, ("best", 2)), ("4", ("last", 4)), (None, ("best", 2))],
)
def test_weights_are_named_by_word_or_number(epoch, weights):
    assert weights_of(finished(best_epoch=2, result_epoch=2), epoch) == weights


@pytest.mark.parametrize(
    ("count", "epoch", "words"),
    [
        (0, "best", "ended before its first epoch"),
        (4, 3, r"epoch 3 are not stored\."),
        (4, 5, "epoch 5 are not stored: the run has 4 epochs"),
    ],
)
def test_epochs_without_weights_are_refused(count, epoch, words):
    with pytest.raises(UserError, match=words):
        weights_of(finished(count, best_epoch=2), epoch)
