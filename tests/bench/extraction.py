"""Features from photos on disk against what the machine can do at most.

    uv run --with onnxruntime --with onnx python tests/bench/extraction.py PHOTOS [--rounds 3] [--networks NAME ...]

With f photos a second through the network alone and d photos a second decoded alone, each on all cores, both together
cannot pass 1 / (1/f + 1/d). f is what ONNX Runtime's CPU provider reaches with its best batch; d is our own decoding.
Ours is a whole extraction with an empty cache, from the moment on when the network is compiled, as in a large folder.
The three take turns within one round, because a machine's speed drifts; ratios are taken within the round.
"""

from __future__ import annotations

import argparse
import collections
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch

from studio.data import preprocess
from studio.data.scan import listing
from studio.engine import backbone, features
from studio.engine.backbone import Backbone
from studio.events import Dataset, Extracted
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec
from studio.workbench.jobs import never

NETWORKS = ("tf_efficientnet_lite0", "mobilenet_v2", "resnet18", "resnet50")
BATCHES = (1, 4, 8)
CPU = torch.device("cpu")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement of ONNX Runtime")
    options = parser.parse_args()
    dataset = listing(DatasetSpec(str(options.photos)))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}; "
        f"{len(dataset.photos)} photos, {options.rounds} rounds; medians, photos a second"
    )
    print(f"{'':24}{'f':>8}{'batch':>7}{'d':>8}{'limit':>8}{'ours':>8}{'ratio':>8}{'min':>6}{'max':>6}{'start s':>9}")
    for name in options.networks:
        print(_row(name, dataset, options.rounds, options.seconds), flush=True)


def _row(name: str, dataset: Dataset, rounds: int, seconds: float) -> str:
    base = _finish(backbone.load(BackboneSpec(name, "default" if name == BUNDLED_BACKBONE else "none"), never))
    base.network.to(memory_format=torch.channels_last)
    began = time.perf_counter()
    quick = features.quick(base, "features", CPU)
    compiling = time.perf_counter() - began
    original, sessions = features.quick, _sessions(base)
    features.quick = lambda *_: _Kept(quick)  # type: ignore[assignment]
    try:
        _ours(base, dataset)
        found: dict[str, list[float]] = collections.defaultdict(list)
        for _ in range(rounds):
            rates = {batch: batch * _forward(session, seconds / len(sessions)) for batch, session in sessions.items()}
            best = max(rates, key=rates.__getitem__)
            found["f"].append(rates[best])
            found["batch"].append(best)
            found["d"].append(_decoding(base, dataset))
            found["ours"].append(_ours(base, dataset))
            found["limit"].append(1 / (1 / found["f"][-1] + 1 / found["d"][-1]))
            found["ratio"].append(found["ours"][-1] / found["limit"][-1])
    finally:
        features.quick = original
        quick.close()
    middle = {key: statistics.median(values) for key, values in found.items()}
    return (
        f"{name:24}{middle['f']:8.1f}{middle['batch']:7.0f}{middle['d']:8.1f}{middle['limit']:8.1f}{middle['ours']:8.1f}"
        f"{middle['ratio']:8.2f}{min(found['ratio']):6.2f}{max(found['ratio']):6.2f}{compiling:9.2f}"
    )


class _Kept:
    """A runtime that outlives one extraction, so that compiling is measured once and apart."""

    def __init__(self, runtime: Any) -> None:
        self.name, self.put, self.finish = runtime.name, runtime.put, runtime.finish

    def close(self) -> None:
        """Not yet."""


def _ours(base: Backbone, dataset: Dataset) -> float:
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        for event in features.extract(base, dataset, "features", CPU, never, Path(empty)):
            if isinstance(event, Extracted) and event.reused:
                sys.exit("The cache was not empty.")
        return len(dataset.photos) / (time.perf_counter() - began)


def _decoding(base: Backbone, dataset: Dataset) -> float:
    began = time.perf_counter()
    count = sum(
        loaded.pixels is not None for loaded in preprocess.load(dataset.folder, dataset.photos, base.preprocess)
    )
    return count / (time.perf_counter() - began)


def _sessions(base: Backbone) -> dict[int, Callable[[], object]]:
    """One pass of ONNX Runtime by batch size."""
    import onnxruntime

    sessions: dict[int, Callable[[], object]] = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for batch in BATCHES:
            photos = torch.randn(batch, 3, *base.preprocess.size)
            file = Path(folder, f"{batch}.onnx")
            torch.onnx.export(base.network, (photos,), file, dynamo=False)
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            feed = {session.get_inputs()[0].name: photos.numpy()}
            given = session.run(None, feed)[0].reshape(batch, -1)
            with torch.no_grad():
                wanted = base.features(photos).numpy()
            np.testing.assert_allclose(given, wanted, rtol=1e-2, atol=1e-3 * float(np.abs(wanted).max()))
            sessions[batch] = lambda session=session, feed=feed: session.run(None, feed)
    return sessions


def _forward(session: Callable[[], object], seconds: float) -> float:
    """Passes a second."""
    session()
    passes, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds:
        session()
        passes += 1
    return passes / taken


def _finish(steps: Iterator[Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    main()
