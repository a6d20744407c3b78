from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from run_facts import curve, facts, reason_of, words

from studio.evaluate import verdict_rules as rules
from studio.evaluate import verdicts
from studio.evaluate.rules import baselines, classes, curves, splits
from studio.evaluate.verdict_facts import ScratchRun


def test_a_good_model() -> None:
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]]))
    assert (word, [reason.severity for reason in reasons]) == (verdicts.GOOD, ["good"])
    assert "94.5" in reasons[0].text


@pytest.mark.parametrize(
    ("matrix", "loss", "reason"),
    [
        ([[95, 5], [6, 94]], 0.6, "loss is 0.60"),
        ([[90, 10, 0], [0, 100, 0], [0, 20, 80]], 0.3, "precision of “bees” is 76.9"),
        ([[84, 16], [15, 85]], 0.3, "84.5"),
    ],
)
def test_a_model_that_is_not_good_has_reasons(matrix: list[list[int]], loss: float, reason: str) -> None:
    word, reasons = rules.verdict(facts(matrix, loss))
    assert word in (verdicts.FAIR, verdicts.WEAK_CLASS)
    assert reason in reasons[-1].text


def test_a_good_model_stays_good_where_the_loss_still_falls() -> None:
    good = facts([[95, 5], [6, 94]], epochs=curve(0.9, 0.7, 0.5, 0.3))
    assert words(good) == [verdicts.GOOD, curves.RATE_TOO_LOW]


def test_results_on_training_photos_prove_nothing() -> None:
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]], photos=splits.TRAINING_PHOTOS))
    assert (word, reasons[1].rule) == (splits.TRAINED_ON, verdicts.GOOD)


def test_the_accuracy_paradox_is_the_first_and_most_severe_reason() -> None:
    # 98 % accuracy, with 12 % recall of the class that matters.
    word, reasons = rules.verdict(facts([[974, 1], [22, 3]]))
    assert (word, reasons[0].severity, reasons[0].classes) == (classes.PARADOX, "bad", (1,))
    assert "only 3 of 25 of “bees”" in reasons[0].text
    assert "Always predicting “ants” would reach 97.5" in reasons[0].text
    assert len(reasons[0].photos) == 22


def test_low_recall_of_a_common_class_is_a_poor_class_and_no_paradox() -> None:
    assert words(facts([[50, 0, 0], [0, 50, 0], [10, 20, 20]]))[0] == classes.POOR_CLASS


def test_one_photo_of_one_of_many_classes_is_no_paradox() -> None:
    matrix = np.diag([3] * 40)
    matrix[7] = 0
    matrix[7, 8] = 1
    assert classes.PARADOX not in words(facts(matrix.tolist()))
    rare = np.diag([100, 100, 100, 0])
    rare[3, 0] = 8
    reason = rules.verdict(facts(rare.tolist()))[1][0]
    assert reason.rule == classes.PARADOX
    assert "Always" not in reason.text, "a third is no high accuracy"


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[26, 24], [25, 25]], True),
        ([[98, 2], [10, 0]], True),
        ([[45, 5], [5, 45]], False),
        ([[135, 2], [3, 12]], False),
        ([[3, 0], [0, 3]], False),
        ([[5, 3], [0, 8]], False),
        ([[5, 3], [2, 6]], True),
    ],
)
def test_near_chance(matrix: list[list[int]], expected: bool) -> None:
    assert (verdicts.NEAR_CHANCE in words(facts(matrix))) is expected


def test_a_poor_class() -> None:
    found = facts([[50, 0, 0], [0, 50, 0], [15, 20, 15]])
    reason = next(one for one in rules.verdict(found)[1] if one.rule == classes.POOR_CLASS)
    assert reason.classes == (2,)
    assert len(reason.photos) == 35
    assert "recall of 30" in reason.text


def test_a_class_of_a_few_photos_is_neither_weak_nor_poor_unless_surely_so() -> None:
    few = facts([[100, 0], [1, 1]])
    assert not {verdicts.WEAK_CLASS, classes.POOR_CLASS} & set(words(few))
    assert verdicts.TOO_FEW in words(few)
    assert classes.POOR_CLASS not in words(facts([[100, 0, 0], [0, 100, 0], [0, 2, 1]]))
    assert classes.POOR_CLASS in words(facts([[100, 0, 0], [0, 100, 0], [0, 9, 0]]))


def test_few_photos_are_named() -> None:
    assert verdicts.TOO_FEW in words(facts([[3, 0], [0, 3]]))
    reason = next(one for one in rules.verdict(facts([[300, 0], [0, 3]]))[1] if one.rule == verdicts.TOO_FEW)
    assert "“bees” is judged by only 3 photos" in reason.text
    assert reason.classes == (1,)


