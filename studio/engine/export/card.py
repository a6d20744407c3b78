"""The card beside an exported head: everything that is needed to use it rightly."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from torch import Tensor

from studio.catalogue import catalogue
from studio.engine.training import weight_files
from studio.evaluate.best_epoch import criterion
from studio.runs import value_ranges
from studio.spec.serialization import run_spec_from_json

MADE_BY = "Thaw Studio"


def card(data: dict[str, Any], tensors: dict[str, Tensor], epoch: int = 0) -> dict[str, Any]:
    """All that somebody needs who has the file and not the studio.

    Args:
        data: Record of the run.
        tensors: Its weights.
        epoch: The one they are of; 0 for the last one in the record.
    """
    info = catalogue.find(data["backbone"])
    epoch = epoch or len(data["epochs"])
    return {
        "made_by": MADE_BY,
        "kind": _kind(tensors),
        "task": "regression" if data.get("target") else "classification",
        "target": data.get("target") or "",
        "use": _use(data.get("target") or "", "hidden.weight" in tensors),
        "classes": data["classes"],
        "weight_shape": list(tensors["weight"].shape),
        weight_files.CHECKSUM: weight_files.checksum(tensors),
        "backbone": {"name": info.name, "source": info.source, "arch": info.arch, "replaced_layer": info.classifier},
        "weights": {"from": data["spec"]["backbone"]["weights"], "name": info.weights, "licence": info.licence},
        "weights_hash": data["weights_hash"],
        "cut": data["cut"],
        "thawed_tensors": sorted(name for name in tensors if name.startswith(weight_files.BACKBONE)),
        "preprocess": data["preprocess"],
        value_ranges.KEY: asdict(value_ranges.of(data)),
        "epoch": epoch,
        "epochs": len(data["epochs"]),
        "best_epoch": int(data.get("best_epoch") or 0),
        "which": _which(data, epoch),
        "criterion": criterion(run_spec_from_json(data["spec"]).train.result, bool(data.get("target"))),
        "metrics": _metrics(data, epoch),
        "frozen_unchanged": data["frozen_unchanged"],
        "run_status": data["status"],
        "spec": data["spec"],
        "versions": data["versions"],
    }


def _which(data: dict[str, Any], epoch: int) -> str:
    """“last”, “best”, “last and best”; "" for an epoch that the record does not know as either."""
    is_one = {"last": epoch == len(data["epochs"]), "best": epoch == data.get("best_epoch")}
    return " and ".join(name for name, true in is_one.items() if true)


def _kind(tensors: dict[str, Tensor]) -> str:
    form = "head with a hidden layer" if "hidden.weight" in tensors else "linear head"
    thawed = any(name.startswith(weight_files.BACKBONE) for name in tensors)
    return f"{form} and thawed backbone layers" if thawed else f"{form} on backbone features"


def _use(target: str, hidden: bool) -> str:
    """The formula, and what goes into it."""
    rows = "relu(features @ hidden.weight.T + hidden.bias)" if hidden else "features"
    scores = f"{rows} @ weight.T + bias"
    formula = f"{target} = {scores}, in the unit of the targets" if target else f"probabilities = softmax({scores})"
    return (
        f"{formula}; features are the backbone's output, its last layer taken off, flat; layers under “backbone.” "
        "replace the backbone's own"
    )


def _metrics(data: dict[str, Any], epoch: int) -> dict[str, Any]:
    """What these weights reached on the run's validation photos; None where the record does not say.

    The whole report is kept of one epoch only: the result, or where the run was killed the last that was judged.
    """
    told: dict[str, Any] = next((one for one in data["epochs"] if one["epoch"] == epoch), {})
    judged = (data.get("judged_epoch") or len(data["epochs"])) == epoch
    figure = "val_mae" if data.get("target") else "val_accuracy"
    metrics = {
        "val_loss": told.get("val_loss"),
        figure: told.get(figure),
        "val_photos": sum(data["counts"].get("val", {}).values()),
        "report": data.get("report") if judged else None,
    }
    return metrics if data.get("target") else metrics | {"confusion": data.get("confusion") if judged else None}
