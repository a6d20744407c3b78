"""The identity of a model, by which its predictions are distinguished from those of another one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from studio.events.runs import WeightsChoice
from studio.runs import decision_file, head_card, model_card
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.runs.model_card import ModelCard
from studio.spec import UserError
from studio.spec.decision import DecisionRule


def about(source: Path) -> RunRecord | HeadCard | ModelCard:
    """The record of a run, the card of an exported head, or the description of a whole model.

    Raises:
        UserError: It cannot be read.
    """
    if model_card.is_whole(source):
        return model_card.read(source)
    is_run = source.is_dir() or source.name == runs.RUN
    return runs.read(source if source.is_dir() else source.parent) if is_run else head_card.read(source)


def of_source(source: Path, which: WeightsChoice | None) -> dict[str, Any]:
    """A hash of the weights, the decision rule, and the classes of a run or an exported file, with its name and epoch.

    Raises:
        UserError: There are no weights, or they cannot be read.
    """
    from studio.engine.predict import head_arrays

    facts = about(source)
    if isinstance(facts, ModelCard):
        return _of_whole(source, facts)
    saved = head_arrays.read(source, which)
    if saved is not None:
        tensors = f"{head_arrays.checksum(saved.head)} {saved.moved} {facts.weights_hash}"
    elif source.is_file() and source.name != runs.RUN:  # a head as a state dict of torch
        tensors = f"{hashlib.blake2b(source.read_bytes(), digest_size=16).hexdigest()} {facts.weights_hash}"
    else:
        raise UserError(f"The weights in {source} cannot be read.", "Resume the run, or try again.", source)
    rule = decision_file.of_source(source) or DecisionRule()
    return {
        "run": str(source),
        "epoch": saved.epoch if saved is not None else getattr(facts, "epoch", 0),
        "weights": hashlib.blake2b(tensors.encode(), digest_size=16).hexdigest(),
        "rule": msgspec.json.decode(msgspec.json.encode(rule)),  # as read from a file: lists instead of tuples
        "classes": [] if facts.target else list(facts.classes),
        "target": facts.target,
    }


def _of_whole(file: Path, card: ModelCard) -> dict[str, Any]:
    """As `of_source`; the hash of the weights is that of the file and, for OpenVINO, of the `.bin` beside it."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        for one in (file, file.with_suffix(".bin")) if file.suffix.lower() == ".xml" else (file,):
            with one.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "blake2b").digest())
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror or error}).", "Check the file.", file
        ) from error
    return {
        "run": str(file),
        "epoch": card.epoch,
        "weights": digest.hexdigest(),
        "rule": msgspec.json.decode(msgspec.json.encode(card.rule)),
        "classes": list(card.classes),
        "target": card.target,
    }
