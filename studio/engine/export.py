"""The trained head as files for elsewhere: tensors, and a card that says all that is needed to use them rightly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor

from studio import catalogue, files
from studio.engine import artifacts, checkpoints
from studio.events import Events, Saved, Stage
from studio.spec import Fault
from studio.workbench import runs

MADE_BY = "Thaw Studio"

SUFFIXES = (".safetensors", ".pt")


def export(run: Path, out: Path, which: Literal["last", "best"] = "last") -> Events:
    """Write the head of a run to `out` (`.safetensors`, or `.pt` for a plain state dict) and its card beside it.

    Args:
        run: A run's folder with at least one finished epoch.
        out: Ends in `.safetensors` or `.pt`. The card has the same name with `.json`.
        which: The last epoch's, or that of the epoch with the lowest validation loss.

    Raises:
        Fault: No trained head in the run, another ending, or a place that cannot be written.
    """
    yield Stage("export", "Writing the head")
    if out.suffix not in SUFFIXES:
        raise Fault(f"{out.name} should end in .safetensors or .pt.", "Give one of these endings.")
    data = runs.read(run)
    if any(_is_own(run, file) for file in (out, card_path(out))):
        raise Fault(f"{out.name} would replace a file of the run itself.", "Choose another name or another folder.")
    if card_path(out).exists() and not _is_card(card_path(out)):
        raise Fault(f"{card_path(out)} is there already and is no card of ours.", "Choose another name.")
    tensors = artifacts.load(run if which == "last" else run / artifacts.BEST)
    text = json.dumps(card(data, tensors, which), indent=1, ensure_ascii=False) + "\n"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with files.whole(out) as beside:
            if out.suffix == ".pt":
                torch.save(tensors, beside)
            else:
                save_file(tensors, beside, metadata={"format": "pt", "made_by": MADE_BY})
        files.write_text(card_path(out), text)
    except OSError as error:
        raise Fault(f"{out} cannot be written ({error.strerror or error}).", "Choose another place.") from error
    yield Saved(str(out), "head")


def _is_own(run: Path, file: Path) -> bool:
    """True for what a run itself is made of."""
    names = (runs.RUN, runs.METRICS, runs.PREDICTIONS, artifacts.HEAD, artifacts.THAWED, artifacts.PHOTOS)
    where = file.resolve()
    own = {(run / name).resolve() for name in (*names, checkpoints.FILE)}
    return where in own or (run / artifacts.BEST).resolve() in where.parents


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
        raise Fault(f"There is no run and no exported head at {file}.", "Check the path.")
    data = runs.read(card_path(file))
    if file.suffix == ".pt":
        from studio.engine import weights

        return data, artifacts.require_head(weights.read(file), file)
    return data, artifacts.load_head(file)


def card(data: dict[str, Any], tensors: dict[str, Tensor], which: str = "last") -> dict[str, Any]:
    """All that somebody needs who has the file and not the studio."""
    info = catalogue.find(data["backbone"])
    return {
        "made_by": MADE_BY,
        "kind": _kind(tensors),
        "task": "regression" if data.get("target") else "classification",
        "target": data.get("target") or "",
        "use": _use(data.get("target") or "", "hidden.weight" in tensors),
        "classes": data["classes"],
        "weight_shape": list(tensors["weight"].shape),
        "backbone": {"name": info.name, "source": info.source, "arch": info.arch, "replaced_layer": info.classifier},
        "weights": {"from": data["spec"]["backbone"]["weights"], "name": info.weights, "licence": info.licence},
        "weights_hash": data["weights_hash"],
        "cut": data["cut"],
        "thawed_tensors": sorted(name for name in tensors if name.startswith(artifacts.BACKBONE)),
        "preprocess": data["preprocess"],
        "epoch": _epoch(data, which)["epoch"],
        "metrics": _metrics(data, which),
        "frozen_unchanged": data["frozen_unchanged"],
        "run_status": data["status"],
        "spec": data["spec"],
        "versions": data["versions"],
    }


def _kind(tensors: dict[str, Tensor]) -> str:
    form = "head with a hidden layer" if "hidden.weight" in tensors else "linear head"
    thawed = any(name.startswith(artifacts.BACKBONE) for name in tensors)
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


def _epoch(data: dict[str, Any], which: str) -> dict[str, Any]:
    """The record of the epoch that the weights are of."""
    epochs: list[dict[str, Any]] = data["epochs"]
    best = int(data.get("best_epoch") or len(epochs))
    return epochs[best - 1] if which == "best" else epochs[-1]


def _metrics(data: dict[str, Any], which: str) -> dict[str, Any]:
    """What these weights reached on the run's validation photos; the whole report is kept for the last epoch only."""
    epoch = _epoch(data, which)
    if epoch is not data["epochs"][-1]:
        return {name: epoch.get(name) for name in ("val_loss", "val_accuracy", "val_mae")}
    report = data.get("report")
    if data.get("target"):
        return {"val_mae": data.get("val_mae"), "val_photos": report["photos"] if report else 0, "report": report}
    return {
        "val_accuracy": data["val_accuracy"],
        "val_photos": sum(map(sum, data["confusion"])) if data.get("confusion") else 0,
        "report": report,
        "confusion": data.get("confusion"),
    }
