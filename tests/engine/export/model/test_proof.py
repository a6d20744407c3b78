"""A file passes only if it gives the answers of the studio."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tiny import finish

from studio.engine.export.model import proof
from studio.events import ImagePrediction, Progress
from studio.jobs import processes
from studio.jobs.protocol import Interrupted, never

CLASSES = ("ants", "bees", "цветы")
SHARES = [(0.7, 0.2, 0.1), (0.1, 0.85, 0.05), (0.3, 0.3, 0.4), (0.25, 0.55, 0.2)]


def predictions(**more) -> list[ImagePrediction]:
    return [
        ImagePrediction(f"{number}.jpg", shares, CLASSES[shares.index(max(shares))], **more)
        for number, shares in enumerate(SHARES)
    ]


def answers(shares=SHARES, **more) -> list[dict]:
    return [
        {
            "photo": f"{number}.jpg",
            "class": CLASSES[row.index(max(row))],
            "sure": True,
            "probabilities": dict(zip(CLASSES, row, strict=True)),
            "seconds": 0.01,
            **more,
        }
        for number, row in enumerate(shares)
    ]


def compared(expected, got, precision="float32", target="", **more):
    limits = proof.limits(precision, expected, target)
    return proof.compare(expected, got, CLASSES, limits, target, has_rule=False, **more)


def changed(number: int, row: tuple[float, ...]) -> list[dict]:
    return answers([row if place == number else shares for place, shares in enumerate(SHARES)])


def test_equal_answers_pass():
    result = compared(predictions(), answers())
    assert (result.passed, result.photos, result.same_class, result.largest_difference) == (True, 4, 4, 0)
    assert result.first is None
    assert result.photos_per_second == pytest.approx(100)


def test_another_class_does_not_pass_and_is_named():
    result = compared(predictions(), changed(2, (0.41, 0.3, 0.29)))
    assert not result.passed
    assert result.same_class == 3
    assert result.first is not None
    assert (result.first.photo, result.first.expected, result.first.got) == ("2.jpg", "цветы", "ants")
    assert result.first.difference == pytest.approx(0.11)


def test_another_probability_does_not_pass():
    result = compared(predictions(), changed(1, (0.102, 0.848, 0.05)))
    assert not result.passed
    assert result.same_class == 4
    assert result.first is not None
    assert result.first.why == "another probability"
    assert compared(predictions(), changed(1, (0.102, 0.848, 0.05)), "float16").passed


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_photo_without_answer_does_not_pass(precision):
    got = answers()
    got[3] = {"photo": "3.jpg", "error": "cannot identify image file"}
    result = compared(predictions(), got, precision)
    assert not result.passed
    assert result.first is not None
    assert result.first.got == "cannot identify image file"


def test_photos_that_plain_pillow_refuses_are_left_out():
    got = answers()
    got[1] = {"photo": "1.jpg", "error": "image file is truncated", "unreadable": True}
    assert proof.read_alone(got) == [0, 2, 3]
    got[2] = {"photo": "2.jpg", "error": "out of memory"}  # in the network: it stays, and does not pass
    assert proof.read_alone(got) == [0, 2, 3]
    assert proof.read_alone(got[1:2]) == [0]


def test_not_a_number_does_not_pass():
    nan = float("nan")
    assert not compared(predictions(), changed(0, (nan, nan, nan))).passed
    numbers = [ImagePrediction("a", (), "", 3.0), ImagePrediction("b", (), "", 5.0)]
    result = compared(numbers, [{"value": nan}, {"value": 5.0}], target="age")
    assert not result.passed
    assert math.isfinite(result.largest_difference)  # JSON has no other numbers
    assert proof.scores({"value": nan}, "age") == {}
    assert proof.scores({"value": 2.0}, "age") == {"age": 2.0}


def test_other_answers_by_thresholds_do_not_pass():
    result = compared(predictions(), answers(sure=False))
    assert not result.passed
    assert result.same_class == 4
    assert result.first is not None
    assert "thresholds" in result.first.why


def test_a_photo_at_a_threshold_may_fall_on_either_side():
    got = answers()
    got[3]["sure"] = False
    assert not compared(predictions(), got, least={"bees": 0.7}).passed
    assert compared(predictions(), got, least={"bees": 0.5504}).passed


def test_a_photo_at_the_least_confidence_may_be_answered_or_not():
    """Also where its class has a threshold; and a probability that is not the highest one does not matter."""
    got = answers()
    got[3]["sure"] = False
    assert compared(predictions(), got, least={"bees": 0.3}, least_confidence=0.5504).passed
    assert not compared(predictions(), got, least={"bees": 0.3}, least_confidence=0.2504).passed


def test_the_golden_photo_must_have_its_scores():
    def difference(row, precision="float32"):
        expected = predictions()
        limits = proof.limits(precision, expected, "")
        return proof.golden_difference(expected[3], answers([row])[0], CLASSES, limits, "")

    assert difference(SHARES[3]) is None
    assert difference((0.25, 0.545, 0.205)).difference == pytest.approx(0.005)
    assert difference((0.25, 0.545, 0.205), "float16") is None
    assert difference((0.9, 0.05, 0.05), "int8") is None
    limits = proof.limits("int8", predictions(), "")
    found = proof.golden_difference(predictions()[0], {"error": "no memory"}, CLASSES, limits, "")
    assert (found.photo, found.got, found.why) == ("the golden photo", "no memory", "no answer")


def test_unlike_photos_must_be_the_same():
    expected = predictions(unlike=False, distance=0.5)
    assert compared(expected, answers(unlike=False, distance=0.5)).unlike_same == 4
    assert not compared(expected, answers(unlike=True, distance=1.2)).passed
    limit = predictions(unlike=False, distance=1.0)
    assert compared(limit, answers(unlike=True, distance=1.0000001)).passed
    assert compared(predictions(), answers()).unlike_same is None


def test_int8_may_differ_on_a_few_photos():
    assert compared(predictions(), changed(2, (0.5, 0.3, 0.2)), "int8").passed
    two = answers([(0.2, 0.7, 0.1), (0.6, 0.3, 0.1), *SHARES[2:]])
    assert not compared(predictions(), two, "int8").passed


def test_predicted_numbers_are_compared_relative_to_their_spread():
    expected = [ImagePrediction(str(place), (), "", float(place)) for place in range(100)]
    near = [{"value": place + 0.01} for place in range(100)]
    assert compared(expected, near, target="age").passed
    assert not compared(expected, [{"value": place + 1.0} for place in range(100)], target="age").passed


SCRIPT = """
import json, sys
try:
    import studio
except ImportError:
    studio = None
for path in json.load(sys.stdin):
    print(json.dumps({"photo": path, "studio": studio is not None}), flush=True)
"""


def test_the_program_runs_without_the_studio(tmp_path: Path):
    script = tmp_path / "s.py"
    script.write_text(SCRIPT)
    events, got = finish(proof.answers(script, ["a", "b"], never))
    assert got == [{"photo": "a", "studio": False}, {"photo": "b", "studio": False}]
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert (last.done, last.total) == (2, 2)


def test_missing_answers_have_a_reason(tmp_path: Path):
    script = tmp_path / "s.py"
    script.write_text("print('{\"photo\": \"a\"}'); raise SystemExit('out of luck')")
    got = finish(proof.answers(script, ["a", "b"], never))[1]
    assert got == [{"photo": "a"}, {"photo": "b", "error": "out of luck"}]


def test_stop_ends_the_process(tmp_path: Path):
    script = tmp_path / "s.py"
    script.write_text("import time\nwhile True: time.sleep(1)")
    asked = iter([False, False, True])
    with pytest.raises(Interrupted):
        list(processes.lines([str(script)], "", lambda: next(asked), with_studio=False))
