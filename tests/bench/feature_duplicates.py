"""Measures near duplicates by features: recall of planted copies, and different photos that are taken for copies.

    python tests/bench/feature_duplicates.py PHOTOS [--copies 60]

The photos are the training photos; each copy is judged. Features are those of the bundled backbone. For several least
cosines of the centered features it prints the share of copies whose nearest training photo is their original and at
least as near, by the way in which they differ, and the share of photos that have another photo as near.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "photos"))

from planted_faults import near_copies

from studio.commands import imports, results
from studio.evaluate import near_features
from studio.spec import BackboneSpec, DatasetSpec

LIMITS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.8)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--copies", type=int, default=60, help="photos that are copied in each way")
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


def features(folder: Path, out: Path) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Features of all photos of a folder, with their paths."""
    spec = DatasetSpec(str(folder), split_by="photo", split_near=False)
    for _ in imports.start(results.extract(spec, BackboneSpec(), out)):
        pass
    with np.load(out) as file:
        return file["features"].astype(np.float32), file["paths"]


if __name__ == "__main__":
    main()
