"""What the user asks for, as frozen data.

Every choice that changes a result lives in one of these classes, so that a run can be written down, compared, and
done again. Nothing here computes; nothing here imports more than the standard library. `RunSpec` is the root:
`to_json` and `run_spec_from_json` carry it through `run.json` without loss.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

VERSION = 1
"""Version of the JSON form. Raised when a field changes its meaning; readers refuse what is newer than they are."""

BUNDLED_BACKBONE = "tf_efficientnet_lite0"
"""The backbone whose ImageNet weights come with the program, so that the first run needs no network."""

MOST_RATE = 1e6
"""No training survives a learning rate near it; far above, the optimizer's own numbers overflow."""

Device = str
"""`auto`, `cpu`, `mps` or `cuda:N`."""


class Fault(Exception):  # noqa: N818  # the user's word for it, not a programmer's
    """Something the user can put right: what happened, where, and what to do.

    The terminal prints it in one line and exits with 2; the window shows it in the page where it matters. Everything
    else that is raised is a defect of this program.

    Attributes:
        title: What happened and to which file or name, one sentence.
        hint: What to do now, one sentence.
    """

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(f"{title} {hint}".strip())
        self.title = title
        self.hint = hint


@dataclass(frozen=True)
class DatasetSpec:
    """Which photos, and how they are divided.

    Attributes:
        folder: Root folder. Holds one folder a class, or `train/` and `val/` (and `test/`) that do.
        val_fraction: Share of photos held out for validation where the folder brings no split, 0 < share < 1.
        seed: Seed of the split. The same files and seed give the same split for ever.
    """

    folder: str
    val_fraction: float = 0.2
    seed: int = 7


@dataclass(frozen=True)
class PreprocessSpec:
    """How a photo becomes the network's input. Taken from the weights, because they were trained on it.

    Attributes:
        size: Height and width of the input in pixels.
        resize: Height and width the photo is resized to before the crop: with `crop` "center" the first number is the
            length of the shorter side (aspect ratio kept), with "squash" both sides are taken literally.
        crop: "center" and "squash" cut the middle out; "border" fits the whole photo into `size` and fills the rest
            with the mean colour.
        interpolation: "bicubic", "bilinear", "nearest" or "lanczos", with antialiasing as Pillow does it.
        mean: Subtracted from each channel after scaling to 0…1.
        std: Divides each channel after that.
    """

    size: tuple[int, int] = (224, 224)
    resize: tuple[int, int] = (256, 256)
    crop: Literal["center", "squash", "border"] = "center"
    interpolation: str = "bicubic"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class BackboneSpec:
    """Which pretrained network, and where its weights come from.

    Attributes:
        name: Name in the catalogue, for instance `resnet18` or `timm/resnet18`.
        weights: `default` (the catalogue's pretrained weights), `none` (random, on purpose) or the path of a file.
        image_size: Side of the square input in pixels; None takes the weights' own.
    """

    name: str = BUNDLED_BACKBONE
    weights: str = "default"
    image_size: int | None = None


@dataclass(frozen=True)
class FreezePlan:
    """Which layers stand still. Resolved against a network's layers in the order in which they run.

    Rules in order, later ones win: `base` for every layer; `until`, where given, freezes every layer up to and with
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name covers every
    layer below it (`blocks.4` covers `blocks.4.0.conv_pw`).
    """

    base: Literal["all", "none"] = "all"
    until: str = ""
    thaw: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeadSpec:
    """The new last layer: a linear map from the features to the classes, on standardised features.

    Attributes:
        standardize: Scale each feature to mean 0 and deviation 1 over the training photos while the head learns. The
            scaling is folded into the saved weights, so the exported head takes raw features.
    """

    standardize: bool = True


