"""Output of `thaw evaluate` and `thaw compare`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.cli.evaluation import photo_lists
from studio.commands.evaluation import evaluation
from studio.events import RunEvaluated, RunsCompared
from studio.events.split import PART_WORDS
from studio.formatting.numbers import figures, plain, plain_percent
from studio.jobs.protocol import Work
from studio.reports import values
from studio.reports.values import SHARES, metric_name
from studio.system.output import say, say_json, say_table

MOST_CLASSES = 40
"""Largest number of classes that are shown; of more, those with the lowest F1."""


def evaluate(options: argparse.Namespace) -> int:
    """Print the evaluation of a run."""
    work = evaluation.evaluate(
        options.run,
        options.part,
        options.epoch,
        options.data,
        options.device,
        options.quick,
        options.threshold,
        tables=options.slices,
    )
    return _say_result(work, options.json, _say_evaluation)


def compare(options: argparse.Namespace) -> int:
    """Print the comparison of two runs."""
    work = evaluation.compare(options.a, options.b, options.part, options.device)
    return _say_result(work, options.json, _say_comparison)


def _say_result(work: Work, as_json: bool, say_document: Callable[[Mapping[str, Any]], None]) -> int:
    event = next(event for event in progress.drain(work) if isinstance(event, RunEvaluated | RunsCompared))
    if as_json:
        say_json(event.document)
    else:
        say_document(event.document)
    return 0


def _say_evaluation(document: Mapping[str, Any]) -> None:
    say(_title(document))
    verdict = document["verdict"]
    say(f"{verdict['word']}.")
    for reason in verdict["reasons"]:
        say(f"  {reason['text']}")
    say()
    rows = [[metric_name(key), *_numbers(key, one)] for key, one in document["metrics"].items()]
    say_table([["METRIC", "VALUE", "95 % INTERVAL", "PHOTOS"], *rows], right={1, 3})
    if document["per_class"]:
        say()
        _say_classes(document["per_class"])
        _say_confusion(document["confusion"])
    _say_calibration(document["calibration"])
    _say_abstention(document["abstention"])
    _say_thresholds(document["threshold"])
    _say_decision(document["decision"])
    _say_probe(document["probe"])
    _say_slices(document)
    photo_lists.say_pairs(document.get("leakage") or ())
    photo_lists.say_unlike(document["unlike"])
    photo_lists.say_photos(document)


def _title(document: Mapping[str, Any]) -> str:
    part = PART_WORDS[document["part"]]
    return f"{document['name']}, {document['epoch_words']}: {document['photos']:,} {part} photos"


def _say_classes(rows: list[Mapping[str, Any]]) -> None:
    shown = rows
    if len(rows) > MOST_CLASSES:
        shown = sorted(rows, key=lambda row: float(row["f1"]["value"]))[:MOST_CLASSES]
        say(f"The {MOST_CLASSES} classes with the lowest F1 of {len(rows):,}:")
    table = [
        [
            row["name"],
            f"{row['support']:,}",
            *(plain_percent(row[key]["value"]) for key in ("precision", "recall", "f1")),
            _range(row["recall"], True),
            row["note"],
        ]
        for row in shown
    ]
    header = ["CLASS", "PHOTOS", "PRECISION", "RECALL", "F1", "RECALL 95 %", ""]
    say_table([header, *table], right={1, 2, 3, 4})


def _say_confusion(confusion: Mapping[str, Any]) -> None:
    names, counts = confusion["classes"], confusion["counts"]
    pairs = [
        (count, f"{names[true]} → {names[predicted]}")
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if true != predicted and count
    ]
    if not pairs:
        return
    say()
    say("Most confused (true → predicted):")
    for count, words in sorted(pairs, key=lambda pair: -pair[0])[: photo_lists.MOST_ROWS]:
        say(f"  {words}: {count:,}")


def _chosen_on(part: str) -> str:
    return "judged by cross-fit" if part == "cross-fit" else f"chosen on the {PART_WORDS[part]} photos"


def _say_calibration(calibration: Mapping[str, Any] | None) -> None:
    if calibration is None:
        return
    say()
    say(
        f"Calibration error {calibration['error']:.3f} (15 bins); with the temperature "
        f"{calibration['temperature']:.3g}, {_chosen_on(calibration['fitted_on'])}, {calibration['scaled_error']:.3f}"
    )


def _say_abstention(abstention: Mapping[str, Any] | None) -> None:
    if not abstention or not abstention["answered"]:
        return
    say()
    say("Accuracy where the most doubtful photos stay unanswered:")
    rows = [
        [
            f"  {plain_percent(row['coverage'], 0)} answered",
            f"from {row['confidence']:.2f}",
            _value("accuracy", row["accuracy"]),
        ]
        for row in abstention["answered"]
    ]
    say_table([list(row) for row in dict.fromkeys(map(tuple, rows))])


def _say_thresholds(thresholds: Mapping[str, Any] | None) -> None:
    if thresholds is None or len(thresholds["classes"]) > photo_lists.MOST_ROWS:
        return
    say()
    say(f"Thresholds by {thresholds['rule']}, {_chosen_on(thresholds['chosen_on'])}:")
    rows = [
        [
            f"  {row['class']}",
            "none" if row["value"] is None else f"{row['value']:.3f}",
            *(_value("accuracy", row[key]) for key in ("precision", "recall")),
        ]
        for row in thresholds["classes"]
    ]
    say_table([["  CLASS", "THRESHOLD", "PRECISION", "RECALL"], *rows], right={1})
    say()
    say("Over all thresholds:")
    areas = [
        [f"  {row['class']}", *(_area(row[f"{key}_interval"]) for key in ("average_precision", "roc_area"))]
        for row in thresholds["classes"]
    ]
    say_table([["  CLASS", "AVERAGE PRECISION", "ROC AREA"], *areas])


def _area(one: Mapping[str, Any]) -> str:
    """An area under a curve with its interval; “–” if it is unknown."""
    return "–" if one["low"] is None else f"{one['value']:.3f} ({one['low']:.3f} – {one['high']:.3f})"


def _say_decision(decision: Mapping[str, Any] | None) -> None:
    if decision is None:
        return
    say()
    answered, accuracy = (_value("accuracy", decision[key]) for key in ("answered", "accuracy"))
    say(f"By the thresholds of “thaw threshold” ({decision['judged_by']}): answered {answered}, right {accuracy}")


def _say_probe(probe: Mapping[str, Any] | None) -> None:
    if not probe:
        return
    say()
    say("Quick probe, on the pretrained features:")
    say_table([[f"  {metric_name(key)}", *_numbers("accuracy", one)[:2]] for key, one in probe.items()], right={1})


def _say_slices(document: Mapping[str, Any]) -> None:
    metric = "mae" if document["target"] else "accuracy"
    whole = document["metrics"][metric]["value"]
    worse = [row for row in document["slices"] if (row["value"] > whole) == (metric == "mae") and row["value"] != whole]
    rows = [row for row in worse if not row["few"]][: photo_lists.MOST_ROWS]
    if not rows:
        return
    say()
    say(f"Slices with {'a larger error' if metric == 'mae' else 'a lower accuracy'} than all photos:")
    say_table([[f"  {row['by']}", row["slice"], *_numbers(metric, row)] for row in rows], right={2, 4})


def _say_comparison(document: Mapping[str, Any]) -> None:
    for name in "ab":
        say(f"{name.upper()}: {_title(document[name])}")
    common, of_a, of_b = document["common"], document["photos_a"], document["photos_b"]
    if not common == of_a == of_b:
        say(f"They judged different photos: {common:,} in common.")
    if document["relabeled"]:
        say(f"{document['relabeled']:,} photos with another label are left out.")
    say(document["words"])
    say()
    key, name = ("mae", "mean error") if document["fixed"] is None else ("accuracy", "accuracy")
    own = [_value(key, document[f"{key}_{side}"]) for side in "ab"]
    say_table([["", "A", "B", "B - A"], [name, *own, _difference(key, document["difference"])]])
    if document["fixed"] is not None:
        say()
        names = {"fixed": "fixed by B", "broken": "broken by B", "both_wrong": "both wrong", "both_right": "both right"}
        say(", ".join(f"{words} {document[key]:,}" for key, words in names.items()))
    say()
    say("Settings that differ:" if document["settings"] else "The settings are equal.")
    if document["settings"]:
        rows = [[row["setting"], _setting(row["a"]), _setting(row["b"])] for row in document["settings"]]
        say_table([["SETTING", "A", "B"], *rows])


def _numbers(key: str, one: Mapping[str, Any]) -> list[str]:
    share = key.endswith(SHARES)
    value = "–" if one["value"] is None else plain_percent(one["value"]) if share else figures(one["value"], 4)
    return [value, _range(one, share), f"{one['n']:,}"]


def _value(key: str, one: Mapping[str, Any]) -> str:
    """A value with its interval."""
    value, spread, _ = _numbers(key, one)
    return f"{value} ({spread})"


def _difference(key: str, one: Mapping[str, Any]) -> str:
    """A difference with its interval, as in the window and the report; differences of shares are in points."""
    return plain(f"{values.metric(one['value'], key, True)} ({values.interval(one, key, True)})")


def _range(one: Mapping[str, Any], share: bool) -> str:
    if one["low"] is None or one["high"] is None:
        return "unknown"
    low, high = (plain_percent(one[end]) if share else f"{one[end]:.4g}" for end in ("low", "high"))
    return f"{low} – {high}"


def _setting(value: Any) -> str:
    if isinstance(value, str) and "/" in value:
        return Path(value).name or value
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "–" if value in (None, "") else str(value)