def test_overfitting_by_accuracy_or_by_loss() -> None:
    matrix = [[85, 15], [10, 90]]
    assert verdicts.OVERFITTING in words(facts(matrix, train_accuracy=1.0))
    assert verdicts.OVERFITTING not in words(facts(matrix, train_accuracy=0.9))
    few = [[2, 6], [5, 3]]  # 31.2 %, by chance anything from 14 to 56 %
    assert verdicts.OVERFITTING not in words(facts(few, train_accuracy=0.426, all_frozen=True))
    assert verdicts.OVERFITTING in words(facts(few, train_accuracy=0.9))
    assert verdicts.OVERFITTING in words(facts(matrix, epochs=curve(0.5, 0.4, 0.5, 0.6, 0.7)))
    assert verdicts.OVERFITTING not in words(facts(matrix, epochs=curve(0.5, 0.4, 0.3)))


@pytest.mark.parametrize("matrix", [[[50, 0], [50, 0]], [[5, 45], [40, 10]], [[99, 1], [4, 96]]])
def test_the_report_of_an_epoch_and_the_evaluation_have_the_same_word(matrix: list[list[int]]) -> None:
    found = facts(matrix)
    rows = [one.in_report for one in found.classes]
    accuracy = found.accuracy
    word, _ = verdicts.judge(accuracy.value, (accuracy.low, accuracy.high), rows)
    assert word == rules.verdict(found)[0]
    assert word == verdicts.FAIR or verdicts.FAIR not in words(found)


def test_a_run_below_the_probe() -> None:
    found = facts([[80, 20], [20, 80]])
    better = found.labels.copy()
    better[:5] = 1
    worse_run = facts([[80, 20], [20, 80]], probe=("kNN", better))
    reason = next(one for one in rules.verdict(worse_run)[1] if one.rule == baselines.BELOW_PROBE)
    assert "kNN on the pretrained features" in reason.text
    assert not found.right[list(reason.photos)].any()
    assert baselines.BELOW_PROBE not in words(facts([[80, 20], [20, 80]], probe=("kNN", found.predicted)))


def test_underfitting_with_all_layers_frozen() -> None:
    matrix = [[65, 35], [35, 65]]
    assert curves.UNDERFITTING in words(facts(matrix, train_accuracy=0.68, all_frozen=True))
    assert curves.UNDERFITTING not in words(facts(matrix, train_accuracy=0.68))
    assert curves.UNDERFITTING not in words(facts(matrix, train_accuracy=0.99, all_frozen=True))
    assert curves.UNDERFITTING in words(facts(matrix, train_accuracy=0.849, all_frozen=True))
    assert curves.UNDERFITTING not in words(facts(matrix, train_accuracy=0.85, all_frozen=True)), "that is good"
    good = facts([[85, 15], [15, 85]], train_accuracy=0.8, all_frozen=True)
    assert curves.UNDERFITTING not in words(good)


def test_copies_of_training_photos_are_leakage() -> None:
    few = facts([[95, 5], [6, 94]], leaked=(3, 3, 7))
    assert rules.verdict(few)[0] == verdicts.GOOD, "two of 200 change nothing"
    reason = reason_of(splits.LEAKAGE, few)
    assert (reason.photos, reason.evidence, reason.severity) == ((3, 7), "pairs", "caution")
    assert "2 validation photos show the same as a training photo" in reason.text
    assert "Without them, 94.4" in reason.text
    word, reasons = rules.verdict(facts([[95, 5], [6, 94]], leaked=tuple(range(20))))
    assert (word, reasons[0].severity) == (splits.LEAKAGE, "bad")
    assert splits.LEAKAGE not in words(facts([[95, 5], [6, 94]]))
    assert (
        "1 test photo shows"
        in reason_of(splits.LEAKAGE, facts([[1, 0], [0, 1]], leaked=[0], photos="test photos")).text
    )


def test_nothing_is_right_without_the_copies_where_all_photos_are_copies() -> None:
    text = reason_of(splits.LEAKAGE, facts([[1, 0], [0, 1]], leaked=(0, 1))).text
    assert text.startswith("2 ")
    assert "Without" not in text


@pytest.mark.parametrize(
    ("better", "worse", "rule"),
    [(30, 5, ""), (5, 30, baselines.BELOW_SCRATCH), (8, 7, baselines.AS_SCRATCH), (0, 0, baselines.AS_SCRATCH)],
)
def test_a_run_from_scratch_is_the_baseline(better: int, worse: int, rule: str) -> None:
    other = ScratchRun("/runs/2", "2", better, worse, 150, 200)
    found = facts([[95, 5], [6, 94]], scratch=other)
    assert [one for one in words(found) if one in (baselines.BELOW_SCRATCH, baselines.AS_SCRATCH)] == (
        [rule] if rule else []
    )
    if rule:
        assert (reason_of(rule, found).run, reason_of(rule, found).evidence) == ("/runs/2", "run")
        assert "75" in reason_of(rule, found).text
    assert (rules.verdict(found)[0] == verdicts.GOOD) is (rule != baselines.BELOW_SCRATCH)