@dataclass(frozen=True)
class TrainSpec:
    """How the head, and what is thawed, learns.

    Attributes:
        epochs: Passes over the training photos, at least 1.
        batch_size: Photos in one optimizer step.
        lr: Learning rate of the head.
        backbone_lr: Learning rate of thawed backbone layers.
        optimizer: `adamw`, `adam` or `sgd` (momentum 0.9).
        weight_decay: Decay of what trains.
        seed: Seed of the head's first weights and of the order of photos.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
    """

    epochs: int = 10
    batch_size: int = 32
    lr: float = 1e-3
    backbone_lr: float = 1e-5
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    weight_decay: float = 0.01
    seed: int = 7
    device: Device = "auto"


@dataclass(frozen=True)
class RunSpec:
    """Everything one training run is made from."""

    dataset: DatasetSpec
    backbone: BackboneSpec = field(default_factory=BackboneSpec)
    freeze: FreezePlan = field(default_factory=FreezePlan)
    head: HeadSpec = field(default_factory=HeadSpec)
    train: TrainSpec = field(default_factory=TrainSpec)


def to_json(spec: Any) -> dict[str, Any]:
    """Plain dict of a spec, ready for `json.dump`, with the version of the form."""
    return {"version": VERSION, **dataclasses.asdict(spec)}


def run_spec_from_json(data: dict[str, Any]) -> RunSpec:
    """Read a `RunSpec` back.

    Args:
        data: What `to_json` gave, after a round trip through JSON.

    Raises:
        Fault: A newer version, an unknown field, or a value of the wrong type.
    """
    version = data.get("version", VERSION) if isinstance(data, dict) else VERSION
    if not isinstance(version, int) or version > VERSION:
        raise Fault(
            f"The settings were written by a newer Thaw Studio (form {version}).", "Update the program to open them."
        )
    body = {key: value for key, value in data.items() if key != "version"} if isinstance(data, dict) else data
    return typing.cast(RunSpec, _build(RunSpec, body, "spec"))


def check(spec: TrainSpec) -> None:
    """Refuse numbers that cannot train anything.

    Raises:
        Fault: Names the setting and what it may be.
    """
    if spec.epochs < 1:
        raise Fault(f"{spec.epochs} epochs train nothing.", "Ask for at least 1 epoch.")
    if spec.batch_size < 1:
        raise Fault(f"A batch of {spec.batch_size} photos is none.", "Ask for a batch size of at least 1.")
    for name, value in (("learning rate of the head", spec.lr), ("learning rate of the backbone", spec.backbone_lr)):
        if not 0 < value <= MOST_RATE:  # not a number is not
            raise Fault(f"The {name} cannot be {value}.", "Use a number above 0, for instance 0.001.")
    if not math.isfinite(spec.weight_decay) or spec.weight_decay < 0:
        raise Fault(f"The weight decay cannot be {spec.weight_decay}.", "Use 0 or a number above it.")
    if spec.optimizer not in ("adamw", "adam", "sgd"):
        raise Fault(f"There is no optimizer “{spec.optimizer}”.", "Choose adamw, adam or sgd.")
    if not 0 <= spec.seed < 2**63:
        raise Fault(f"The seed cannot be {spec.seed}.", "Use a whole number from 0 up.")


def _build(kind: type, data: Any, where: str) -> Any:
    """Make a dataclass of `kind` from a dict, checking names and types on the way."""
    if not isinstance(data, dict):
        raise Fault(f"“{where}” should hold named settings.", "Take the file from a run folder unchanged.")
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise Fault(f"“{where}” holds an unknown setting: {unknown[0]}.", "Remove it, or update the program.")
    values = {name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()}
    for field_ in dataclasses.fields(kind):
        if field_.name not in values and field_.default is field_.default_factory is dataclasses.MISSING:
            raise Fault(f"“{where}” lacks the setting {field_.name}.", "Take the file from a run folder unchanged.")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value, where)
    if origin is tuple and isinstance(value, list | tuple):
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) == len(value):
            return tuple(_value(kind, item, where) for kind, item in zip(kinds, value, strict=True))
    elif origin is Literal:
        if value in arguments:
            return value
    elif origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        return _value(next(kind for kind in arguments if kind is not type(None)), value, where)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and type(value) is hint:
        return value
    raise Fault(f"“{where}” cannot be {value!r}.", "Take the file from a run folder unchanged.")
