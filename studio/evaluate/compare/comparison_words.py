"""The comparison of two runs in words: the meaning of the numbers, and the next step.

Window and report use the same sentences. `document` is that of `thaw compare --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.events.split import PART_WORDS
from studio.formatting import numbers

COSTLY = 3.0
"""A run whose epochs take this many times as long as those of the other is called slow."""

SAME_WORK = ("train.seed", "train.result", "dataset.seed")
"""Settings that do not change what an epoch computes: where only these differ, the machine was busier."""

_COUNTS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

TONES: Mapping[str, str] = {"B is better": "good", "A is better": "bad", "the same": "muted"}
"""Color role of each verdict; that of all others is `caution`."""

FACT_NAMES: Mapping[str, str] = {
    "trainable_parameters": "Trainable weights",
    "cached": "Cached",
    "cached_shape": "Cached per photo",
    "device": "Device",
    "photos": "Photos",
    "epochs": "Epochs done",
    "seconds": "Time",
    "seconds_per_epoch": "Time per epoch",
}


@dataclass(frozen=True)
class Words:
    """The result of a comparison in words.

    Attributes:
        badge: Verdict in a few words.
        tone: Its color role: `good`, `bad`, `caution`, `muted`.
        headline: The main difference, one sentence.
        meaning: How certain that is, one sentence; "" where there is nothing to say.
        advice: The next step, one or two sentences.
    """

    badge: str
    tone: str
    headline: str
    meaning: str
    advice: str


def words(document: Mapping[str, Any]) -> Words:
    """The result of the comparison in words."""
    verdict = str(document["verdict"])
    badge, tone = verdict[0].upper() + verdict[1:], TONES.get(verdict, "caution")
    if not document["common"]:
        text = "A and B judged no photo in common, so that nothing can be compared."
        return Words(badge, tone, text, "", "Compare runs on the same folder and the same split.")
    if document["fixed"] is None:
        return Words(badge, tone, _headline_of_numbers(document), _meaning_of_numbers(document), _advice(document))
    return Words(badge, tone, _headline(document), _meaning(document), _advice(document))


def are_different(document: Mapping[str, Any]) -> bool:
    """True where one of the runs judged photos that the other did not."""
    common = document["common"] + document["relabeled"]
    return not common == document["photos_a"] == document["photos_b"]


def photos_words(document: Mapping[str, Any]) -> str:
    """The photos that the numbers are about: “the same 153 photos”, or how many the runs have in common."""
    common, left_out = document["common"], document["relabeled"]
    relabeled = f"; {numbers.many(left_out, 'photo')} with another label left out" if left_out else ""
    if not are_different(document):
        return f"the same {numbers.many(common, 'photo')}{relabeled}"
    return f"A and B judged different photos: {numbers.exact(common)} in common{relabeled}"


def how_often(p: float) -> str:
    """A p-value as a frequency: “about one time in four”."""
    if p > 0.75:
        return "nearly every time"
    if p > 0.6:
        return "more often than not"
    if p < 0.001:
        return f"less than one time in {numbers.exact(1000)}"
    times = round(1 / p)
    return f"about one time in {_COUNTS[times] if times < len(_COUNTS) else numbers.exact(times)}"


def p_words(p: float) -> str:
    """A p-value: “p = 0.27”, “p < 0.001”."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def fact_rows(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Facts that differ besides the settings: name, value in A, value in B."""
    said = [(row["a"], row["b"]) for row in document.get("settings", ()) if row["setting"] == "train.epochs"]
    return [
        (FACT_NAMES[row["fact"]], _fact(row["fact"], row["a"]), _fact(row["fact"], row["b"]))
        for row in document["facts"]
        if row["fact"] != "epochs" or (row["a"], row["b"]) not in said
    ]


def _fact(key: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if key.startswith("seconds"):
        return numbers.seconds(float(value))
    if key == "cached_shape":
        return numbers.shape(value)
    return numbers.exact(value) if isinstance(value, int) else str(value)


def _headline(document: Mapping[str, Any]) -> str:
    fixed, broken = document["fixed"], document["broken"]
    if not fixed and not broken:
        return "A and B are right about the same photos."
    if not broken:
        return f"B is right on {numbers.many(fixed, 'photo')} that A gets wrong, and loses none."
    if not fixed:
        return f"B is wrong on {numbers.many(broken, 'photo')} that A gets right, and gains none."
    return (
        f"B is right on {numbers.many(fixed, 'photo')} that A gets wrong, "
        f"and wrong on {numbers.exact(broken)} that A gets right."
    )


def _meaning(document: Mapping[str, Any]) -> str:
    if not document["fixed"] and not document["broken"]:
        return ""
    p = document["p_value"]
    return f"Equally good models would differ at least this much {how_often(p)} (McNemar, exact: {p_words(p)})."


def _headline_of_numbers(document: Mapping[str, Any]) -> str:
    a, b = document["mae_a"]["value"], document["mae_b"]["value"]
    if a == b:
        return f"The mean error is {numbers.figures(a)} in both."
    kind = "smaller" if b < a else "larger"
    return f"The mean error of B is {kind}: {numbers.figures(b)}, not {numbers.figures(a)}."


def _meaning_of_numbers(document: Mapping[str, Any]) -> str:
    one = document["difference"]
    if one["low"] is None:
        return ""
    low, high = (numbers.figures(one[end]) for end in ("low", "high"))
    inside = one["low"] <= 0 <= one["high"]
    kind = "which contains 0: it may be chance" if inside else "which does not contain 0"
    few = document.get("metrics", {}).get("mae", {}).get("note", "")
    return f"The difference is between {low} and {high} (95 % interval), {kind}.{f' {few}' if few else ''}"


def _advice(document: Mapping[str, Any]) -> str:
    verdict, cost = document["verdict"], _cost(document)
    if verdict in ("A is better", "B is better"):
        return f"Use {verdict[0]}." + (f" {cost[1]}" if cost is not None and verdict[0] == cost[0] else "")
    if verdict == "the same":
        return f"{cost[1]} Keep {_other(cost[0])}." if cost is not None else "Keep either."
    keep = f"{cost[1][:-1]}, so keep {_other(cost[0])} unless more photos say otherwise. " if cost is not None else ""
    return f"{keep}To be more certain, repeat both with other seeds, or add {PART_WORDS[document['part']]} photos."


def _other(side: str) -> str:
    return "A" if side == "B" else "B"


def _cost(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """The run whose epochs take far longer because of its settings, and a sentence about it; None without one."""
    if "settings" in document and all(row["setting"] in SAME_WORK for row in document["settings"]):
        return None
    row = next((one for one in document["facts"] if one["fact"] == "seconds_per_epoch"), None)
    if row is None or not row["a"] or not row["b"]:
        return None
    ratio = row["b"] / row["a"]
    if 1 / COSTLY < ratio < COSTLY:
        return None
    side, slow, fast = ("B", row["b"], row["a"]) if ratio > 1 else ("A", row["a"], row["b"])
    times = numbers.figures(max(ratio, 1 / ratio), 2)
    took = f"{numbers.seconds(slow)}, not {numbers.seconds(fast)}"
    return side, f"An epoch of {side} takes {times} times as long ({took})."
