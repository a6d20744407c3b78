"""The training settings as the form shows them: labels, choices, and summaries of their groups."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from studio.formatting.language import code, tr
from studio.session.plan.setting_texts import in_language
from studio.spec import RunSpec
from studio.spec import settings as spec_settings
from studio.spec.settings import Row
from studio.ui.widgets.fields.number_field import compact

ALWAYS_SHOWN = "training"
"""The group whose settings are always visible; the others are in collapsible sections."""

DEVICES = (("auto", tr("Automatic")), ("cpu", tr("CPU")), ("cuda:0", "CUDA:0"))
MAC_DEVICES = (("auto", tr("Automatic")), ("cpu", tr("CPU")), ("mps", tr("Apple GPU (MPS)")))


def groups() -> Mapping[str, tuple[Row, ...]]:
    """The settings of each group, in order."""
    rows = spec_settings.rows_by_group(RunSpec)
    return {group: tuple(in_language(row) for row in several) for group, several in rows.items()}


def label(row: Row) -> str:
    """The label of a setting with its unit: “&Patience, epochs”."""
    return ", ".join(filter(None, (row.setting.label, row.setting.unit)))


def choices(row: Row) -> tuple[tuple[str, str], ...]:
    """Choices of a setting as value and label; () for a number or a switch."""
    if row.key == "device":  # the available devices depend on the computer
        return MAC_DEVICES if sys.platform == "darwin" else DEVICES
    return row.choices


def summary(section: str, spec: RunSpec, frozen: bool = False) -> str:
    """Summarize a closed section in a few words.

    Args:
        section: Key of a group.
        spec: The settings.
        frozen: True where no layer of the backbone trains.
    """
    train, head = spec.train, spec.head
    match section:
        case "head":
            kind = tr("linear") if head.kind == "linear" else tr("MLP {hidden}").format(hidden=head.hidden)
            parts = [kind, tr("normalized") if head.standardize else tr("raw")]
        case "phases":
            parts = [tr("{number} epochs").format(number=train.planned) if train.head_epochs else tr("none")]
            parts += [tr("nothing thawed after")] if train.head_epochs and frozen else []
        case "lora":
            plan = spec.freeze
            parts = [tr("rank {rank}").format(rank=plan.lora_rank) if plan.lora_rank else tr("none")]
            parts += (
                [tr("{lora_layers} only").format(lora_layers=plan.lora_layers)]
                if plan.lora_rank and plan.lora_layers != "all"
                else []
            )
        case "rates":
            parts = [_lowered(_choice_label("rates", "schedule", train.schedule))]
            parts += [_choice_label("rates", "optimizer", train.optimizer)]
            parts += (
                [tr("×{factor} per block").format(factor=compact(train.layer_decay))]
                if train.layer_decay != 1 and not frozen
                else []
            )
            parts += (
                [tr("{number} by hand").format(number=len(train.layer_rates))]
                if train.layer_rates and not frozen
                else []
            )
        case "data":
            parts = (
                [tr("smoothing {share}").format(share=compact(train.label_smoothing))] if train.label_smoothing else []
            )
            parts += [tr("class weights")] if train.balance != "none" else []
            parts += [tr("seed {seed}").format(seed=train.seed)]
        case _:
            parts = [_lowered(_choice_label("safety", "result", train.result))]
            parts += [tr("patience {epochs}").format(epochs=train.patience)] if train.patience else []
            parts += [tr("clip {norm}").format(norm=compact(train.clip_norm))] if train.clip_norm else []
            parts += [train.precision] if train.precision != "auto" else []
            parts += [train.device.upper()] if train.device != "auto" else []
    return ", ".join(parts)


def _lowered(text: str) -> str:
    """A choice within a sentence; German nouns have capitals there, too."""
    return text.lower() if code() == "en" else text


def _choice_label(group: str, key: str, value: str) -> str:
    """The label of a choice."""
    rows = spec_settings.rows_by_group(RunSpec)[group]
    # Only this row is translated: the form asks for three choices at every state.
    return next(dict(in_language(row).choices).get(value, value) for row in rows if row.key == key)