def test_thawed_layers_that_bring_nothing_over_the_probe() -> None:
    found = facts([[95, 5], [6, 94]])
    same = facts([[95, 5], [6, 94]], probe=("kNN", found.predicted))
    assert baselines.AS_PROBE in words(same)
    assert rules.verdict(same)[0] == verdicts.GOOD
    frozen = facts([[95, 5], [6, 94]], probe=("kNN", found.predicted), all_frozen=True)
    assert baselines.AS_PROBE not in words(frozen), "a head on frozen features is a probe itself"
    poor = np.zeros(200, int)
    assert baselines.AS_PROBE not in words(facts([[95, 5], [6, 94]], probe=("kNN", poor)))


def test_underfitting_with_all_layers_frozen_proposes_to_thaw() -> None:
    found = facts([[65, 35], [35, 65]], train_accuracy=0.68, all_frozen=True)
    assert reason_of(curves.UNDERFITTING, found).proposal == "thaw_last_block"


@pytest.mark.parametrize("matrix", [[[0, 0], [0, 0]], [[5, 0], [0, 0]], [[0, 5], [0, 0]], [[1, 0], [0, 0]]])
def test_degenerate_parts_have_a_verdict(matrix: list[list[int]]) -> None:
    word, reasons = rules.verdict(facts(matrix))
    assert word
    assert all(reason.text for reason in reasons)


def test_reasons_name_the_judged_part() -> None:
    for reason in rules.verdict(facts([[3, 1], [1, 2]], photos="test photos", train_accuracy=1.0))[1]:
        assert "validation" not in reason.text


@pytest.mark.parametrize(("number", "words"), [(0, ""), (1, "Another run or epoch was"), (1200, "1,200 other runs")])
def test_test_photos_that_other_runs_were_judged_on(number: int, words: str) -> None:
    found = facts([[95, 5], [6, 94]], photos="test photos", test_judgments=number)
    texts = [reason.text for reason in rules.verdict(found)[1] if reason.rule == splits.TESTED_BEFORE]
    assert len(texts) == (number > 0)
    assert words in "".join(texts)


@pytest.mark.parametrize(
    ("repeats", "others", "words"),
    [
        (1, 0, "photos once before"),
        (2, 0, "photos twice before"),
        (5, 0, "photos 5 times before"),
        (5, 1, "Another run"),
    ],
)
def test_the_same_run_and_epoch_judged_again(repeats: int, others: int, words: str) -> None:
    found = facts([[95, 5], [6, 94]], photos="test photos", test_judgments=others, test_repeats=repeats)
    (text,) = [reason.text for reason in rules.verdict(found)[1] if reason.rule == splits.TESTED_BEFORE]
    assert words in text


def test_a_few_photos_more_from_scratch_are_chance() -> None:
    other = ScratchRun("/runs/2", "2", 7, 9, 150, 200)
    assert baselines.BELOW_SCRATCH not in words(facts([[95, 5], [6, 94]], scratch=other))


@pytest.mark.parametrize(("all_frozen", "expected"), [(True, (True, True, False)), (False, (True, False, False))])
def test_thawing_is_advised_unless_a_frozen_probe_is_as_good_or_better(all_frozen, expected) -> None:
    one = facts([[80, 20], [20, 80]], all_frozen=all_frozen)
    assert one.thawing_helps, "no probe"
    worse, better = np.zeros_like(one.labels), one.labels
    found = []
    for predicted, side in ((worse, 1), (one.predicted, 0), (better, -1)):
        beside = replace(one, probe=("centroid", predicted))
        assert beside.against_probe[0] == side
        found.append(beside.thawing_helps)
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("matrix", "hidden"),
    [
        ([[745, 155], [51, 49]], True),
        ([[731, 169], [51, 49]], False),  # 78 % and 49 %: less than 30 points apart
        ([[290, 10], [60, 40]], True),
        ([[290, 10], [61, 40]], False),  # more than a quarter of the photos: not rare
        ([[870, 30], [50, 50]], False),  # half of them found
        ([[99, 1], [1, 0]], True),
        ([[100, 0]], False),
        ([[660, 240], [60, 40]], False),  # an accuracy of 70 % hides nothing
    ],
)
def test_when_an_accuracy_hides_a_class(matrix: list[list[int]], hidden: bool) -> None:
    square = matrix if len(matrix) > 1 else [[100, 0], [0, 0]]
    found = classes.paradox(facts(square))
    assert (found is not None) == hidden
    if found is not None:
        assert found.classes == (1,)
        assert f"{square[1][1]} of {sum(square[1])} of “bees”" in found.text


