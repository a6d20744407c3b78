"""Compares feature extraction from photos on disk with the limit of the machine.

    uv run --with onnxruntime --with onnx python tests/bench/extraction.py PHOTOS [--rounds 3] [--networks NAME ...]

If the network alone computes f photos per second and decoding alone d photos per second, each on all cores, both
together cannot exceed 1 / (1/f + 1/d). f is the best rate of ONNX Runtime's CPU provider: with a batch on all cores, or
one photo on each core; d is our own decoding. *Steady* is a whole extraction with an empty cache after the network was
compiled, as in a large folder. The three take turns within one round, because the speed of a machine varies; ratios are
taken within the round. *Whole* is `thaw extract` with an empty cache, imports, loading and compiling included. It is
compared with a process that does the same from an exported file with ONNX Runtime and Pillow alone, and with the time
at the limit.
"""

from __future__ import annotations

import argparse
import collections
import functools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from parts import staged

from studio.data.images import preprocess
from studio.data.scan import listing
from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone
from studio.engine.extraction import extract
from studio.events import Dataset, FeaturesComputed
from studio.jobs.protocol import never
from studio.jobs.workers import default_workers
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec

NETWORKS = ("tf_efficientnet_lite0", "mobilenet_v2", "resnet18", "resnet50")
BATCHES = (1, 4, 8)
CPU = torch.device("cpu")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement of ONNX Runtime")
    parser.add_argument("--whole", type=int, default=2, metavar="N", help="rounds of whole processes")
    options = parser.parse_args()
    dataset = listing(DatasetSpec(str(options.photos)))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}; "
        f"{len(dataset.photos)} photos, {options.rounds} rounds; medians, photos a second"
    )
    head = "steady"
    print(f"{head:24}{'f':>8}{'batch':>7}{'d':>8}{'limit':>8}{'ours':>8}{'ratio':>8}{'min':>6}{'max':>6}{'start s':>9}")
    limits = {}
    for name in options.networks:
        row, limits[name] = _row(name, dataset, options.rounds, options.seconds)
        print(row, flush=True)
    if options.whole:
        print(f"{'whole processes':24}{'limit s':>8}{'ONNX s':>8}{'thaw s':>8}{'limit ÷':>9}{'ONNX ÷':>8}")
        for name in options.networks:
            print(_whole_row(name, options.photos, len(dataset.photos) / limits[name], options.whole), flush=True)


def _row(name: str, dataset: Dataset, rounds: int, seconds: float) -> tuple[str, float]:
    """A row of the table, and the limit in photos per second."""
    base = _load(name)
    base.network.to(memory_format=torch.channels_last)
    began = time.perf_counter()
    quick = extract.make_runtime(base, "features", CPU)
    compiling = time.perf_counter() - began
    original, sessions = extract.make_runtime, _sessions(base)
    extract.make_runtime = lambda *_: _Reused(quick)  # type: ignore[assignment]
    try:
        _ours(base, dataset)
        samples: dict[str, list[float]] = collections.defaultdict(list)
        ways: list[str] = []
        for _ in range(rounds):
            share = seconds / len(sessions)
            rates = {way: count * _forward(passes, share) for way, (count, passes) in sessions.items()}
            best = max(rates, key=rates.__getitem__)
            samples["f"].append(rates[best])
            ways.append(best)
            samples["d"].append(_decoding(base, dataset))
            samples["ours"].append(_ours(base, dataset))
            samples["limit"].append(1 / (1 / samples["f"][-1] + 1 / samples["d"][-1]))
            samples["ratio"].append(samples["ours"][-1] / samples["limit"][-1])
    finally:
        extract.make_runtime = original
        quick.close()
    way = statistics.mode(ways)
    middle = {key: statistics.median(values) for key, values in samples.items()}
    row = (
        f"{name:24}{middle['f']:8.1f}{way:>7}{middle['d']:8.1f}{middle['limit']:8.1f}{middle['ours']:8.1f}"
        f"{middle['ratio']:8.2f}{min(samples['ratio']):6.2f}{max(samples['ratio']):6.2f}{compiling:9.2f}"
    )
    return row, middle["limit"]


