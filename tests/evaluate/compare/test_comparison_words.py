from __future__ import annotations

from typing import Any

import pytest

from studio.evaluate.compare import comparison, comparison_words


def document(fixed: int | None, broken: int = 0, seconds: tuple[float, float] = (1.0, 1.0), **more: Any) -> dict:
    facts = [{"fact": "seconds_per_epoch", "a": seconds[0], "b": seconds[1]}] if seconds[0] != seconds[1] else []
    own: dict[str, Any] = {"fixed": fixed, "broken": broken, "facts": facts, "common": 153, "part": "val"}
    if fixed is not None:
        own |= {"p_value": comparison.mcnemar(fixed, broken), "verdict": comparison.verdict(fixed, broken)}
    return own | {"photos_a": 153, "photos_b": 153, "relabeled": 0} | more


def test_within_noise_with_a_costly_run() -> None:
    words = comparison_words.words(document(9, 4, (0.02, 0.6)))
    assert (words.badge, words.tone) == ("Within noise", "caution")
    assert words.headline == "B is right on 9 photos that A gets wrong, and wrong on 4 that A gets right."
    assert words.meaning == (
        "Equally good models would differ at least this much about one time in four (McNemar, exact: p = 0.27)."
    )
    assert words.advice.startswith(
        "An epoch of B takes 30 times as long (0.60\u202fs, not 0.02\u202fs), so keep A unless"
    )
    assert "repeat both with other seeds, or add validation photos" in words.advice


@pytest.mark.parametrize(
    ("fixed", "broken", "seconds", "expected"),
    [
        (30, 2, (1, 9), ("B is better", "good", "Use B. An epoch of B takes")),
        (30, 2, (9, 1), ("B is better", "good", "Use B.")),
        (2, 30, (1, 1), ("A is better", "bad", "Use A.")),
        (0, 0, (9, 1), ("The same", "muted", "Keep B.")),
        (0, 0, (1, 1), ("The same", "muted", "Keep either.")),
        (3, 0, (1, 2), ("Too few to tell", "caution", "To be more certain")),
        (0, 3, (1, 0), ("Too few to tell", "caution", "To be more certain")),
    ],
)
def test_the_advice_follows_from_verdict_and_cost(
    fixed: int, broken: int, seconds: tuple[float, float], expected: tuple[str, str, str]
) -> None:
    words = comparison_words.words(document(fixed, broken, seconds))
    assert (words.badge, words.tone) == expected[:2]
    assert expected[2] in words.advice
    assert words.headline.endswith(("gets right.", "same photos.", "loses none.", "gains none."))


def interval(value: float, low: float | None, high: float | None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("a", "b", "ends", "verdict", "texts"),
    [
        (2.0, 1.0, (-1.5, -0.5), "B is better", ("of B is smaller: 1.00, not 2.00", "does not contain 0", "Use B.")),
        (1.0, 2.0, (-0.5, 1.5), "within noise", ("of B is larger: 2.00", "contains 0", "To be more certain")),
        (1.0, 1.0, (None, None), "too few to tell", ("is 1.00 in both", "", "To be more certain")),
    ],
)
def test_words_for_two_regression_runs(
    a: float, b: float, ends: tuple[Any, Any], verdict: str, texts: tuple[str, str, str]
) -> None:
    more = {"mae_a": interval(a, 0, 9), "mae_b": interval(b, 0, 9), "difference": interval(b - a, *ends)}
    words = comparison_words.words(document(None, verdict=verdict, **more))
    for text, part in zip(texts, (words.headline, words.meaning, words.advice), strict=True):
        assert text in part


def test_no_photo_in_common() -> None:
    words = comparison_words.words(document(0, 0, common=0, verdict="no photo in common"))
    assert (words.badge, words.meaning) == ("No photo in common", "")
    assert "same folder" in words.advice


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "the same 153 photos"),
        ({"common": 131}, "A and B judged different photos: 131 in common"),
        ({"common": 150, "relabeled": 3}, "the same 150 photos; 3 photos with another label left out"),
    ],
)
def test_the_judged_photos_in_words(more: dict[str, int], words: str) -> None:
    assert comparison_words.photos_words(document(1, 1, **more)) == words


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "nearly every time"),
        (0.7, "more often than not"),
        (0.27, "about one time in four"),
        (0.04, "about one time in 25"),
        (1e-6, "less than one time in 1,000"),
    ],
)
def test_a_p_value_in_words(p: float, words: str) -> None:
    assert comparison_words.how_often(p) == words
    assert comparison_words.p_words(p).startswith("p")


