"""What the user asks for, as frozen data.

Every choice that changes a result lives in one of these classes, so that a run can be written down, compared, and
done again. Nothing here computes; nothing here imports more than the standard library. `RunSpec` is the root:
`spec_json` carries it through `run.json` without loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Literal

BUNDLED_BACKBONE = "tf_efficientnet_lite0"
"""The backbone whose ImageNet weights come with the program, so that the first run needs no network."""

Device = str
"""`auto`, `cpu`, `mps` or `cuda:N`."""


class Fault(Exception):  # noqa: N818  # the user's word for it, not a programmer's
    """Something the user can put right: what happened, where, and what to do.

    The terminal prints it in one line and exits with 2; the window shows it in the page where it matters. Everything
    else that is raised is a defect of this program.

    Attributes:
        title: What happened and to which file or name, one sentence.
        hint: What to do now, one sentence.
        file: The file or folder concerned; "" where there is none.
    """

    def __init__(self, title: str, hint: str = "", file: object = "") -> None:
        super().__init__(f"{title} {hint}".strip())
        self.title = title
        self.hint = hint
        self.file = str(file)


SampleKind = Literal["integer", "float"]
"""Kind of the numbers a photo of more than 8 bits is stored in."""


@dataclass(frozen=True)
class ValueRange:
    """Which values of a photo of more than 8 bits become black and white.

    Attributes:
        low: Black, and all below it.
        high: White, and all above it; greater than `low`.
    """

    low: float
    high: float


@dataclass(frozen=True)
class DatasetSpec:
    """Which photos, and how they are divided.

    Attributes:
        folder: Root folder. Holds one folder a class, or `train/` and `val/` (and `test/`) that do.
        val_fraction: Share of photos held out for validation where the folder brings no split, 0 < share < 1.
        seed: Seed of the split. The same files and seed give the same split for ever.
        targets: A CSV file with a path and a number a line, for learning a number a photo (regression) instead of
            classes; "" for classes.
        value_range: What is black and white in every photo of more than 8 bits; None for what each file states, or
            where it states nothing, for what is estimated from the data set.
    """

    folder: str
    val_fraction: float = 0.2
    seed: int = 7
    targets: str = ""
    value_range: ValueRange | None = None

    def moved(self, folder: str) -> DatasetSpec:
        """The same photos in another folder; "" for where they were. A file of numbers inside of it moves along."""
        if not folder:
            return self
        inside = self.targets and PurePath(self.targets).is_relative_to(self.folder)
        targets = str(folder / PurePath(self.targets).relative_to(self.folder)) if inside else self.targets
        return replace(self, folder=folder, targets=targets)


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


BatchNorm = Literal["keep", "thawed", "update"]


@dataclass(frozen=True)
class FreezePlan:
    """Which layers stand still. Resolved against a network's layers in the order in which they run.

    Rules in order, later ones win: `base` for every layer; `until`, where given, freezes every layer up to and with
    that one and thaws the rest; `thaw` thaws the named layers; `freeze` freezes the named ones. A name covers every
    layer below it (`blocks.4` covers `blocks.4.0.conv_pw`).

    Attributes:
        base: What holds for a layer that no rule names.
        until: Everything up to this layer is frozen, everything behind it thawed; "" for no such rule.
        thaw: Names of thawed layers.
        freeze: Names of frozen layers.
        batch_norm: What BatchNorm layers do with their running statistics. "keep": all stand still, those of thawed
            layers, too, whose weight and bias learn; a few photos a batch make poor statistics. "thawed": those of
            thawed layers follow the photos. "update": those of frozen layers as well, while their weight and bias
            stand still; then nothing behind the first BatchNorm can be computed once.
    """

    base: Literal["all", "none"] = "all"
    until: str = ""
    thaw: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()
    batch_norm: BatchNorm = "keep"


AugmentKind = Literal["flip", "vertical_flip", "crop", "rotation", "colour", "trivial", "rand"]


@dataclass(frozen=True)
class AugmentStep:
    """One change made to a training photo.

    Attributes:
        kind: `flip` (left and right), `vertical_flip`, `crop` (a part of the photo, made full size), `rotation`,
            `colour` (brightness, contrast, saturation, hue), `trivial` (TrivialAugment: one random change of random
            strength), `rand` (RandAugment: two random changes of the given strength).
        amount: How far it may go, 0…1: `crop` at least 1 - amount of the area, `rotation` up to amount x 90 degrees,
            `colour` factors 1 ± amount, `rand` amount x 30 as its magnitude; not used by flips and `trivial`.
        chance: Share of photos it is applied to, 0…1.
    """

    kind: AugmentKind
    amount: float = 0.3
    chance: float = 0.5


@dataclass(frozen=True)
class AugmentSpec:
    """Changes made to training photos, in order; validation photos are never changed.

    Attributes:
        steps: In the order they are applied to the photo as it is framed for the network.
        views: 0 changes each photo anew in every epoch, so nothing of it can be computed once. With N above 0, N
            changed views of each training photo are made once, cached, and trained on beside the photo itself.
    """

    steps: tuple[AugmentStep, ...] = ()
    views: int = 0

    @property
    def random(self) -> bool:
        """True where each epoch sees other pixels, so that nothing can be computed once."""
        return bool(self.steps) and self.views == 0


@dataclass(frozen=True)
class HeadSpec:
    """The new last layers, from the features to one score a class (or to one number).

    Attributes:
        standardize: Scale each feature to mean 0 and deviation 1 over the training photos while the head learns. The
            scaling is folded into the saved weights, so the exported head takes raw features.
        kind: `linear`: one linear map. `mlp`: a hidden layer with ReLU and dropout before it.
        hidden: Width of the hidden layer of an `mlp`.
        dropout: Share of hidden units of an `mlp` left out at random while it learns, 0 up to below 1.
        start: First weights of the last layer. `zero`: none speaks for a class before it has learned something.
            `random`: torch's own. A layer that gives a number always starts at zero.
    """

    standardize: bool = True
    kind: Literal["linear", "mlp"] = "linear"
    hidden: int = 256
    dropout: float = 0.2
    start: Literal["zero", "random"] = "zero"


@dataclass(frozen=True)
class LayerRate:
    """A rate set by hand: of the layer called `name` and all below it, in place of `TrainSpec.backbone_lr`."""

    name: str
    lr: float


Result = Literal["loss", "metric", "last"]
"""Which epoch is the result of a run. `loss`: that with the lowest validation loss. `metric`: that with the highest
validation accuracy. Both, where a number is learned: that with the lowest mean absolute error. `last`: the last one;
that with the lowest validation loss is kept beside it as the best."""


@dataclass(frozen=True)
class TrainSpec:
    """How the head, and what is thawed, learns.

    Attributes:
        epochs: Passes over the training photos, at least 1; those of `head_epochs` not counted.
        batch_size: Photos in one optimizer step.
        lr: Learning rate of the head.
        backbone_lr: Learning rate of thawed backbone layers.
        optimizer: `adamw`, `adam` or `sgd` (momentum 0.9).
        weight_decay: Decay of what trains; never on biases and norms.
        seed: Seed of the head's first weights and of the order of photos.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        head_epochs: Passes of the first phase, in which the head alone learns on cached features of the frozen network
            before what the plan thaws begins to move; 0 for none.
        layer_decay: Each block before the last thawed one has this share of the rate of the block behind it; 1 gives
            all the same (discriminative rates, ULMFiT; arXiv 1801.06146).
        layer_rates: Rates set by hand, later ones win.
        schedule: `constant`; `cosine`: falls to 0 along a half cosine; `one_cycle`: rises over the first quarter, then
            falls (fastai's cycle, arXiv 1803.09820).
        warmup: Epochs over which rates rise from 0 at the start of a phase (not with `one_cycle`).
        extended: Epochs after which an earlier plan of this run had ended. `cosine` and `one_cycle` begin a new cycle
            there (warm restart, arXiv 1608.03983); `constant` goes on as if it had never ended.
        label_smoothing: Share of each label spread over all classes, 0 up to below 1.
        balance: What makes up for classes with few photos: `none`; `weights`: their losses count more; `sampling`:
            their photos are drawn more often.
        clip_norm: Longest gradient, over all that trains; 0 for no limit.
        result: Which epoch is the result; its weights and predictions are those of the run.
        patience: Epochs without a better one, as `result` compares them, after which training ends; 0 trains to the
            last epoch.
        precision: Numbers in which what trains computes: `auto` (float32 on a CPU, bfloat16 on a GPU that has it),
            `float32`, `bfloat16` or `float16`. On a GPU what is frozen computes in them, too.
        deterministic: On a GPU: only algorithms that give the same bits each time, where there are any, and photos
            decoded by the CPU alone. On a CPU the same spec and seed always give the same bits.
        checkpoint_minutes: At most so long is lost when the program is killed in the middle of an epoch; one is also
            written at every epoch's end.
    """

    epochs: int = 10
    batch_size: int = 32
    lr: float = 1e-3
    backbone_lr: float = 1e-5
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    weight_decay: float = 0.01
    seed: int = 7
    device: Device = "auto"
    head_epochs: int = 0
    layer_decay: float = 1.0
    layer_rates: tuple[LayerRate, ...] = ()
    schedule: Literal["constant", "cosine", "one_cycle"] = "constant"
    warmup: float = 0.0
    extended: tuple[int, ...] = ()
    label_smoothing: float = 0.0
    balance: Literal["none", "weights", "sampling"] = "none"
    clip_norm: float = 0.0
    result: Result = "loss"
    patience: int = 0
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    deterministic: bool = True
    checkpoint_minutes: float = 5.0

    @property
    def planned(self) -> str:
        """The epochs of each phase, as they are written everywhere: “10”; “3 + 10” with the head alone first."""
        return f"{self.head_epochs} + {self.epochs}" if self.head_epochs else str(self.epochs)

    @property
    def all_epochs(self) -> int:
        """Of both phases."""
        return self.head_epochs + self.epochs


@dataclass(frozen=True)
class RunSpec:
    """Everything one training run is made from."""

    dataset: DatasetSpec
    backbone: BackboneSpec = field(default_factory=BackboneSpec)
    freeze: FreezePlan = field(default_factory=FreezePlan)
    head: HeadSpec = field(default_factory=HeadSpec)
    train: TrainSpec = field(default_factory=TrainSpec)
    augment: AugmentSpec = field(default_factory=AugmentSpec)