def _load(name: str) -> Backbone:
    loading = backbone.load(BackboneSpec(name, _weights(name)), never)
    base: Backbone = staged.finish(loading)
    return base


def _weights(name: str) -> str:
    """The bundled weights, or random ones for other backbones: speed does not depend on them."""
    return "default" if name == BUNDLED_BACKBONE else "none"


class _Reused:
    """A runtime that outlives one extraction, so that compiling is measured once and separately."""

    def __init__(self, runtime: Any) -> None:
        self.name, self.put, self.finish = runtime.name, runtime.put, runtime.finish

    def close(self) -> None:
        """Do nothing: the runtime is reused."""


def _ours(base: Backbone, dataset: Dataset) -> float:
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        for event in extract.extract(base, dataset, "features", CPU, never, Path(empty)):
            if isinstance(event, FeaturesComputed) and event.reused:
                sys.exit("The cache was not empty.")
        return len(dataset.photos) / (time.perf_counter() - began)


def _decoding(base: Backbone, dataset: Dataset) -> float:
    began = time.perf_counter()
    count = sum(
        loaded.pixels is not None for loaded in preprocess.load(dataset.folder, dataset.photos, base.preprocess)
    )
    return count / (time.perf_counter() - began)


def _sessions(base: Backbone) -> dict[str, tuple[int, Callable[[], object]]]:
    """Ways to use ONNX Runtime: a batch on all cores, or one photo on each core; photos per call, and the call."""
    import onnxruntime

    sessions: dict[str, tuple[int, Callable[[], object]]] = {}
    cores = default_workers()
    with tempfile.TemporaryDirectory() as folder:
        for batch in BATCHES:
            photos = torch.randn(batch, 3, *base.preprocess.size)
            file = Path(folder, f"{batch}.onnx")
            _export(base, photos, file)
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            feed = {session.get_inputs()[0].name: photos.numpy()}
            output = session.run(None, feed)[0].reshape(batch, -1)
            with torch.no_grad():
                expected = base.features(photos).numpy()
            np.testing.assert_allclose(output, expected, rtol=1e-2, atol=1e-3 * float(np.abs(expected).max()))
            sessions[str(batch)] = batch, functools.partial(session.run, None, feed)
            if batch == 1 and cores > 1:
                alone = onnxruntime.SessionOptions()
                alone.intra_op_num_threads = 1
                one = onnxruntime.InferenceSession(str(file), alone, providers=["CPUExecutionProvider"])
                threads = ThreadPoolExecutor(cores)
                sessions[f"{cores}x1"] = 4 * cores, functools.partial(_side_by_side, threads, one, feed, 4 * cores)
    return sessions


def _side_by_side(threads: ThreadPoolExecutor, session: Any, feed: dict[str, Any], count: int) -> None:
    for done in [threads.submit(session.run, None, feed) for _ in range(count)]:
        done.result()


def _export(base: Backbone, photos: torch.Tensor, file: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(base.network, (photos,), file, dynamo=False)


def _forward(session: Callable[[], object], seconds: float) -> float:
    """Passes per second."""
    session()
    passes, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds:
        session()
        passes += 1
    return passes / taken


def _whole_row(name: str, photos: Path, limit: float, rounds: int) -> str:
    """Seconds of both processes, in turns."""
    base = _load(name)
    theirs: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "network.onnx")
        _export(base, torch.randn(8, 3, *base.preprocess.size), file)
        loop = [sys.executable, str(Path(__file__).parent / "parts" / "onnx_loop.py"), str(photos), str(file)]
        for number in range(rounds):
            theirs.append(_timed([*loop, str(base.preprocess.resize[0])], {}))
            home = {name: str(Path(folder, str(number))) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
            thaw = [sys.executable, "-m", "studio.__main__", "extract", str(photos), "--backbone", name]
            ours.append(_timed([*thaw, "--weights", _weights(name), "--out", str(Path(folder, f"{number}.npz"))], home))
    a, b = statistics.median(theirs), statistics.median(ours)
    return f"{name:24}{limit:8.2f}{a:8.2f}{b:8.2f}{limit / b:9.2f}{a / b:8.2f}"


def _timed(command: list[str], more: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
