"""The trained head as files for elsewhere: tensors, and a card that says all that is needed to use them rightly."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from studio.catalogue import catalogue
from studio.engine.training import checkpoints, weight_files
from studio.evaluate.best_epoch import criterion
from studio.events import Events, Saved, Stage, Warned
from studio.events.runs import Which
from studio.runs import folder, value_ranges
from studio.spec import Fault
from studio.spec.serialization import run_spec_from_json
from studio.system import atomic_files

MADE_BY = "Thaw Studio"

SUFFIXES = (".safetensors", ".pt")


def export(run: Path, out: Path, which: Which | None = None) -> Events:
    """Write the head of a run to `out` (`.safetensors`, or `.pt` for a plain state dict) and its card beside it.

    Args:
        run: A run's folder with at least one finished epoch.
        out: Ends in `.safetensors` or `.pt`. The card has the same name with `.json`.
        which: The last epoch's or the best one's; None for that of the epoch that is the run's result, whose judgement
            its record holds. The card says which, and so does the header of a `.safetensors`.

    Raises:
        Fault: No trained head in the run, another ending, or a place that cannot be written.
    """
    yield Stage("export", "Writing the head")
    if out.suffix not in SUFFIXES:
        raise Fault(f"{out.name} should end in .safetensors or .pt.", "Give one of these endings.", out)
    data = folder.read(run)
    if any(_is_own(run, file) for file in (out, card_path(out))):
        raise Fault(
            f"{out.name} would replace a file of the run itself.", "Choose another name or another folder.", out
        )
    if card_path(out).exists() and not _is_card(card_path(out)):
        raise Fault(
            f"{card_path(out)} exists and is not a card of an exported head.", "Choose another name.", card_path(out)
        )
    tensors, epoch = weight_files.of_epoch(run, which or folder.result_of(data))
    about = card(data, tensors, epoch)
    if about["metrics"]["val_loss"] is None:
        yield Warned(
            f"The weights are of epoch {epoch}, of which the record of the run knows nothing: it was cut short there.",
            "Resume the run to have the figures of that epoch in the card, too.",
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_files.together(out, card_path(out), sync=True) as (beside, beside_card):
            if out.suffix == ".pt":
                torch.save(tensors, beside)
            else:
                header = {
                    weight_files.CHECKSUM: about[weight_files.CHECKSUM],
                    "format": "pt",
                    "made_by": MADE_BY,
                    "epoch": str(epoch),
                    "which": about["which"],
                }
                save_file(tensors, beside, metadata=header)
            beside_card.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise Fault(f"{out} cannot be written ({error.strerror or error}).", "Choose another place.", out) from error
    yield Saved(str(out), "head")


def _is_own(run: Path, file: Path) -> bool:
    """True for what a run itself is made of."""
    names = (
        folder.RUN,
        folder.METRICS,
        folder.PREDICTIONS,
        weight_files.HEAD,
        weight_files.THAWED,
        weight_files.PHOTOS,
    )
    where = file.resolve()
    own = {(run / name).resolve() for name in (*names, checkpoints.FILE)}
    return where in own or (run / weight_files.BEST).resolve() in where.parents


def _is_card(file: Path) -> bool:
    """True for a card an earlier export wrote; anything else is the user's and is not replaced."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("made_by") == MADE_BY


def card_path(out: Path) -> Path:
    """Where the card of an exported file is."""
    return out.with_suffix(".json")


def read(file: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Card and tensors of an exported head.

    Raises:
        Fault: One of the two is missing or damaged.
    """
    if not file.is_file():
        raise Fault(f"There is no run and no exported head at {file}.", "Check the path.", file)
    data = folder.read(card_path(file))
    if file.suffix == ".pt":
        from studio.engine.backbones import weights

        tensors = weight_files.require_head(weights.read(file), file)
    else:
        tensors = weight_files.load_head(file)
    if data.get(weight_files.CHECKSUM) not in (None, weight_files.checksum(tensors)):
        raise Fault(
            f"{file} and {card_path(file).name} do not belong together, or one of them is damaged.",
            "Export the head again, and keep the two files together.",
            file,
        )
    return data, tensors


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
