"""Settings that train without complaint and still disappoint, told before the training, one at a time."""

from __future__ import annotations

from studio.events import Dataset
from studio.formatting import numbers
from studio.session.plan import plan_summary
from studio.session.state import AppState
from studio.spec import RunSpec

UNEVEN = 4
"""Times as many training photos from which on a class can drown another one."""

STEADY_BATCH = 16
"""Photos a batch from which on its mean and variance are steady enough for BatchNorm."""


def trap(state: AppState) -> tuple[str, str]:
    """What will disappoint, and what to do; two times "" where nothing is known to.

    Args:
        state: For the settings and the open folder.
    """
    spec, thawed = state.spec, plan_summary.learns(state)
    return (
        _uneven(spec, state.dataset) or _hasty(spec, thawed) or _unsteady(spec, thawed) or _never_warm(spec) or ("", "")
    )


def _uneven(spec: RunSpec, dataset: Dataset | None) -> tuple[str, str] | None:
    if dataset is None or dataset.target or spec.train.balance != "none" or len(dataset.classes) < 2:
        return None
    counts = dataset.counts().get("train", [])
    if not counts or max(counts) < UNEVEN * min(counts):
        return None
    most, fewest = (dataset.classes[counts.index(edge(counts))] for edge in (max, min))
    many, few = numbers.many(max(counts), "training photo"), numbers.exact(min(counts))
    return f"{most} has {many}, {fewest} only {few}.", "Choose a class balance under Data, or add photos."


def _hasty(spec: RunSpec, thawed: bool) -> tuple[str, str] | None:
    if not thawed or spec.backbone.weights == "none" or spec.train.backbone_lr < spec.train.lr:
        return None
    return "Pretrained layers learn as fast as the new head.", "A rate 10 to 100 times lower keeps what they know."


def _unsteady(spec: RunSpec, thawed: bool) -> tuple[str, str] | None:
    policy, size = spec.freeze.batch_norm, spec.train.batch_size
    if policy == "keep" or (policy == "thawed" and not thawed) or size >= STEADY_BATCH:
        return None
    title = f"BatchNorm statistics follow batches of {size}, which are unsteady."
    return title, f"Use {STEADY_BATCH} photos a batch or more, or keep the statistics (Features)."


def _never_warm(spec: RunSpec) -> tuple[str, str] | None:
    if spec.train.schedule == "one_cycle" or spec.train.warmup < spec.train.epochs:
        return None
    return "The warm-up takes as long as the training.", "Shorten it to 1 or 2 epochs, or train longer."
