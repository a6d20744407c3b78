"""Optimizers and their parameter groups: one for each learning rate, with and without weight decay.

Biases, norms and single parameters such as a class token get no weight decay, as in timm and the ViT papers.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from studio.engine.network.freezing import Freezer
from studio.engine.training.head import Head
from studio.events import LayerTable
from studio.planning.freezing import covers
from studio.planning.learning_rates import leaf_rates
from studio.spec import TrainSpec
from studio.system import lazy_compiler

MOMENTUM = 0.9
BASE = "base_lr"
"""Key of a group's rate before the schedule."""


@lazy_compiler.placeholder()
def optimizer(spec: TrainSpec, head: Head, freezer: Freezer | None, table: LayerTable) -> torch.optim.Optimizer:
    """Make an optimizer over the head and, with a `freezer`, over the thawed parameters; frozen ones are not in it.

    The order of groups and parameters is the same in every process: a checkpoint stores their state by index.
    """
    groups = [
        _group(spec.lr, spec.weight_decay, (value for name, value in head.named_parameters() if decays(name, value))),
        _group(spec.lr, 0.0, (value for name, value in head.named_parameters() if not decays(name, value))),
    ]
    if freezer is not None:
        groups += _thawed_groups(spec, freezer, table)
    groups = [group for group in groups if group["params"]]
    if spec.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=spec.lr, momentum=MOMENTUM)
    kind = torch.optim.AdamW if spec.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=spec.lr)


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> tuple[float, float]:
    """Set every group's rate to its base rate times `factor`.

    Returns:
        Rate of the head; highest rate in the backbone, of thawed layers or adapters, 0 if nothing trains there.
    """
    for group in optimizer.param_groups:
        group["lr"] = group[BASE] * factor
    head = float(optimizer.param_groups[0]["lr"])
    return head, max((float(group["lr"]) for group in optimizer.param_groups if group["thawed"]), default=0.0)


def set_rates_of_parts(optimizer: torch.optim.Optimizer, head: float, network: float) -> None:
    """Set the head's rate, and the thawed layers' highest rate without changing their ratios."""
    highest = max((group[BASE] for group in optimizer.param_groups if group["thawed"]), default=0.0)
    for group in optimizer.param_groups:
        group["lr"] = network * group[BASE] / highest if group["thawed"] else head


def decays(name: str, parameter: nn.Parameter) -> bool:
    """True if a parameter gets weight decay: the matrices and kernels of layers do."""
    return parameter.ndim > 1 and name.endswith("weight")


def _thawed_groups(spec: TrainSpec, freezer: Freezer, table: LayerTable) -> list[dict[str, object]]:
    """Parameter groups of the thawed layers and of the adapters."""
    rates = leaf_rates(table, freezer.frozen, spec)
    adapters = freezer.adapters.parameters() if freezer.adapters is not None else {}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in freezer.trainable().items():
        if name in adapters:
            groups.setdefault((spec.lora_lr, True), []).append(parameter)
            continue
        leaf = next(path for path in freezer.thawed if covers(path, name))
        groups.setdefault((rates[leaf], decays(name, parameter)), []).append(parameter)
    return [
        _group(rate, spec.weight_decay if decay else 0.0, parameters, thawed=True)
        for (rate, decay), parameters in groups.items()
    ]


def _group(rate: float, decay: float, parameters: Iterable[nn.Parameter], thawed: bool = False) -> dict[str, object]:
    return {"params": list(parameters), "lr": rate, BASE: rate, "weight_decay": decay, "thawed": thawed}
