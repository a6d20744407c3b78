"""Card of an exported head: everything that another program needs to use it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from studio.catalog import catalog, readouts
from studio.engine.predict import novelty_file
from studio.engine.predict.novelty_file import Novelty
from studio.engine.training.run_files import weight_files
from studio.evaluate import novelty
from studio.evaluate.epochs.best_epoch import criterion
from studio.evaluate.metrics import over_epochs, task_of
from studio.runs.files import value_ranges
from studio.runs.files.record import RunRecord, json_value
from studio.runs.head_card import MADE_BY
from studio.spec.decision import DecisionRule
from studio.spec.network_file import parse

DECISION_WORDS = (
    "a photo is one of a class of “decision.thresholds” where its probability is at least “value”; of several such "
    "classes the most probable is the answer, without one the most probable class that has no threshold; where there "
    "is none, or the highest probability is below “least_confidence”, the answer is “not sure”"
)

NOVELTY_WORDS = (
    "a photo is unlike the training photos where the mean cosine distance of its features to the {nearest} nearest "
    "“rows” is above “limit”; “known” are the distances of validation photos"
)


def card(
    record: RunRecord,
    tensors: dict[str, Tensor],
    epoch: int = 0,
    decision: DecisionRule | None = None,
    novelty_features: Novelty | None = None,
    adapters: bool = False,
) -> dict[str, Any]:
    """The card as a JSON document.

    Args:
        record: Record of the run.
        tensors: Tensors of the head and of thawed layers.
        epoch: Epoch of the weights; 0 for the last one in the record.
        decision: Decision rule of the run; None if none was chosen.
        novelty_features: Features of training photos; None if the run has none.
        adapters: True if adapters (LoRA) were merged into tensors of the backbone.
    """
    info = catalog.find(record.spec.backbone.name)
    epoch, task = epoch or len(record.epochs), task_of(record.target)
    return {
        "made_by": MADE_BY,
        "kind": _kind(tensors, adapters),
        "task": task,
        "target": record.target,
        "use": _use(record, "hidden.weight" in tensors, decision),
        "decision": json_value(decision) if decision is not None else None,
        "novelty": _novelty(novelty_features, decision or DecisionRule()) if novelty_features is not None else None,
        "classes": list(record.classes),
        "weight_shape": list(tensors["weight"].shape),
        weight_files.CHECKSUM: weight_files.checksum(tensors),
        "backbone": {
            "name": info.name,
            "source": info.source,
            "arch": info.arch,
            "replaced_layer": info.classifier,
            "readout": readouts.words(info, record.spec.backbone),
        },
        "network_file": _network_file(record.spec.backbone.name),
        "weights": {"from": record.spec.backbone.weights, "name": info.weights, "licence": info.license},
        "weights_hash": record.weights_hash,
        "cut": record.cut,
        "thawed_tensors": sorted(name for name in tensors if name.startswith(weight_files.BACKBONE)),
        "preprocess": json_value(record.preprocess),
        value_ranges.KEY: json_value(record.value_range),
        "epoch": epoch,
        "epochs": len(record.epochs),
        "best_epoch": record.best_epoch,
        "which": _which(record, epoch),
        "criterion": criterion(record.spec.train.result, task),
        "metrics": _metrics(record, epoch),
        "frozen_unchanged": record.frozen_unchanged,
        "run_status": record.status,
        "spec": json_value(record.spec),
        "versions": record.versions,
    }


def _network_file(backbone: str) -> dict[str, str] | None:
    """The user's file that makes the network, which the head needs; None for a backbone of the catalog."""
    file = parse(backbone)
    if file is None:
        return None
    kind = f"its function or class {file.factory} makes the network" if file.is_python else "a program of torch.export"
    needed = f"needed to use the head, at this path or beside this card: {kind}; the last linear layer is left out"
    return {"path": file.path, "factory": file.factory, "sha256": file.content, "use": needed}


def _novelty(features: Novelty, decision: DecisionRule) -> dict[str, Any]:
    """How photos unlike the training photos are recognized by the file beside the head."""
    return {
        "file": "the file of this card's name with “.novelty.safetensors”",
        "photos": len(features.rows),
        "limit": features.limit(decision.known_kept),
        "use": NOVELTY_WORDS.format(nearest=novelty.NEAREST),
        weight_files.CHECKSUM: novelty_file.checksum(features),
    }


def _which(record: RunRecord, epoch: int) -> str:
    """“last”, “best” or “last and best”; "" for any other epoch."""
    is_epoch = {"last": epoch == len(record.epochs), "best": epoch == record.best_epoch}
    return " and ".join(name for name, true in is_epoch.items() if true)


def _kind(tensors: dict[str, Tensor], adapters: bool) -> str:
    """Description of the tensors in words."""
    form = "head with a hidden layer" if "hidden.weight" in tensors else "linear head"
    if adapters:
        return f"{form} and trained backbone layers, with merged adapters (LoRA)"
    thawed = any(name.startswith(weight_files.BACKBONE) for name in tensors)
    return f"{form} and thawed backbone layers" if thawed else f"{form} on backbone features"


def _use(record: RunRecord, hidden: bool, decision: DecisionRule | None) -> str:
    """The formula of the prediction, and its inputs."""
    target, spec = record.target, record.spec.backbone
    info = readouts.chosen(catalog.find(spec.name), spec)
    # Where the readout is the published one, the words of earlier versions, which other programs may have read.
    features = (
        f"the readout of the backbone ({readouts.words(info, spec)}: {info.features} numbers)"
        if info.readout
        else "the flattened output of the backbone without its last layer"
    )
    rows = "relu(features @ hidden.weight.T + hidden.bias)" if hidden else "features"
    scores = f"{rows} @ weight.T + bias"
    if decision is not None and decision.temperature != 1:
        scores = f"({scores}) / {decision.temperature!r}"
    formula = f"{target} = {scores}, in the unit of the targets" if target else f"probabilities = softmax({scores})"
    if decision is not None and not decision.is_plain:
        formula += f"; {DECISION_WORDS}"
    return f"{formula}; features are {features}; tensors under “backbone.” replace the backbone's own"


def _metrics(record: RunRecord, number: int) -> dict[str, Any]:
    """Metrics of an epoch on the validation photos; None for metrics that the record lacks.

    The record has the report of one epoch only: the result, or in an interrupted run the last evaluated one.
    """
    epoch = next((epoch for epoch in record.epochs if epoch.epoch == number), None)
    judged = record.judged_epoch == number
    rows = over_epochs(task_of(record.target))
    metrics: dict[str, Any] = {f"val_{row.key}": epoch.val(row.key) if epoch is not None else None for row in rows}
    metrics |= {
        "val_photos": record.val_photos,
        "report": json_value(record.report) if judged else None,
    }
    return metrics if record.target else metrics | {"confusion": record.confusion if judged else None}
