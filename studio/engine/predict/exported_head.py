"""Reader of an exported head and its card."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from studio.engine.training.run_files import weight_files
from studio.runs import certificates, head_card
from studio.runs.head_card import HeadCard
from studio.spec import UserError


def read(file: Path) -> tuple[HeadCard, dict[str, Tensor]]:
    """Read the card and the tensors of an exported head.

    Raises:
        UserError: One of the two is missing or damaged, or has changed since it was certified.
    """
    if not file.is_file():
        raise UserError(f"There is no run and no exported head at {file}.", "Check the path.", file)
    card = head_card.read(file)
    if file.suffix == ".pt":
        from studio.engine.backbones import weights

        tensors = weight_files.require_head(weights.read(file), file)
    else:
        try:
            tensors = weight_files.load_head(file)
        except UserError as error:  # its hint is one for runs
            raise UserError(error.title, "Export the head again; the file may be cut off.", file) from error
    if card.crc32 not in (None, weight_files.checksum(tensors)):
        raise UserError(
            f"{file} and {head_card.path_of(file).name} do not belong together, or one of them is damaged.",
            "Export the head again, and keep the two files together.",
            file,
        )
    certificate = certificates.require_unchanged(file, only=(".json",))  # whatever it says now, the classes were those
    if certificate is not None:
        certificates.require_names(certificate, (card.target,) if card.target else card.classes, file)
    scores, names = len(tensors["weight"]), 1 if card.target else len(card.classes)
    if scores != names:
        raise UserError(
            f"{head_card.path_of(file).name} names {names:,} {'number' if card.target else 'classes'}, and {file} has "
            f"{scores:,} scores.",
            "Export the head again, and do not edit the card.",
            file,
        )
    return card, tensors
