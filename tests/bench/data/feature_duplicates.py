"""Measures near duplicates by features: recall of planted copies, and different photos that are reported as copies.

    python tests/bench/data/feature_duplicates.py PHOTOS [--copies 60] [--halves 20]

PHOTOS are the training photos, and each copy is judged. Features are those of the bundled backbone. For several limits
of the cosine of the centered features it prints the share of copies whose nearest training photo is their original and
within the limit, by the way in which they differ, and the share of photos that have another photo within it.

With --halves, the limit is chosen on one half of each class, as the lowest without a false alarm, and judged on the
other half, several times. Then it is chosen on one class and judged on the others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support" / "photos"))

from planted_faults import near_copies

from studio.commands import imports, results
from studio.evaluate import near_features
from studio.spec import BackboneSpec, DatasetSpec

LIMITS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
CHOICES = np.round(np.arange(0.5, 0.91, 0.01), 2)
"""Limits to choose from on a half of the photos."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--copies", type=int, default=60, help="photos that are copied in each way")
    parser.add_argument("--halves", type=int, default=0, help="divisions of the photos to choose and judge on")
    options = parser.parse_args()
    files = [file for file in sorted(options.photos.rglob("*")) if file.suffix.lower() in (".jpg", ".jpeg", ".png")]
    chosen = files[:: max(1, len(files) // options.copies)][: options.copies]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "photos"
        (folder / "copies").mkdir(parents=True)
        (folder / "originals").mkdir()
        for number, file in enumerate(files):
            (folder / "originals" / f"{number:05}{file.suffix.lower()}").symlink_to(file.resolve())
        ways = near_copies()
        for way, (_, change) in enumerate(ways.items()):
            for file in chosen:
                with Image.open(file) as image:
                    data = change(image.convert("RGB"))
                (folder / "copies" / f"{way:02}_{files.index(file):05}.jpg").write_bytes(data)
        rows, paths = features(folder, Path(name) / "features.npz")
    is_copy = np.array([path.startswith("copies/") for path in paths])
    originals, copies = rows[~is_copy], rows[is_copy]
    numbers = np.array([int(Path(path).stem) for path in paths[~is_copy]])
    truth = np.array([Path(path).stem.split("_") for path in paths[is_copy]], int)
    if options.halves:
        classes = np.array([files[number].parent.name for number in numbers])
        judge_elsewhere(originals, numbers, classes, copies, truth[:, 1], options.halves)
        return
    places, cosines = near_features.nearest(originals, copies)
    right = numbers[places] == truth[:, 1]
    others = np.array([near_features.nearest(np.delete(originals, at, 0), originals[[at]])[1][0]
                       for at in range(len(originals))])  # fmt: skip
    print("| copy | " + " | ".join(f"{limit:g}" for limit in LIMITS) + " |\n|---|" + "---:|" * len(LIMITS))
    for way, name in enumerate(ways):
        own = truth[:, 0] == way
        shares = [np.mean(right[own] & (cosines[own] >= limit)) for limit in LIMITS]
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    shares = [np.mean(right & (cosines >= limit)) for limit in LIMITS]
    print("| all | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    wrong = [np.mean(others >= limit) for limit in LIMITS]
    print("| different photos | " + " | ".join(f"{share:.4f}" for share in wrong) + " |")


def judge_elsewhere(
    originals: NDArray[np.float32],
    numbers: NDArray[np.int64],
    classes: NDArray[np.str_],
    copies: NDArray[np.float32],
    truth: NDArray[np.int64],
    halves: int,
) -> None:
    """Print recall and false alarms on other photos, of a limit chosen on some photos and of the fixed one."""

    def rates(own: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each limit: recall of the copies of some photos, and share of those photos with a false alarm."""
        rows, of = originals[own], np.isin(truth, numbers[own])
        places, cosines = near_features.nearest(rows, copies[of])
        right = numbers[own][places] == truth[of]
        others = np.array([near_features.nearest(np.delete(rows, at, 0), rows[[at]])[1][0] for at in range(len(rows))])
        recall = np.array([np.mean(right & (cosines >= limit)) for limit in CHOICES])
        return recall, np.array([np.mean(others >= limit) for limit in CHOICES])

    def line(name: str, chosen_on: NDArray[np.bool_], judged_on: NDArray[np.bool_]) -> tuple[float, ...]:
        _, alarms = rates(chosen_on)
        place = int(np.flatnonzero(alarms == 0)[0])
        recall, alarms = rates(judged_on)
        fixed = int(np.searchsorted(CHOICES, near_features.LEAST))
        row = (CHOICES[place], recall[place], alarms[place], recall[fixed], alarms[fixed], int(judged_on.sum()))
        print(f"| {name} | {row[0]:.2f} | {row[1]:.3f} | {row[2]:.4f} | {row[3]:.3f} | {row[4]:.4f} | {row[5]} |")
        return row

    print("| chosen on | limit | recall elsewhere | false alarms | recall at 0.7 | false alarms at 0.7 | photos |")
    print("|---|" + "---:|" * 6)
    rows = []
    for seed in range(halves):
        half = np.zeros(len(numbers), bool)
        for name in np.unique(classes):
            own = np.flatnonzero(classes == name)
            half[np.random.default_rng(seed).permutation(own)[: len(own) // 2]] = True
        rows.append(line(f"half {seed}", half, ~half))
    print("| mean | " + " | ".join(f"{value:.4f}" for value in np.mean(rows, axis=0)) + " |")
    print("| lowest | " + " | ".join(f"{value:.4f}" for value in np.min(rows, axis=0)) + " |")
    print("| highest | " + " | ".join(f"{value:.4f}" for value in np.max(rows, axis=0)) + " |")
    for name in np.unique(classes):
        line(f"class {name} alone", classes == name, classes != name)


def features(folder: Path, out: Path) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Features of all photos of a folder, with their paths."""
    spec = DatasetSpec(str(folder), split_by="photo", split_near=False)
    for _ in imports.start(results.extract(spec, BackboneSpec(), out)):
        pass
    with np.load(out) as file:
        return file["features"].astype(np.float32), file["paths"]


if __name__ == "__main__":
    main()
