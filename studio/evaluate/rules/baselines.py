"""Rules of the verdict on the comparison with a run from scratch and with the best quick probe."""

from __future__ import annotations

from studio.evaluate import verdicts
from studio.evaluate.compare import comparison
from studio.evaluate.epochs import curve_rules
from studio.evaluate.verdict_facts import Facts, Reason
from studio.formatting.numbers import strict_percent as percent

BELOW_SCRATCH = "Below from scratch"
AS_SCRATCH = "As from scratch"
BELOW_PROBE = "Below the quick probe"
AS_PROBE = "As the quick probe"


def below_scratch(facts: Facts) -> Reason | None:
    """Significantly worse than a run with random weights on the same photos."""
    other = facts.scratch
    if other is None:
        return None
    side, p = comparison.side(other.better, other.worse)
    if side >= 0:
        return None
    text = (
        f"A run from scratch ({other.name}) is right about {percent(other.right / other.photos)} of the same "
        f"{other.photos:,} {facts.photos}, more than this one (p = {p:.2g}): the pretrained weights do not fit these "
        "photos, or the settings do not."
    )
    return Reason(BELOW_SCRATCH, "bad", text, evidence="run", run=other.run)


def as_scratch(facts: Facts) -> Reason | None:
    """Neither significantly better nor worse than a run with random weights on the same photos."""
    other = facts.scratch
    if other is None:
        return None
    side, p = comparison.side(other.better, other.worse)
    if side:
        return None
    text = (
        f"A run from scratch ({other.name}) is right about {percent(other.right / other.photos)} of the same "
        f"{other.photos:,} {facts.photos}, as good within noise (p = {p:.2g}): the pretrained weights gave no "
        "improvement that these photos can show."
    )
    return Reason(AS_SCRATCH, "caution", text, evidence="run", run=other.run)


def below_probe(facts: Facts) -> Reason | None:
    """Significantly worse than the best quick probe on the pretrained features."""
    if facts.probe is None:
        return None
    name, predicted = facts.probe
    by_probe = predicted == facts.labels
    pairs = comparison.pairs(by_probe, facts.right)
    side, p = facts.against_probe
    if side >= 0:
        return None
    text = (
        f"{name} on the pretrained features is right about {percent(float(by_probe.mean()))} of the {facts.photos}, "
        f"the run about {percent(facts.accuracy.value)} (p = {p:.2g}). {_instead(facts)}."
    )
    return Reason(BELOW_PROBE, "caution", text, tuple(pairs.broken.tolist()), evidence="probe")


def _instead(facts: Facts) -> str:
    """What to do about a run below the probe, without contradicting what the curves say."""
    epochs = facts.all_epochs
    began = not any(rule(epochs) for rule in (curve_rules.creeps, curve_rules.still_falls, curve_rules.hardly_falls))
    proposals = [
        *([] if facts.all_frozen else ["freeze more layers"]),
        *(["lower the rate"] if began else []),
        *(["train longer"] if facts.longer_helps else []),
    ]
    words = verdicts.either(proposals or ["add photos"])
    return f"{words[0].upper()}{words[1:]}"


def as_probe(facts: Facts) -> Reason | None:
    """Thawed layers that gave no improvement over the best quick probe, which a frozen network could hardly beat."""
    if facts.probe is None or facts.all_frozen:
        return None
    name, predicted = facts.probe
    by_probe = predicted == facts.labels
    side, p = facts.against_probe
    if side:
        return None
    text = (
        f"{name} on the pretrained features, which takes seconds, is right about {percent(float(by_probe.mean()))} of "
        f"the {facts.photos}, as good within noise (p = {p:.2g}): training layers of the backbone gave no "
        "improvement that these photos can show."
    )
    return Reason(AS_PROBE, "caution", text, evidence="probe")
