"""Order and winner of the runs of a sweep."""

from __future__ import annotations

from run_summaries import summary

from studio.evaluate.compare import sweep_ranking
from studio.events import SweepRun


def run(loss: float | None, state: str = "done", **settings: object) -> SweepRun:
    texts = {name: str(value) for name, value in settings.items()}
    if loss is None:
        return SweepRun(texts, texts, None)
    return SweepRun(texts, texts, summary(f"{settings}", state), loss, (loss, loss))


def test_complete_runs_come_first_by_their_criterion():
    runs = [run(0.1, "cancelled", lr=1), run(0.3, lr=2), run(None, lr=3), run(0.2, lr=4)]
    order = sweep_ranking.ranked(runs)
    assert [one.settings["lr"] for one in order] == ["4", "2", "1", "3"]
    assert sweep_ranking.winner(order) == 0
    assert sweep_ranking.winner(sweep_ranking.ranked([runs[0], runs[2]])) is None


def test_with_several_seeds_the_best_mean_wins_and_not_the_best_run():
    runs = [run(0.1, lr=1, seed=7), run(0.9, lr=1, seed=8), run(0.4, lr=2, seed=8), run(0.3, lr=2, seed=7)]
    order = sweep_ranking.ranked(runs)
    best = sweep_ranking.winner(order)
    assert best is not None
    assert order[best].settings == {"lr": "2", "seed": "7"}
    unfinished = sweep_ranking.ranked([*runs, run(0.01, "cancelled", lr=2, seed=9)])
    best = sweep_ranking.winner(unfinished)
    assert best is not None
    assert unfinished[best].settings["lr"] == "1", "settings of which a seed is missing do not win"
    words = sweep_ranking.caution(order, 1, "lowest validation loss", False)
    assert "among 4 runs by the mean validation loss over 2 seeds" in words


def test_the_caution_says_how_many_runs_there_were_and_what_the_test_photos_say():
    order = sweep_ranking.ranked([run(0.3, lr=2), run(0.2, lr=4), run(0.5, "cancelled", lr=1)])
    words = sweep_ranking.caution(order, 0, "lowest validation loss", False)
    assert "chosen among 3 runs by lowest validation loss, on the validation photos themselves" in words
    assert "no test photos" in words
    assert "unbiased" in sweep_ranking.caution(order, 0, "lowest validation loss", True)
    assert sweep_ranking.caution(order[:1], 0, "lowest validation loss", False) == ""
    assert sweep_ranking.test_words({"accuracy": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40}}) == (
        "On 40 test photos: accuracy 90.0 % (95 % interval 80.0 – 95.0 %)."
    )
    assert sweep_ranking.test_words({"accuracy": {"value": 0.9, "low": None, "high": None, "n": 1}}) == (
        "On 1 test photo: accuracy 90.0 %."
    )
