"""A trained run as a network and a head."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from studio.catalog import network_files
from studio.data.bit_depth.reading import Reading
from studio.data.images import measuring
from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone
from studio.engine.network import lora
from studio.engine.predict import exported_head
from studio.engine.training.run_files import weight_files
from studio.events import Event
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.spec import UserError
from studio.spec.network_file import title_of


@dataclass(frozen=True)
class TrainedModel:
    """Backbone, head and class names.

    Attributes:
        base: Backbone with its trained layers.
        tensors: Tensors of the head: plain layers on raw features.
        classes: Names of the classes, in the order of the scores.
        target: Name of the regression target, the only score then; "" for classes.
        precision: `TrainSpec.precision` of its run.
        reading: Rule for the value range of photos of more than 8 bits, as in its run.
        epoch: Epoch of the weights; 0 if it is unknown.
    """

    base: Backbone
    tensors: dict[str, Tensor]
    classes: tuple[str, ...]
    target: str = ""
    precision: str = "auto"
    reading: Reading = field(default_factory=Reading)
    epoch: int = 0


def load(source: Path, stop: Stop = never, which: WeightsChoice | None = None) -> Generator[Event, None, TrainedModel]:
    """Load a model from a run's folder or from an exported head with its card.

    Args:
        source: Folder or file.
        stop: Checked while weights are loaded.
        which: The last or the best epoch of a run; None for its result, and for an exported head.

    Raises:
        UserError: There is no model, or the backbone's weights are not those that it was trained on.
    """
    if source.is_dir() or source.name == runs.RUN:
        folder = source if source.is_dir() else source.parent
        record = runs.read(folder)
        tensors, epoch = weight_files.of_epoch(folder, which or record.result)
        about: RunRecord | HeadCard = record
    else:
        if which is not None:
            raise UserError(f"{source.name} has the weights of one epoch only.", "Use --epoch only with a run.", source)
        card, tensors = exported_head.read(source)
        epoch, about = card.epoch, card
    spec = about.spec
    base = yield from _backbone(about, source, stop)
    _load_thawed(base.network, tensors)
    head = {name: value for name, value in tensors.items() if not name.startswith(weight_files.BACKBONE)}
    reading = measuring.reading_of(about.value_range)
    return TrainedModel(base, head, about.classes, about.target, spec.train.precision, reading, epoch)


def backbone_of(run: Path, stop: Stop = never) -> Generator[Event, None, Backbone]:
    """Load the backbone of a run with the weights that the run began with.

    Raises:
        UserError: The weights are not those that it was trained on.
    """
    return (yield from _backbone(runs.read(run), run, stop))


def _backbone(about: RunRecord | HeadCard, source: Path, stop: Stop) -> Generator[Event, None, Backbone]:
    spec = about.spec
    place = source if source.is_dir() else source.parent
    base = yield from backbone.load(network_files.located(spec.backbone, place), stop, spec.train.seed)
    if about.weights_hash != base.fingerprint:
        raise UserError(
            f"The weights of “{title_of(spec.backbone.name)}” here are not those that {source} was trained on.",
            "Use the same weights file, or train again.",
            source,
        )
    return base


def _load_thawed(network: nn.Module, tensors: dict[str, Any]) -> None:
    thawed = {
        name.removeprefix(weight_files.BACKBONE): tensor
        for name, tensor in tensors.items()
        if name.startswith(weight_files.BACKBONE)
    }
    if thawed:
        thawed = lora.merged(thawed, network.state_dict())
        unknown = network.load_state_dict(thawed, strict=False).unexpected_keys
        if unknown:
            raise UserError(f"The trained layers do not fit the backbone ({unknown[0]}).", "Update the program.")
