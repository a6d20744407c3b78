"""Lists of photos in the output of `thaw evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.formatting.numbers import figures, many, plain_percent
from studio.system.output import say

MOST_ROWS = 10
"""Largest number of rows of a list that are shown; `--json` has more."""


def say_photos(document: Mapping[str, Any]) -> None:
    """Print the hardest photos, those about which runs disagree, and the likely label errors."""
    target = document["target"]
    hard = [row for row in document["hardest"] if target or row["true"] != row["predicted"]][:MOST_ROWS]
    if hard:
        say()
        say("Hardest photos:")
    for row in hard:
        if target:
            say(f"  {row['path']}: {figures(row['true'])} → {figures(row['predicted'])}")
        else:
            say(f"  {row['path']}: {row['true']} → {row['predicted']} {row['probability']:.2f}")
    other = document.get("disagreement")
    if other and other["photos"]:
        say()
        say(f"Photos about which it and {many(len(other['runs']), 'other run')} disagree:")
        for row in other["photos"][:MOST_ROWS]:
            say(f"  {row['path']}: {row['true']}, predicted as {_votes(row['votes'])}")
    wrong, settled = document["label_errors"], len(document["label_errors_settled"])
    if wrong or settled:
        say()
        say(f"Labels that are likely wrong{_of(wrong)}:" if wrong else "All likely wrong labels are settled.")
    for row in wrong[:MOST_ROWS]:
        say(f"  {row['path']}: {row['label']}, rather {row['suggested']}")
    if settled:
        say(f"  Settled by your choices: {settled:,}.")


def _votes(votes: Mapping[str, int]) -> str:
    """“bees by 2 runs and ants by 1 run”; runs that predict the same class may differ in its probability."""
    if len(votes) == 1:
        return f"{next(iter(votes))} by all runs, with other probabilities"
    return " and ".join(f"{name} by {many(number, 'run')}" for name, number in votes.items())


def say_pairs(pairs: Sequence[Sequence[str]]) -> None:
    """Print the pairs of a training photo and a judged photo that show the same picture."""
    if not pairs:
        return
    say()
    say(f"Judged photos that show the same as a training photo (training photo = judged photo){_of(pairs)}:")
    for train, judged in pairs[:MOST_ROWS]:
        say(f"  {train} = {judged}")


def say_unlike(unlike: Mapping[str, Any] | None) -> None:
    """Print the photos that are unlike the training photos."""
    if unlike is None or not unlike["photos"]:
        return
    one = unlike["share"]
    spread = f"{plain_percent(one['low'])} – {plain_percent(one['high'])}"
    say()
    say(f"Photos unlike the training photos, {plain_percent(one['value'])} ({spread}), distance by limit:")
    for row in unlike["photos"][:MOST_ROWS]:
        say(f"  {row['path']}: {row['distance']:.2f}")


def _of(rows: Sequence[Any]) -> str:
    """Words after the title of a list that is shown in part."""
    return f", {MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else ""
