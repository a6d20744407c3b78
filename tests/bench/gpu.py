"""Measures the utilization of a GPU: features of photos on disk, compared with synthetic tensors; and whole runs.

    uv run python tests/bench/gpu.py PHOTOS [--rounds 3] [--networks NAME ...] [--copies 20] [--epochs 5]

*synthetic* is the network alone, on tensors already on the GPU, in the precision of `--precision`, at the best of a few
batch sizes. *disk* is a whole extraction with an empty cache, with reading, decoding and writing, without its first
second (random weights, which takes as long); *free* is the same without deterministic algorithms. Each photo is copied
`--copies` times with other bytes appended, or it would be computed only once. *loop* is the usual training loop
(ImageFolder, DataLoader with a worker per core, frozen network, a new last layer) on the same GPU, *ours* the same
epochs of `thaw train` with an empty cache; both without imports. PHOTOS holds train/ and val/. Without a GPU the
program only says so.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from parts import staged
from torch import nn

from studio.data.scan import listing
from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone
from studio.engine.device import devices, precision
from studio.engine.extraction import extract, openvino
from studio.engine.network import fusing
from studio.engine.training import run
from studio.events import Epoch, FeaturesComputed, Progress, Warned
from studio.jobs.protocol import never
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec

NETWORKS = ("resnet50", "vit_small_patch16_224")
BATCHES = (32, 64, 128, 256, 512)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--copies", type=int, default=20, help="of each photo")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="cuda", help="cpu rehearses the program; its figures mean nothing")
    options = parser.parse_args()
    if options.device != "cpu" and not torch.cuda.is_available():
        print("There is no CUDA device, so nothing is measured.")
        return
    device = devices.find(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU, a rehearsal"
    dtype = precision.frozen_dtype(options.precision, device)
    print(f"{name}; {openvino.cores()} cores, Python {platform.python_version()}, torch {torch.__version__}, {dtype}")
    with tempfile.TemporaryDirectory() as folder:
        many = _copied(options.photos, Path(folder, "photos"), options.copies)
        print(f"\n{'photos a second':24}{'synthetic':>10}{'batch':>7}{'disk':>9}{'ratio':>7}{'min':>6}{'max':>6}")
        for network in options.networks:
            for deterministic in (True, False):
                print(_extraction(network, many, options, device, deterministic), flush=True)
        print(f"\n{options.epochs} epochs, seconds{'':8}{'loop':>10}{'ours':>10}{'ratio':>7}")
        for network in options.networks:
            print(_whole_run(network, options, device), flush=True)


def _copied(photos: Path, folder: Path, copies: int) -> Path:
    """Copies of the photos with equal pixels and different digests."""
    for file in sorted(photos.rglob("*.jpg")):
        place = folder / file.relative_to(photos).parent
        place.mkdir(parents=True, exist_ok=True)
        data = file.read_bytes()
        for number in range(copies):
            (place / f"{file.stem}_{number}.jpg").write_bytes(data + b"\0" * number)
    return folder


# ------------------------------------------------------------------------------------------------ features


def _extraction(
    network: str, photos: Path, options: argparse.Namespace, device: torch.device, deterministic: bool
) -> str:
    base = staged.finish(backbone.load(BackboneSpec(network, "none"), never))
    devices.move_network(base.network, device)
    how = TrainSpec(precision=options.precision, deterministic=deterministic)
    dtype = precision.frozen_dtype(options.precision, device)
    rates: list[tuple[float, int, float]] = []
    notes: set[str] = set()
    with devices.deterministic_mode(device, deterministic, dtype):
        _synthetic(base, device, dtype, 0.2)
        for _ in range(options.rounds):
            rate, batch = _synthetic(base, device, dtype, 1.0)
            disk, warnings = _disk(base, photos, device, how)
            rates.append((rate, batch, disk))
            notes |= warnings
    synthetic, batches, disk = (statistics.median(column) for column in zip(*rates, strict=True))
    ratios = [disk / rate for rate, _, disk in rates]
    row = (
        f"{network + ('' if deterministic else ', free'):24}{synthetic:10.0f}{batches:7.0f}{disk:9.0f}"
        f"{statistics.median(ratios):7.2f}{min(ratios):6.2f}{max(ratios):6.2f}"
    )
    return "\n".join([row, *(f"    {note}" for note in sorted(notes))])


def _synthetic(base: Backbone, device: torch.device, dtype: torch.dtype, seconds: float) -> tuple[float, int]:
    """Photos per second at the fastest batch size, and that size."""
    network = fusing.fuse(base.network, base.table, channels=base.info.input_size[0])
    network = network.to(memory_format=torch.channels_last)
    rates: dict[int, float] = {}
    for batch in BATCHES if device.type == "cuda" else (2,):
        photos = torch.randn(batch, 3, *base.preprocess.size, device=device).to(memory_format=torch.channels_last)
        with torch.no_grad(), precision.cast(device, dtype):
            for _ in range(3):
                network(photos)
            _wait(device)
            passes, began = 0, time.perf_counter()
            while (taken := time.perf_counter() - began) < seconds / len(BATCHES):
                for _ in range(5):  # queued together, to keep the GPU busy
                    network(photos)
                passes += 5
                _wait(device)
        rates[batch] = batch * passes / taken
    best = max(rates, key=rates.__getitem__)
    return rates[best], best


def _disk(base: Backbone, photos: Path, device: torch.device, how: TrainSpec) -> tuple[float, set[str]]:
    """Photos per second of an extraction after its first second, and its warnings."""
    dataset = listing(DatasetSpec(str(photos)))
    marks: list[tuple[float, float]] = []
    notes: set[str] = set()
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        for event in extract.extract(base, dataset, "features", device, never, Path(empty), how):
            if isinstance(event, Progress) and time.perf_counter() - began > 1:
                marks.append((time.perf_counter(), event.done))
            elif isinstance(event, Warned):
                notes.add(f"{event.title} {event.hint}")
            elif isinstance(event, FeaturesComputed):
                assert event.reused == 0, "the cache was not empty"
        if len(marks) < 2:
            return len(dataset.photos) / (time.perf_counter() - began), notes | {"Too short: use more copies."}
    (first, before), (last, after) = marks[0], marks[-1]
    return (after - before) / (last - first), notes


# ------------------------------------------------------------------------------------------------ whole runs


def _whole_run(network: str, options: argparse.Namespace, device: torch.device) -> str:
    loop, ours = [], []
    for _ in range(options.rounds):
        loop.append(_loop(network, options.photos, options.epochs, device))
        ours.append(_ours(network, options, device))
    ratio = statistics.median(one / other for one, other in zip(loop, ours, strict=True))
    return f"{network:24}{statistics.median(loop):10.2f}{statistics.median(ours):10.2f}{ratio:7.1f}"


def _ours(network: str, options: argparse.Namespace, device: torch.device) -> float:
    how = TrainSpec(epochs=options.epochs, precision=options.precision, device=str(device), deterministic=False)
    spec = RunSpec(DatasetSpec(str(options.photos)), BackboneSpec(network, "none"), train=how)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        events = run.train(spec, Path(folder, "run"), cache=Path(folder, "cache"))
        assert sum(isinstance(event, Epoch) for event in events) == options.epochs
    return time.perf_counter() - began


def _loop(network: str, photos: Path, epochs: int, device: torch.device) -> float:
    """The usual training loop."""
    from torchvision import datasets, transforms

    began = time.perf_counter()
    base = staged.finish(backbone.load(BackboneSpec(network, "none"), never))
    frame, size = base.preprocess.resize[0], base.preprocess.size
    steps = [transforms.Resize(frame), transforms.CenterCrop(size), transforms.ToTensor()]
    preprocess = transforms.Compose([*steps, transforms.Normalize(base.preprocess.mean, base.preprocess.std)])
    sets = {part: datasets.ImageFolder(str(photos / part), preprocess) for part in ("train", "val")}
    workers = openvino.cores()
    loaders = {
        part: torch.utils.data.DataLoader(
            data, 32, shuffle=part == "train", num_workers=workers, pin_memory=device.type == "cuda"
        )
        for part, data in sets.items()
    }
    model = nn.Sequential(base.network.requires_grad_(False), nn.Flatten())
    model.append(nn.Linear(base.table.features, len(sets["train"].classes))).to(device)
    optimizer = torch.optim.Adam(model[2].parameters(), 1e-3)
    for _ in range(epochs):
        for part, loader in loaders.items():
            model.train(part == "train")
            with torch.set_grad_enabled(part == "train"):
                for images, labels in loader:
                    scores = model(images.to(device))
                    if part == "train":
                        optimizer.zero_grad()
                        nn.functional.cross_entropy(scores, labels.to(device)).backward()
                        optimizer.step()
                    scores.argmax(1).sum().item()
    return time.perf_counter() - began


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
