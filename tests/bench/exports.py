"""Exports of whole models over many backbones with random weights: photos with the same class, difference, time, size.

    uv run python tests/bench/exports.py [--seconds 300] [--turned] [--out table.md] [NAME ...]

For each backbone, a head of 2 to 1,000 classes with random weights (every fifth a head with a hidden layer, every
seventh for a number) is put on it. The model is written as ONNX with each of torch's exporters until one passes, run by
onnxruntime on photos of several shapes, and compared with Pillow's pixels through the network in torch. Times are CPU
seconds of the export. The comparison of `thaw export`, in a process without the studio, is not a part of it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import torch
from PIL import Image

from studio.catalog import catalog
from studio.data.images.preprocess import frame
from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import normalize
from studio.engine.export.model import onnx_file
from studio.engine.export.model.photo_input import PhotoInput
from studio.engine.export.model.whole_model import Head, Network, PhotoNetwork
from studio.spec import BackboneSpec

CLASSES = (2, 3, 10, 37, 100, 257, 1000)
SHAPES = ((300, 400), (401, 250), (224, 224), (90, 130), (500, 120), (97, 600), (640, 480), (33, 47))
LARGEST = 30e6
"""Backbones with more parameters are left out."""


def smallest_of_each_family() -> list[str]:
    """Names of the smallest backbone of each family, the smallest first."""
    best: dict[str, catalog.BackboneInfo] = {}
    for info in catalog.load():
        if info.family not in best or info.parameters < best[info.family].parameters:
            best[info.family] = info
    return [one.name for one in sorted(best.values(), key=lambda one: one.parameters) if one.parameters <= LARGEST]


def photo(number: int) -> np.ndarray:
    height, width = SHAPES[number % len(SHAPES)]
    small = np.random.default_rng(number).integers(0, 256, (height // 9 + 1, width // 9 + 1, 3), dtype=np.uint8)
    return np.array(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def model_of(name: str, number: int) -> SimpleNamespace:
    steps = backbone.load(BackboneSpec(name, "none"), lambda: False, number)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            base = end.value
            break
    width, numbers = base.table.features, number % 7 == 6
    count = 1 if numbers else CLASSES[number % len(CLASSES)]
    random = torch.Generator().manual_seed(number)
    tensors: dict[str, torch.Tensor] = {}
    if number % 5 == 4:
        tensors = {
            "hidden.weight": torch.randn(64, width, generator=random) / width**0.5,
            "hidden.bias": torch.zeros(64),
        }
        width = 64
    tensors |= {"weight": torch.randn(count, width, generator=random), "bias": torch.zeros(count)}
    network = Network(base.network, Head(tensors), numbers, None)
    outputs = ("value",) if numbers else ("probabilities",)
    photos = PhotoNetwork(PhotoInput(base.preprocess), network)
    return SimpleNamespace(base=base, network=network, photo_network=photos, outputs=outputs, classes=count)


def row(name: str, number: int, folder: Path, writers: tuple[str, ...]) -> list[str]:
    model = model_of(name, number)
    photos = [photo(place) for place in range(len(SHAPES))]
    with torch.no_grad():
        frames = [frame(Image.fromarray(one), model.base.preprocess) for one in photos]
        cpu = torch.device("cpu")
        ours = [model.network(normalize(one[None], model.base.preprocess, cpu))[0][0].numpy() for one in frames]
    reason = ""
    for writer in writers:
        file, start = folder / f"{number}.onnx", time.process_time()
        try:
            onnx_file.export(model, file, writer)
            spent = time.process_time() - start
            session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
            got = [session.run(None, {"image": one[None]})[0][0] for one in photos]
        except Exception as error:
            reason = (
                f"{writer}: {str(error).strip().splitlines()[0][:60] if str(error).strip() else type(error).__name__}"
            )
            continue
        spread = float(np.std(ours)) if model.outputs[0] == "value" else 1.0
        gaps = [float(np.abs(a - b).max()) / max(spread, 1e-9) for a, b in zip(ours, got, strict=True)]
        pairs = zip(ours, got, strict=True)
        same = sum(a.argmax() == b.argmax() for a, b in pairs) if spread == 1.0 else sum(gap <= 1e-3 for gap in gaps)
        size = file.stat().st_size / 1e6
        file.unlink()
        cells = [
            name,
            model.base.info.family,
            "a number" if model.outputs[0] == "value" else f"{model.classes:,}",
            writer,
        ]
        result = [*cells, f"{same} of {len(gaps)}", f"{max(gaps):.1e}", f"{spent:.0f}", f"{size:.0f}"]
        if same == len(gaps) and max(gaps) <= 1e-3:
            return [*result, "passed"]
        reason = f"{writer}: {same} of {len(gaps)}, {max(gaps):.1e}"
    return [name, model.base.info.family, f"{model.classes:,}", "none", "", "", "", "", reason]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--turned", action="store_true", help="try the older exporter first, which is faster")
    options = parser.parse_args()
    writers = onnx_file.OnnxFile.writers[:: -1 if options.turned else 1]
    warnings.simplefilter("ignore")
    start = time.monotonic()
    lines = ["| backbone | family | classes | exporter | same | largest difference | CPU s | MB | result |"]
    lines.append("|---|---|---:|---|---|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(options.names or smallest_of_each_family()):
            if time.monotonic() - start > options.seconds:
                break
            try:
                cells = row(name, number, Path(folder), writers)
            except Exception as error:
                cells = [name, *[""] * 7, f"not built: {error}"[:80]]
            lines.append(f"| {' | '.join(cells)} |")
            print(lines[-1], flush=True)
            if options.out:
                options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