def test_rows_of_facts_about_both_runs() -> None:
    values = {
        "trainable_parameters": (2562, 1020162),
        "cached_shape": ([1280], [192, 7, 7]),
        "seconds": (0.6, None),
        "device": ("cpu", "cuda:0"),
    }
    facts = [{"fact": key, "a": a, "b": b} for key, (a, b) in values.items()]
    assert comparison_words.fact_rows({"facts": facts}) == [
        ("Trainable weights", "2,562", "1,020,162"),
        ("Cached per photo", "1280", "192 × 7 × 7"),
        ("Time", "0.60\u202fs", "–"),
        ("Device", "cpu", "cuda:0"),
    ]


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [(-0.5, -0.1, False), (0.1, 0.5, False), (-0.1, 0.5, True), (0.0, 0.5, True), (-0.5, 0.0, True), (0.2, 3.0, False)],
)
def test_an_interval_of_numbers_holds_zero_from_end_to_end(low: float, high: float, holds: bool) -> None:
    found = document(None, mae_a=interval(2.0, 1.0, 3.0), mae_b=interval(2.1, 1.0, 3.0), verdict="within noise")
    words = comparison_words.words(found | {"difference": interval(0.1, low, high)})
    assert ("does not" in words.meaning) != holds


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "nearly every time"),
        (0.76, "nearly every time"),
        (0.75, "more often than not"),
        (0.61, "more often than not"),
        (0.6, "about one time in two"),
        (0.25, "about one time in four"),
        (0.001, "about one time in 1,000"),
        (0.0009, "less than one time in 1,000"),
    ],
)
def test_a_p_value_as_a_frequency(p: float, words: str) -> None:
    assert comparison_words.how_often(p) == words
    assert comparison_words.p_words(p) == ("p < 0.001" if p < 0.001 else f"p = {p:.2g}")


def test_the_photos_are_the_same_only_if_none_is_left_out_and_both_judged_equally_many() -> None:
    for facts, different in (
        ({}, False),
        ({"photos_a": 154}, True),
        ({"photos_b": 154}, True),
        ({"relabeled": 3, "common": 150}, False),
        ({"relabeled": 3}, True),
    ):
        assert comparison_words.are_different(document(1, 1, **facts)) == different, facts


@pytest.mark.parametrize(
    ("seconds", "advice"),
    [
        ((1.0, 2.9), "Keep either."),
        ((1.0, 3.0), "An epoch of B takes 3.0 times as long"),
        ((2.9, 1.0), "Keep either."),
        ((3.0, 1.0), "An epoch of A takes 3.0 times as long"),
        ((0.0, 9.0), "Keep either."),
        ((9.0, 0.0), "Keep either."),
    ],
)
def test_three_times_as_long_is_costly(seconds: tuple[float, float], advice: str) -> None:
    assert comparison_words.words(document(0, 0, seconds)).advice.startswith(advice)


@pytest.mark.parametrize(
    ("differ", "advice"),
    [
        ([], "Keep either."),
        (["train.seed", "dataset.seed", "train.result"], "Keep either."),
        (["train.seed", "train.batch_size"], "An epoch of B takes 9.0 times as long"),
    ],
)
def test_runs_that_compute_the_same_are_not_called_slow(differ: list[str], advice: str) -> None:
    settings = [{"setting": name, "a": 1, "b": 2} for name in differ]
    assert comparison_words.words(document(0, 0, (1.0, 9.0), settings=settings)).advice.startswith(advice)


@pytest.mark.parametrize(("times", "words"), [(2, "two"), (9, "nine"), (10, "ten"), (11, "11"), (12, "12")])
def test_frequencies_up_to_ten_are_words(times: int, words: str) -> None:
    assert comparison_words.how_often(1 / times) == f"about one time in {words}"


def test_values_of_facts_and_the_number_of_epochs_that_a_setting_says() -> None:
    facts = [
        {"fact": "epochs", "a": 5, "b": 8},
        {"fact": "cached", "a": "", "b": "features"},
        {"fact": "photos", "a": 0, "b": 1200},
        {"fact": "seconds_per_epoch", "a": 0.5, "b": 2},
    ]
    rows = comparison_words.fact_rows({"facts": facts})
    assert rows[0] == ("Epochs done", "5", "8")
    assert rows[1:3] == [("Cached", "–", "features"), ("Photos", "0", "1,200")]
    assert rows[3][1:] == ("0.50\u202fs", comparison_words._fact("seconds", 2.0))
    settings = [{"setting": "train.epochs", "a": 5, "b": 8}]
    assert comparison_words.fact_rows({"facts": facts, "settings": settings}) == rows[1:]
    settings = [{"setting": "train.epochs", "a": 9, "b": 9}]
    assert comparison_words.fact_rows({"facts": facts, "settings": settings}) == rows
