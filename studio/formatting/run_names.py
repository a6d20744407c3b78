"""A run's freeze plan and its name in a few words."""

from __future__ import annotations

from studio.formatting import times, typography
from studio.spec import FreezePlan, RunSpec


def freezing(plan: FreezePlan) -> str:
    """Describe a freeze plan: “all frozen”, “layer4 thawed”, “frozen up to layer3”, “all frozen, LoRA 8”."""
    words = "all frozen" if plan.base == "all" else "all thawed"
    if plan.until:
        words = f"frozen up to {plan.until}"
    if plan.thaw:
        named = _named(plan.thaw)
        words = f"{named} thawed" if words == "all frozen" else f"{words}, {named} thawed"
    if plan.freeze:
        named = _named(plan.freeze)
        words = f"all but {named} thawed" if words == "all thawed" else f"{words}, {named} frozen"
    return f"{words}, LoRA {plan.lora_rank}" if plan.lora_rank else words


def _named(layers: tuple[str, ...]) -> str:
    """The layers in a few words: “layer4”, “bn1, bn2”, “blocks.6 + 3 more”."""
    return ", ".join(layers) if len(layers) <= 2 else f"{layers[0]} + {len(layers) - 1} more"


def training(spec: RunSpec) -> str:
    """Describe a freeze plan and its initial weights: “all frozen”, “from scratch”, “all frozen, random weights”."""
    plan = freezing(spec.freeze)
    if spec.backbone.weights != "none":
        return plan
    return "from scratch" if plan == "all thawed" else f"{plan}, random weights"


def name(spec: RunSpec) -> str:
    """A run in a few words: “Lite0, frozen”, “resnet18, layer4 thawed”."""
    return f"{typography.short_backbone(spec.backbone.name)}, {training(spec).removeprefix('all ')}"


def dated(spec: RunSpec, started: str) -> str:
    """A run and the time of its start: “Lite0, frozen · 2026-11-26 14:06”."""
    return f"{name(spec)} · {times.local(started)}" if started else name(spec)
