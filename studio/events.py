"""What work says while it goes on, as frozen data.

A job is a generator of these. They hold numbers, strings, paths and numpy arrays, never a tensor or a widget, so they
may cross threads, be written down, and be folded into the state of a window or the record of a run alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.spec import PreprocessSpec, RunSpec

Split = Literal["train", "val", "test"]


# ------------------------------------------------------------------------------------------------- any work at all


@dataclass(frozen=True)
class Stage:
    """A part of the work begins.

    Attributes:
        name: Short and stable, for programs: `import`, `scan`, `check`, `weights`, `layers`, `extract`, `train`, …
        title: For people: "Computing features".
    """

    name: str
    title: str


@dataclass(frozen=True)
class Progress:
    """How far the current stage is. Sent at most about ten times a second.

    Attributes:
        stage: Name of the stage.
        done: Finished units.
        total: All units; 0 where it is not known.
        unit: What is counted: "photos", "epochs", "MB".
        rate: Units a second over the last seconds; 0 while unknown.
        seconds_left: Estimate; None while unknown.
    """

    stage: str
    done: float
    total: float
    unit: str = "photos"
    rate: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True)
class Warned:
    """Something the user should know, while the work goes on."""

    title: str
    hint: str = ""


@dataclass(frozen=True)
class Saved:
    """A file or folder the user asked for now exists.

    Attributes:
        path: Where.
        what: "head", "features", "run", …
    """

    path: str
    what: str


# -------------------------------------------------------------------------------------------------- photos


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a data set.

    Attributes:
        path: Relative to the data set's folder, with forward slashes.
        label: Index into the data set's classes.
        split: Which part it belongs to.
    """

    path: str
    label: int
    split: Split


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder left out, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the data from being trained on: what, and what to do."""

    title: str
    hint: str


@dataclass(frozen=True)
class Dataset:
    """A scanned folder.

    Attributes:
        folder: Absolute path.
        classes: Names in the order of the labels.
        photos: Sorted by path; photos found unreadable are not among them.
        skipped: What was left out.
        split_found: True where the folder brought `train/` and `val/`; False where the split was made here.
        problems: What must be put right before training; empty where all is well.
        checked: True once every photo has been opened, so `skipped` is complete.
    """

    folder: str
    classes: tuple[str, ...]
    photos: tuple[Photo, ...]
    skipped: tuple[Skipped, ...] = ()
    split_found: bool = False
    problems: tuple[Problem, ...] = ()
    checked: bool = False

    def counts(self) -> dict[str, list[int]]:
        """Photos per split, one number a class: `{"train": [98, 99], "val": [25, 24]}`. Empty splits are left out."""
        table = {name: [0] * len(self.classes) for name in ("train", "val", "test")}
        for photo in self.photos:
            table[photo.split][photo.label] += 1
        return {name: row for name, row in table.items() if any(row)}


@dataclass(frozen=True)
class DatasetFound:
    """A folder was scanned; comes once when it is listed and again when every photo was checked."""

    dataset: Dataset


@dataclass(frozen=True)
class Preview:
    """One photo on its way into the network.

    Attributes:
        path: Absolute path of the photo.
        on_disk: (H, W, 3) uint8, as decoded and turned upright, made smaller for the screen.
        disk_size: Width and height on disk in pixels.
        framed: (h, w, 3) uint8, after resize and crop: what is cut out.
        seen: (h, w, 3) uint8, the normalised input stretched to 0…255 for looking at: black is the lowest number.
        lowest: Lowest number in the normalised input.
        highest: Highest number in the normalised input.
        steps: What happens to the photo in words, in order.
        spec: The preprocessing this was made with.
    """

    path: str
    on_disk: NDArray[np.uint8]
    disk_size: tuple[int, int]
    framed: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    lowest: float
    highest: float
    steps: tuple[str, ...]
    spec: PreprocessSpec


# -------------------------------------------------------------------------------------------------- the network


@dataclass(frozen=True, slots=True)
class Layer:
    """One module of the network.

    Attributes:
        path: Module path in the untouched tree (`blocks.4.0.conv_pw`); a bare parameter has its own path (`cls_token`).
        type: Class name.
        depth: Dots in the path.
        leaf: True for what holds no further layers.
        input_shape: Shape without the batch, () where it is not called with a tensor.
        output_shape: Shape without the batch, () where it gives no tensor.
        parameters: Parameters in it and below.
        order: Place in which it first finishes running; layers that never run stand where they are written.
    """

    path: str
    type: str
    depth: int
    leaf: bool
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    order: int


@dataclass(frozen=True)
class LayerTable:
    """The layers of a backbone without its last layer, parents before children.

    Attributes:
        backbone: Catalogue name.
        image_size: Height and width the shapes are for.
        layers: Rows, parents directly before their children, siblings in the order they run.
        features: Width D of the flat features.
        classifier: Path where the new head stands.
        parameters: In total, without the head.
        seconds: How long loading took.
    """

    backbone: str
    image_size: tuple[int, int]
    layers: tuple[Layer, ...]
    features: int
    classifier: str
    parameters: int
    seconds: float = 0.0


@dataclass(frozen=True)
class LayerOutput:
    """What one layer gives for one photo.

    Attributes:
        layer: Module path.
        path: Absolute path of the photo.
        shape: Full output shape without the batch.
        maps: (C', h, w) float32 for feature maps, at most `limit` of them, the ones with the largest spread first.
            (1, 1, D) for vectors.
        channels: Index of each map among the layer's channels.
        seconds: Time it took.
    """

    layer: str
    path: str
    shape: tuple[int, ...]
    maps: NDArray[np.float32]
    channels: tuple[int, ...]
    seconds: float


# -------------------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class RunStarted:
    """A run has a folder and a plan; results that follow belong to this spec and no other.

    Attributes:
        run: Absolute path of the run's folder.
        spec: Everything it is made from.
        device: Where it computes: "cpu", "cuda:0", "mps".
        cut: Where features are cached: "features", or "pixels" where the backbone trains.
        feature_shape: Shape of what is cached for one photo: (1280,) or (3, 224, 224).
        trainable_parameters: Head included.
        total_parameters: Head included.
        frozen_layers: Paths that hold still.
        weights_hash: Identity of the untouched backbone's weights.
        preprocess: How photos become input.
    """

    run: str
    spec: RunSpec
    device: str
    cut: str
    feature_shape: tuple[int, ...]
    trainable_parameters: int
    total_parameters: int
    frozen_layers: tuple[str, ...]
    weights_hash: str = ""
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)


@dataclass(frozen=True)
class Extracted:
    """Features (or pixels) of every photo are in the cache.

    Attributes:
        computed: Photos computed now.
        reused: Photos found in the cache.
        seconds: Time it took.
    """

    computed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """Training loss inside an epoch, for a live curve.

    Attributes:
        epoch: Position in epochs, for instance 2.5 in the middle of the third.
        loss: Mean cross-entropy of the batches since the last step told.
    """

    epoch: float
    loss: float


@dataclass(frozen=True)
class Epoch:
    """One pass over the training photos, and a validation after it. Losses are mean cross-entropy in nats.

    Attributes:
        epoch: From 1.
        train_loss: Mean over the epoch's batches, as they trained.
        train_accuracy: 0…1, likewise.
        val_loss: After the epoch.
        val_accuracy: 0…1, after the epoch.
        seconds: Time for training and validation.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Predicted:
    """Predictions on the validation photos after an epoch.

    Attributes:
        epoch: From 1.
        photos: Indices into `dataset.photos` of the run's data set.
        probabilities: (N, K) float32, rows in the order of `photos`.
    """

    epoch: int
    photos: NDArray[np.int64]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class ClassScore:
    """How well one class is found. Intervals are Wilson's, 95 %.

    Attributes:
        name: Class.
        images: Validation photos of it.
        precision: Share right among those predicted as it; 0 where none was predicted.
        recall: Share found among those that are it; 0 where there is none.
        f1: Harmonic mean of the two.
        recall_interval: Low and high end.
    """

    name: str
    images: int
    precision: float
    recall: float
    f1: float
    recall_interval: tuple[float, float]


@dataclass(frozen=True)
class Report:
    """The judgement on a set of predictions.

    Attributes:
        accuracy: 0…1.
        interval: Wilson's 95 % interval of the accuracy.
        macro_f1: Mean F1 over classes.
        loss: Mean cross-entropy.
        calibration_error: Expected calibration error over 10 bins of confidence, 0…1.
        confusion: (K, K) int64, rows true, columns predicted.
        classes: One score a class, in label order.
        verdict: "Healthy", "Look closer" or "Not yet": one to three words.
        advice: Why, in one or two sentences for people.
    """

    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    loss: float
    calibration_error: float
    confusion: NDArray[np.int64]
    classes: tuple[ClassScore, ...]
    verdict: str
    advice: str


@dataclass(frozen=True)
class Judged:
    """The report on the predictions of an epoch."""

    epoch: int
    report: Report


@dataclass(frozen=True)
class Trained:
    """A training reached its last epoch.

    Attributes:
        run: Absolute path of the run's folder.
        frozen_unchanged: True where every frozen layer's hash is what it was before; BatchNorm statistics included.
        changed_layers: Frozen layers that moved; empty unless something is broken.
        seconds: Per stage and `total`.
    """

    run: str
    frozen_unchanged: bool
    changed_layers: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ImagePrediction:
    """Class probabilities of one image outside the data set.

    Attributes:
        path: As given.
        probabilities: One a class, in the order of the run's classes.
        predicted: Name of the likeliest class.
    """

    path: str
    probabilities: tuple[float, ...]
    predicted: str


# -------------------------------------------------------------------------------------------------- the end of a job


@dataclass(frozen=True)
class Done:
    """The job ended by itself."""


@dataclass(frozen=True)
class Cancelled:
    """The job was asked to stop and did."""


@dataclass(frozen=True)
class Failed:
    """The job could not go on. Only strings: an exception's frames would keep tensors alive.

    Attributes:
        title: What happened, and to which file.
        hint: What to do.
        traceback: Empty where the user can put it right; else for a bug report.
    """

    title: str
    hint: str
    traceback: str = ""


Event = (
    Stage
    | Progress
    | Warned
    | Saved
    | DatasetFound
    | Preview
    | LayerTable
    | LayerOutput
    | RunStarted
    | Extracted
    | Step
    | Epoch
    | Predicted
    | Judged
    | Trained
    | ImagePrediction
    | Done
    | Cancelled
    | Failed
)
Events = Iterator[Event]
