"""A fixed data set, table of layers and report for a window."""

from __future__ import annotations

import numpy as np

from studio.catalog import catalog
from studio.events import (
    BackboneAdvice,
    BackboneProbe,
    Certificate,
    ClassScore,
    CutAdvice,
    CutProbe,
    Dataset,
    Difference,
    Figure,
    Forecast,
    GivenPhoto,
    ImagePrediction,
    Layer,
    LayerTable,
    MeasuredStep,
    ModelExported,
    MultiplyAdds,
    NearPhoto,
    NetworkShapes,
    Photo,
    PredictionTrace,
    RatesSuggested,
    RateTest,
    Report,
    StepMemory,
    TraceStep,
)
from studio.session.model_exports import ModelOffer
from studio.spec import BackboneSpec, FreezePlan, RunSpec

CLASSES = ("ants", "bees")


def fake_dataset(folder: str, photos: int = 40, checked: bool = True, val_fraction: float = 0.25) -> Dataset:
    """Photos without files, in two classes; every fourth one is for validation."""
    every = max(2, round(1 / val_fraction))
    rows = [
        Photo(f"{CLASSES[number % 2]}/{number:04}.jpg", number % 2, "train" if number // 2 % every else "val")
        for number in range(photos)
    ]
    return Dataset(folder, CLASSES, tuple(sorted(rows, key=lambda photo: photo.path)), checked=checked)


def fake_layers(backbone: str = "tf_efficientnet_lite0") -> LayerTable:
    """Four leaves in two blocks."""
    rows = (
        Layer("stem", "Conv2d", 0, True, (3, 224, 224), (32, 112, 112), 900, 0),
        Layer("blocks", "Sequential", 0, False, (32, 112, 112), (320, 7, 7), 30_000, 3),
        Layer("blocks.0", "Block", 1, False, (32, 112, 112), (16, 112, 112), 10_000, 1),
        Layer("blocks.0.conv", "Conv2d", 2, True, (32, 112, 112), (16, 112, 112), 10_000, 1),
        Layer("blocks.1", "Block", 1, False, (16, 112, 112), (320, 7, 7), 20_000, 2),
        Layer("blocks.1.conv", "Conv2d", 2, True, (16, 112, 112), (320, 7, 7), 20_000, 2),
        Layer("pool", "AdaptiveAvgPool2d", 0, True, (320, 7, 7), (1280,), 0, 4),
    )
    return LayerTable(backbone, (224, 224), rows, catalog.find(backbone).features, "classifier", 30_900)


def fake_shapes(spec: BackboneSpec) -> NetworkShapes:
    """The layers of `fake_layers`, with operations."""
    table = fake_layers(spec.name)
    macs = {"stem": 4_000_000, "blocks": 9_000_000, "blocks.0": 4_000_000, "blocks.0.conv": 4_000_000}
    macs |= {"blocks.1": 5_000_000, "blocks.1.conv": 5_000_000}
    operations = MultiplyAdds(spec.name, table.image_size, macs, 13_000_000)
    return NetworkShapes(spec.name, spec.image_size, table, operations)


def fake_advice(spec: RunSpec) -> CutAdvice:
    """Advice to freeze the first of the two blocks of `fake_layers`."""
    cuts = (
        CutProbe("blocks.0", FreezePlan(until="blocks.0"), 0.9, 0.7, 0.97, 12.0, 4_000_000, 9_000),
        CutProbe("features", FreezePlan(), 0.6, 0.4, 0.78, 0.0, 200_000, 0),
    )
    return CutAdvice(spec.dataset, spec.backbone, cuts, 0, "Behind blocks.0 the probe is better.", 32, 1.5)


def fake_backbone_advice(spec: RunSpec) -> BackboneAdvice:
    """Advice to use the second, larger one of two backbones."""
    small, large = BackboneSpec("tf_efficientnet_lite0"), BackboneSpec("tf_efficientnet_lite2")
    probes = (
        BackboneProbe(small, 0.7, 0.6, 0.8, 3_400_000, 4e8, (224, 224), 0.01, 12.0),
        BackboneProbe(large, 0.9, 0.82, 0.95, 4_800_000, 9e8, (260, 260), 0.02, 24.0),
    )
    why, notes, downloads = "Lite2 is better.", ("The photos are few.",), (("resnet18", 44.7),)
    return BackboneAdvice(spec.dataset, probes, 1, why, notes, 32, 32, (500, 375), "cpu", 3, downloads, 2.5)


def fake_forecast(spec: RunSpec, measure: bool = False) -> Forecast:
    """A forecast for 40 photos in batches of 32."""
    memory = StepMemory(14_000_000, 4_000_000, 8_000_000, 76_000_000)
    measured = MeasuredStep(0.5, 105_000_000) if measure else None
    return Forecast(
        memory, 32, 210, 2_000_000_000, 40, 1_600_000, 9.0, 0.4, 1.2, 1_020_162, "cpu", "float32", measured, spec,
        0.1, 0.2,
    )  # fmt: skip


def fake_rates(spec: RunSpec) -> RatesSuggested:
    """Range tests of head and network that suggest 0.02 and 0.0001."""
    rates = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    head = RateTest("head", rates, (0.7, 0.6, 0.3, 0.2, 0.9), 0.02, 0.1, "The loss falls fastest at 2e-2.")
    network = RateTest("network", rates, (0.3, 0.2, 0.4, 0.9, float("inf")), 1e-4, 1e-3, "A tenth of 1e-3.")
    return RatesSuggested((head, network), spec)


def fake_report() -> Report:
    """A report with nine of ten photos correct."""
    scores = tuple(ClassScore(name, 5, 0.9, 0.9, 0.9, (0.6, 0.98)) for name in CLASSES)
    confusion = np.array([[5, 0], [1, 4]], np.int64)
    figures = (
        Figure("accuracy", 0.9, (0.6, 0.98)),
        Figure("macro_f1", 0.9),
        Figure("loss", 0.25),
        Figure("calibration_error", 0.05),
    )
    return Report(10, figures, "Good", "Both classes are found.", scores, confusion)


def fake_answer(path: str) -> GivenPhoto:
    """The answer for a photo, by its name: “unread”, “unlike” and “unsure” are what they say, others are bees."""
    name = path.rpartition("/")[2]
    if name.startswith("unread"):
        return GivenPhoto(path, why="not an image")
    share = 0.57 if name.startswith("unsure") else 0.986
    unlike = name.startswith("unlike")
    top = (("bees", share), ("ants", 1 - share))
    return GivenPhoto(path, "bees", top, 0, None, 3, share > 0.6, unlike, 1.4 if unlike else 0.3)


def fake_trace(path: str) -> PredictionTrace:
    """The steps to the answer of `fake_answer`, with a crop of the middle and two near photos."""
    answer = fake_answer(path)
    shares = np.array([1 - answer.top[0][1], answer.top[0][1]], np.float32)
    photo = np.full((20, 30, 3), 120, np.uint8)
    framed = photo[:16, :16]
    tensor = np.linspace(-1, 1, 3 * 16 * 16, dtype=np.float32).reshape(3, 16, 16)
    features = np.maximum(0, np.linspace(-1, 2, 1280)).astype(np.float32)
    scores = np.log(shares)
    steps = tuple(
        TraceStep(name, shape, float(values.min()), float(values.max()), float(values.mean()), values)
        for name, shape, values in (
            ("photo", (200, 300, 3), photo),
            ("tensor", tensor.shape, tensor),
            ("features", features.shape, features),
            ("scores", scores.shape, scores),
            ("probabilities", shares.shape, shares),
        )
    )
    near = (NearPhoto("/nowhere/photos/bees/1.jpg", "bees", 0.25), NearPhoto("/nowhere/photos/ants/2.jpg", "ants", 0.3))
    known = {"sure": answer.sure, "unlike": answer.unlike, "distance": answer.distance}
    prediction = ImagePrediction(path, tuple(shares.tolist()), answer.answer, None, 3, **known)
    limit = 0.56
    far = (answer.distance or 0.0) * limit
    return PredictionTrace(prediction, steps, framed, (0.1, 0.0, 0.8, 1.0), 1.0, near, 30, "", far, limit)


def fake_offers() -> tuple[ModelOffer, ...]:
    """Two formats, one that is not offered, and the features."""
    return (
        ModelOffer("onnx", "ONNX", ".onnx", ("float32", "float16")),
        ModelOffer("pt2", "PyTorch program", ".pt2", ("float32",)),
        ModelOffer("openvino", "OpenVINO", ".xml", ("float32",), "It needs openvino."),
        ModelOffer("features", "Features and labels", ".npz", ("npz", "csv")),
    )


def fake_export(run: str, folder: str, name: str, precision: str) -> ModelExported:
    """A proved file; of pt2 one that differs."""
    known = {"photos": 10, "bytes": 13_700_000, "photos_per_second": 212.0, "largest_difference": 3e-6}
    known |= {"format": name, "precision": precision, "run": run, "runtime": "a runtime 1.0"}
    if name == "pt2":
        first = Difference("/nowhere/photos/ants/7.jpg", 0.25, "ants", "bees", "another class")
        certificate = Certificate(file="model.pt2", same_class=8, passed=False, first_difference=first, **known)
        return ModelExported(f"{folder}/model.pt2.unproved", (), certificate)
    certificate = Certificate(file="model.onnx", same_class=10, passed=True, thresholds_same=10, **known)
    return ModelExported(f"{folder}/model.onnx", (), certificate)