def test_with_few_photos_of_other_classes_nothing_is_near_chance_unless_it_is_chance() -> None:
    for matrix, words_of in (
        ([[10, 0], [3, 0]], "is no better than always predicting “ants” (76.9"),
        ([[10, 0], [2, 1]], ""),
        ([[100, 0], [20, 1]], "cannot be distinguished from always"),
        ([[100, 0], [10, 11]], ""),
        ([[10, 0], [0, 0]], ""),
    ):
        found = classes.near_chance(facts(matrix))
        assert (found is not None) == bool(words_of), matrix
        assert found is None or words_of in found.text


def test_the_weak_class_that_is_named_is_the_one_whose_photos_are_shown() -> None:
    found = classes.weak_class(facts([[100, 0, 0], [0, 100, 0], [0, 45, 55]]))
    assert found is not None
    assert "“wasps”" in found.text
    assert found.classes == (2,)
    assert len(found.photos) == 45


def test_where_a_result_is_good() -> None:
    for loss, name in ((0.49, verdicts.GOOD), (0.5, verdicts.FAIR), (0.51, verdicts.FAIR)):
        assert classes.fair_or_good(facts([[95, 5], [6, 94]], loss)).rule == name
        scores = [one.in_report for one in facts([[95, 5], [6, 94]]).classes]
        assert verdicts.judge(0.945, (0.9, 0.97), scores, loss=loss)[0] == name
    assert classes.fair_or_good(facts([[85, 15], [15, 85]])).rule == verdicts.FAIR, "85 % is not above 85 %"
    assert classes.fair_or_good(facts([[86, 14], [14, 86]])).rule == verdicts.GOOD
    assert classes.fair_or_good(facts([[80, 20], [0, 100]])).rule == verdicts.FAIR, "a recall of 80 %"
    assert classes.fair_or_good(facts([[81, 19], [0, 100]])).rule == verdicts.GOOD


@pytest.mark.parametrize(("copies", "severe"), [(9, False), (10, True), (11, True)])
def test_many_copies_make_the_metrics_unreliable(copies: int, severe: bool) -> None:
    photos = round(10 / splits.MANY_LEAKED)
    found = facts([[photos, 0], [0, 0]], leaked=tuple(range(copies)) * 2)
    assert (splits.leakage(found) is not None) == severe
    assert (splits.some_leakage(found) is not None) != severe


def test_a_run_below_the_probe_says_how_good_the_probe_is() -> None:
    found = facts([[80, 20], [20, 80]])
    probe = facts([[80, 20], [20, 80]], probe=("kNN", np.where(np.arange(200) < 5, 1, found.labels)))
    reason = baselines.below_probe(probe)
    assert reason is not None
    assert f"is right about {verdicts.percent(0.975)}" in reason.text
    assert f"the run about {verdicts.percent(0.8)}" in reason.text
    assert len(reason.photos) == 40, "those that the probe gets right and the run does not"


def test_the_other_classes_with_few_photos_are_counted() -> None:
    one = classes.too_few(facts([[100, 0, 0], [0, 100, 0], [0, 0, 9]]))
    assert one is not None
    assert "“wasps” is judged by only 9 photos:" in one.text
    two = classes.too_few(facts([[100, 0, 0], [0, 1, 0], [0, 0, 9]]))
    assert two is not None
    assert "“bees” is judged by only 1 photo, and 1 more has under 10:" in two.text
    assert classes.too_few(facts([[100, 0], [0, 10]])) is None


@pytest.mark.parametrize(
    ("classes_below", "words"), [(1, ""), (2, ", and 1 more is below 50"), (3, ", and 2 more are below 50")]
)
def test_the_other_poor_classes_are_counted(classes_below: int, words: str) -> None:
    matrix = np.diag([100] * 8)
    for label in range(classes_below):
        matrix[label, label], matrix[label, 7] = 40, 60
        matrix[7, 7] = 1000
    found = classes.poor_class(facts(matrix.tolist()))
    assert found is not None
    assert len(found.classes) == classes_below
    assert words in found.text
    assert "more" not in found.text.split(". Look")[0] or words


def test_a_run_as_good_as_the_probe_says_how_good_the_probe_is() -> None:
    found = facts([[95, 5], [6, 94]])
    reason = baselines.as_probe(facts([[95, 5], [6, 94]], probe=("kNN", found.predicted)))
    assert reason is not None
    assert f"is right about {verdicts.percent(0.945)} of the validation photos, as good within noise" in reason.text
