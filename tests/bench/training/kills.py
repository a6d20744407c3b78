"""Kills runs with SIGKILL at random moments, resumes them, and compares with a run that was never stopped.

    python tests/bench/training/kills.py [--kills 20] [--seed 1] [--threads 1]

Each training runs in a separate process, forked from one that has imported everything, on a cold cache, so that it is
killed while listing, extracting, in both phases, within epochs and while files are written. These must be equal bit
for bit: the weights of the last and the best epoch, the checkpoint, predictions, and the metrics of every epoch. Prints
a line per kill; exits with 1 if one differs. Needs `fork`, so it does not run on Windows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from studio.spec import (
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    RunSpec,
    TrainSpec,
)

FROZEN = TrainSpec(epochs=4, batch_size=4, device="cpu", schedule="one_cycle", checkpoint_minutes=1e-6)
THAWED = TrainSpec(
    epochs=3, batch_size=4, device="cpu", head_epochs=2, backbone_lr=1e-3, schedule="cosine", checkpoint_minutes=1e-6
)


def plans(folder: Path) -> dict[str, RunSpec]:
    """The runs to kill in turn."""
    data, net = DatasetSpec(str(folder)), BackboneSpec(image_size=32)
    last = FreezePlan(thaw=("blocks.6", "conv_head", "bn2"))
    flip = AugmentSpec((AugmentStep("flip"), AugmentStep("colour")))
    return {
        "frozen, MLP with dropout": RunSpec(data, net, FreezePlan(), HeadSpec(kind="mlp", dropout=0.5), FROZEN),
        "two phases, last block thawed": RunSpec(data, net, last, train=THAWED),
        "augmented": RunSpec(data, net, last, train=THAWED, augment=flip),
    }


def photos(folder: Path, number: int = 40) -> None:
    """Write photos of noise in two colors."""
    noise = np.random.default_rng(0)
    for name, color in (("cold", 0), ("warm", 60)):
        (folder / name).mkdir(parents=True)
        for index in range(number // 2):
            pixels = noise.integers(0, 190, (40, 40, 3), dtype=np.uint8)
            pixels[:, :, 0] += np.uint8(color)
            Image.fromarray(pixels).save(folder / name / f"{index:03}.png")


def forked(job: str, spec: RunSpec, run: Path, cache: Path) -> int:
    """Start a run in a forked process; returns its ID."""
    child = os.fork()
    if child:
        return child
    try:
        from studio.engine.training import run as training
        from studio.runs import folder as runs

        if job == "train":
            events = runs.record_events(training.train(spec, run, cache=cache), run)
        else:
            events = runs.record_events(training.resume(run, cache=cache), run, resumed=True)
        for _ in events:
            pass
        os._exit(0)
    except BaseException as error:
        print(f"{job}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def outcome(run: Path) -> dict[str, object]:
    """Everything that must be equal."""
    from studio.engine.training.run_files import checkpoints

    result: dict[str, object] = {}
    for name in ("head.safetensors", "thawed.safetensors", "best/head.safetensors", "best/thawed.safetensors"):
        result[name] = (run / name).read_bytes() if (run / name).exists() else None
    result["predictions.csv"] = (run / "predictions.csv").read_bytes()
    epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    result["epochs"] = [{**epoch, "seconds": 0} for epoch in epochs]
    record = json.loads((run / "run.json").read_text())
    result["record"] = [record[key] for key in ("status", "frozen_unchanged", "best_epoch", "confusion", "layers")]
    state = checkpoints.read(run)
    assert state is not None
    result["checkpoint"] = {name: tensor.numpy().tobytes() for name, tensor in state.tensors.items()}
    return result


def where(run: Path, record_needed: bool = True) -> str:
    """Describe the progress of a killed run."""
    from studio.engine.training.run_files import checkpoints

    if not (run / "run.json").exists():
        return "before its first record" if record_needed else ""
    state = checkpoints.read(run)
    if state is None:
        return "before its first checkpoint"
    return f"after {len(state.epochs)} epochs" + (f" and {state.batch} batches" if state.batch else "")


def main() -> int:
    """Kill, resume and compare runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import torch

    import studio.engine.training.run  # noqa: F401  # once for all children

    torch.set_num_threads(options.threads)
    chance, differing, outcomes = random.Random(options.seed), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photos(root / "photos")
        for number, (name, spec) in enumerate(plans(root / "photos").items()):
            whole = root / f"whole{number}"
            began = time.perf_counter()
            os.waitpid(forked("train", spec, whole, root / f"cache{number}"), 0)
            seconds = time.perf_counter() - began
            expected = outcome(whole)
            for kill in range(number, options.kills, 3):
                run, cache = root / f"run{kill}", root / f"cold{kill}"
                moment = chance.uniform(0.02, seconds)
                child = forked("train", spec, run, cache)
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)
                killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
                place = where(run) if killed else "already finished"
                job = "train" if place == "before its first record" else "resume"
                if place != "already finished":
                    shutil.rmtree(run, ignore_errors=True) if job == "train" else None
                    os.waitpid(forked(job, spec, run, cache), 0)
                got = outcome(run)
                wrong = [part for part in expected if got[part] != expected[part]]
                differing += bool(wrong)
                outcomes["equal" if not wrong else "differs"] += 1
                print(
                    f"{name:32} killed at {moment:5.2f} of {seconds:5.2f} s, {place:28} -> {wrong or 'equal'}",
                    flush=True,
                )
    print(dict(outcomes))
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
