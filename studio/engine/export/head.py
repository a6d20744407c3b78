"""Export of the trained head: its tensors, and a card with everything needed to use them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator
from pathlib import Path

from torch import Tensor

from studio.engine.export import head_proof, publishing, registry
from studio.engine.export.card import card
from studio.engine.network import lora
from studio.engine.predict import head_arrays, novelty_file, trained_model
from studio.engine.predict.novelty_file import Novelty
from studio.engine.training.run_files import checkpoints, weight_files
from studio.events import Certificate, Event, Events, ModelExported, Saved, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.runs import decision_file, folder, head_card
from studio.spec import UserError
from studio.spec.decision import DecisionRule
from studio.system.files import atomic_files, output_file


def export(
    run: Path, out: Path, which: WeightsChoice | None = None, stop: Stop = never, proved: bool = False
) -> Events:
    """Write the head of a run to `out`, in the format of its suffix, and its card beside it.

    If the run stores features of training photos, by which it recognizes photos unlike them, a third file has these.

    Adapters (LoRA) are merged into the weights of their layers, so that any program can use these.

    Args:
        run: Folder of a run with at least one finished epoch.
        out: File with a suffix of `registry.HEAD_FORMATS`. The card has the same name with `.json`.
        which: The last or the best epoch; None for the run's result. The card and the header of a `.safetensors` file
            state the epoch.
        stop: Checked before each photo of the comparison.
        proved: Compare the file with the run on its validation photos, and yield `ModelExported` last. A file that does
            not pass is named `OUT.unproved`, and those of an earlier export stay as they are.

    Raises:
        UserError: The run has no trained head, the suffix is another one, or the file cannot be written; or the run has
            adapters, and the weights of its backbone are not those that it was trained on.
    """
    yield Stage("export", "Writing the head")
    head_format = registry.head_format(out)
    record, card_file = folder.read(run), head_card.path_of(out)
    if any(is_own(run, file) for file in (out, card_file)):
        raise UserError(
            f"{out.name} would replace a file of the run itself.", "Choose another name or another folder.", out
        )
    if card_file.exists() and not head_card.is_card(card_file):
        raise UserError(f"{card_file} exists and is not a card of an exported head.", "Choose another name.", card_file)
    tensors, epoch = weight_files.of_epoch(run, which or record.result)
    adapters = f"{weight_files.BACKBONE}{lora.SCALE}" in tensors
    if adapters:
        tensors = yield from _merged(run, tensors)
    decision = decision_file.read(run, record.classes) if not record.target else None
    novelty = _novelty(run, which or record.result, epoch, decision or DecisionRule())
    about = card(record, tensors, epoch, decision, novelty, adapters)
    if about["metrics"]["val_loss"] is None:
        yield Warned(
            f"The weights are of epoch {epoch}, but the record of the run has no such epoch: the run was interrupted.",
            "Resume the run and export again, to get the metrics of that epoch into the card.",
        )
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    head_card.require_free(out, text)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True) as place:
            file = Path(place, out.name)
            files = (file, head_card.path_of(file), *([head_card.novelty_path_of(file)] if novelty is not None else ()))
            with atomic_files.atomic_write_all(*files, sync=True) as (temporary, temporary_card, *others):
                head_format.write(tensors, about, temporary)
                if novelty is not None:
                    novelty_file.export(novelty, others[0])
                temporary_card.write_text(text, encoding="utf-8")
            certificate: Certificate | None = None
            if proved:
                proof = head_proof.prove(run, file, out, tensors, epoch, which or record.result, stop)
                certificate = yield from proof
            places = publishing.publish(Path(place), certificate, out)
    except OSError as error:
        raise output_file.unwritable(out, error) from error
    result = str(publishing.place_of(out, certificate is None or certificate.passed))
    yield Saved(result, "head")
    if certificate is not None:
        yield ModelExported(result, tuple(map(str, places)), certificate)


def _merged(run: Path, tensors: dict[str, Tensor]) -> Generator[Event, None, dict[str, Tensor]]:
    """The tensors of a run with its adapters (LoRA) merged into the weights of the backbone.

    Raises:
        UserError: The backbone's weights are not there, or not those that the run was trained on.
    """
    prefix = weight_files.BACKBONE
    base = yield from trained_model.backbone_of(run)
    trained = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    merged = lora.merged(trained, base.network.state_dict())
    head = {name: value for name, value in tensors.items() if not name.startswith(prefix)}
    return head | {f"{prefix}{name}": value for name, value in merged.items()}


def _novelty(run: Path, which: WeightsChoice, epoch: int, rule: DecisionRule) -> Novelty | None:
    """The features of training photos that are stored for an epoch of a run; None if they recognize no photo."""
    saved = head_arrays.read(run, which)
    content = novelty_file.read(run, which, saved) if saved is not None and saved.epoch == epoch else None
    return content if content is not None and content.limit(rule.known_kept) is not None else None


def is_own(run: Path, file: Path) -> bool:
    """True if a file belongs to the run itself."""
    names = (
        folder.RUN,
        folder.METRICS,
        folder.PREDICTIONS,
        decision_file.FILE,
        novelty_file.FILE,
        weight_files.HEAD,
        weight_files.THAWED,
        weight_files.PHOTOS,
    )
    where = file.resolve()
    own = {(run / name).resolve() for name in (*names, checkpoints.FILE)}
    return where in own or (run / weight_files.BEST).resolve() in where.parents
