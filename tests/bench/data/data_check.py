"""Measures the data check: faults planted and found, near duplicates found, and time and memory for many photos.

    python tests/bench/data/data_check.py PHOTOS [--copies 400] [--many 50000]

Prints three tables. *Planted, found, invented*: every fault, planted in a copy of PHOTOS. *Near duplicates*: for each
way in which a copy may differ, the share of copies that are found among all photos, and the pairs of different photos
that are reported as copies. *Many photos*: seconds and resident memory of each stage of a scan of synthetic photos, and
the seconds from a stop to the end of the job; `--many 0` leaves it out.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support" / "photos"))

from planted_faults import Planting, compared, near_copies, plant_everything, textured

from studio.data.checks import near_duplicates
from studio.data.images import decode
from studio.data.images.facts import SIDE
from studio.data.scan import scan
from studio.events import DatasetScanned, Stage
from studio.spec import DatasetSpec


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--copies", type=int, default=400, help="largest number of photos that are copied in each way")
    parser.add_argument("--many", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        planted(options.photos, Path(folder) / "planted")
        near(options.photos, Path(folder), options.copies)
        if options.many:
            many(Path(folder) / "many", options.many)


def planted(photos: Path, copy: Path) -> None:
    """Every fault in a copy of the photos."""
    before = {finding.kind: set(finding.classes or finding.photos) for finding in findings(photos)}
    planting = Planting(Path(shutil.copytree(photos, copy)))
    plant_everything(planting)
    print("| kind | planted | found | there before | invented |\n|---|---:|---:|---:|---|")
    for kind, number, found, others in compared(planting, findings(copy)):
        own = [name for name in others if name in before.get(kind, ())]
        print(f"| {kind} | {number} | {found} | {len(own)} | {', '.join(map(str, set(others) - set(own))) or 0} |")


def findings(folder: Path) -> tuple:
    """Findings of a scan."""
    return [event for event in scan(DatasetSpec(str(folder))) if isinstance(event, DatasetScanned)][-1].dataset.findings


def near(photos: Path, folder: Path, most: int) -> None:
    """Recall and precision of near duplicates, by the way in which the copies differ."""
    files = [file for file in sorted(photos.rglob("*")) if file.suffix.lower() in (".jpg", ".jpeg", ".png")]
    originals = [small(file) for file in files]
    chosen = range(0, len(files), max(1, len(files) // most))
    print(f"\n{len(files)} photos, {len(chosen)} copies in each way; pairs without copies: {len(search(originals))}")
    print("| copy | recall | invented pairs |\n|---|---:|---:|")
    recalls, wrong = [], 0
    for name, change in near_copies().items():
        copies = []
        for place in chosen:
            with Image.open(files[place]) as image:
                (folder / "copy").write_bytes(change(image.convert("RGB")))
            copies.append(small(folder / "copy"))
        pairs = search(originals + copies)
        truth = {(place, len(files) + index) for index, place in enumerate(chosen)}
        recalls.append(len(pairs & truth) / len(truth))
        wrong += len(pairs - truth)
        print(f"| {name} | {recalls[-1]:.3f} | {len(pairs - truth)} |", flush=True)
    found = sum(recalls) * len(chosen)
    print(f"| all | {sum(recalls) / len(recalls):.3f} | {wrong} (precision {found / (found + wrong):.4f}) |")


def small(file: Path) -> np.ndarray:
    """The small picture of a photo."""
    return np.frombuffer(decode.check(file).facts.small, np.uint8).reshape(SIDE, SIDE)


def search(pictures: list[np.ndarray]) -> set[tuple[int, int]]:
    """Indices of the pairs."""
    steps = near_duplicates.search(np.stack(pictures))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return {(min(match.first, match.second), max(match.first, match.second)) for match in end.value}


def many(folder: Path, number: int) -> None:
    """Time and memory of each stage."""
    for name in ("ants", "bees"):
        (folder / name).mkdir(parents=True)
        for index in range(number // 2):
            textured(folder / name / f"{index}.jpg", index + (name == "bees") * number)
    shutil.copyfile(folder / "ants" / "0.jpg", folder / "bees" / "copy.jpg")
    print(f"\n{number:,} photos\n| stage | seconds | MB |\n|---|---:|---:|")
    stage, began = "", time.monotonic()
    for event in scan(DatasetSpec(str(folder))):
        if isinstance(event, Stage) or (isinstance(event, DatasetScanned) and event.dataset.checked):
            if stage:
                print(f"| {stage} | {time.monotonic() - began:.1f} | {memory():.0f} |", flush=True)
            stage, began = getattr(event, "name", ""), time.monotonic()
        if isinstance(event, DatasetScanned):
            kinds = {finding.kind: finding.count for finding in event.dataset.findings}
    print(f"most resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; {kinds}")
    for name in ("check", "duplicates"):
        steps = scan(DatasetSpec(str(folder)))
        reached = False
        for event in steps:
            if reached:
                break
            reached = isinstance(event, Stage) and event.name == name
        began = time.monotonic()
        steps.close()
        print(f"stopped in “{name}”: {time.monotonic() - began:.2f} s")


def memory() -> float:
    """Resident memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
