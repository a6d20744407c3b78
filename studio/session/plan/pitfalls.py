"""Warnings about valid settings that usually give poor results, shown before the training, one at a time."""

from __future__ import annotations

from studio.events import Dataset
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.plan import plan_summary
from studio.session.state import AppState
from studio.spec import RunSpec

IMBALANCE = 4
"""Smallest ratio of training photos between the largest and the smallest class that gives a warning."""

STEADY_BATCH = 16
"""Smallest batch whose mean and variance are steady enough for BatchNorm."""


def pitfall(state: AppState) -> tuple[str, str]:
    """The first pitfall of the chosen settings, and what to do about it; ("", "") where there is none.

    Args:
        state: Its settings and its open folder are checked.
    """
    spec, thawed = state.spec, plan_summary.learns(state)
    return (
        _imbalance(spec, state.dataset)
        or _high_backbone_rate(spec, thawed)
        or _small_batches(spec, thawed)
        or _long_warmup(spec)
        or ("", "")
    )


def _imbalance(spec: RunSpec, dataset: Dataset | None) -> tuple[str, str] | None:
    if dataset is None or dataset.target or spec.train.balance != "none" or len(dataset.classes) < 2:
        return None
    counts = dataset.counts().get("train", [])
    if not counts or max(counts) < IMBALANCE * min(counts):
        return None
    most, fewest = (dataset.classes[counts.index(edge(counts))] for edge in (max, min))
    many, few = counted(max(counts), "training photo"), numbers.exact(min(counts))
    return tr("{most} has {many}, {fewest} only {few}.").format(most=most, many=many, fewest=fewest, few=few), tr(
        "Choose a class balance under Data, or add photos."
    )


def _high_backbone_rate(spec: RunSpec, thawed: bool) -> tuple[str, str] | None:
    if not thawed or spec.backbone.weights == "none" or spec.train.backbone_lr < spec.train.lr:
        return None
    title = tr("Pretrained layers have the same learning rate as the new head, or a higher one.")
    return title, tr("A backbone rate 10 to 100 times lower preserves the pretrained features.")


def _small_batches(spec: RunSpec, thawed: bool) -> tuple[str, str] | None:
    policy, size = spec.freeze.batch_norm, spec.train.batch_size
    if policy == "keep" or (policy == "thawed" and not thawed) or size >= STEADY_BATCH:
        return None
    title = tr("BatchNorm statistics from batches of {size} are noisy.").format(size=size)
    return title, tr("Use a batch size of {steady_batch} or more, or keep the statistics (Features page).").format(
        steady_batch=STEADY_BATCH
    )


def _long_warmup(spec: RunSpec) -> tuple[str, str] | None:
    if spec.train.schedule == "one_cycle" or spec.train.warmup < spec.train.epochs:
        return None
    return tr("The warm-up takes the whole training."), tr("Shorten it to 1 or 2 epochs, or train longer.")
