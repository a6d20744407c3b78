"""Measures how many photos of unseen classes are recognized where 95 % of the known photos are accepted.

    uv run python tests/bench/novelty.py [--folder FOLDER]

Compares the score of `studio.evaluate.novelty` with the highest probability (of a logistic regression on standardized
features), the k-th nearest neighbor, and the Mahalanobis distance to the nearest class mean (covariance of
Ledoit-Wolf). Known are all classes of a folder of photos or all but one; unseen are the class left out, crops of the
two photos of scikit-learn, and its digits. Of the digits, half of the classes are left out, too. Features are those of
the bundled backbone; the limit is chosen on the known validation photos.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.covariance import ledoit_wolf
from sklearn.datasets import load_digits, load_sample_images
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from studio.commands import imports, results
from studio.evaluate import novelty
from studio.spec import BackboneSpec, DatasetSpec

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "hymenoptera"
ACCEPTED = 0.95

Rows = NDArray[np.float32]
Score = Callable[[Rows, NDArray[np.int64], Rows], NDArray[np.float64]]


def highest_probability(train: Rows, labels: NDArray[np.int64], rows: Rows) -> NDArray[np.float64]:
    if len(np.unique(labels)) < 2:
        return np.full(len(rows), np.nan)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=5000)).fit(train, labels)
    return -model.predict_proba(rows).max(axis=1)


def kth_neighbor(train: Rows, labels: NDArray[np.int64], rows: Rows) -> NDArray[np.float64]:
    nearness = novelty.unit(rows) @ novelty.unit(train).T
    return 1 - np.sort(nearness, axis=1)[:, -novelty.NEAREST]


def mean_of_neighbors(train: Rows, labels: NDArray[np.int64], rows: Rows) -> NDArray[np.float64]:
    return novelty.distances(novelty.unit(train).astype(np.float16), rows)


def mahalanobis(train: Rows, labels: NDArray[np.int64], rows: Rows) -> NDArray[np.float64]:
    means = np.stack([train[labels == label].mean(axis=0) for label in np.unique(labels)])
    residuals = train - means[np.searchsorted(np.unique(labels), labels)]
    inverse = np.linalg.inv(ledoit_wolf(residuals, assume_centered=True)[0])
    away = [np.einsum("nd,de,ne->n", rows - mean, inverse, rows - mean) for mean in means]
    return np.min(away, axis=0)


SCORES: dict[str, Score] = {
    "highest probability": highest_probability,
    "5th neighbor": kth_neighbor,
    "mean of 5 neighbors": mean_of_neighbors,
    "Mahalanobis": mahalanobis,
}


def recognized(known: NDArray[np.float64], unseen: NDArray[np.float64]) -> str:
    """Share of unseen photos above the limit, and the area under the ROC curve."""
    if np.isnan(known).any():
        return "–"
    area = (unseen[:, None] > known).mean() + 0.5 * (unseen[:, None] == known).mean()
    return f"{(unseen > novelty.limit(known, ACCEPTED)).mean():.0%} ({area:.2f})"


def features(folder: Path, out: Path) -> tuple[Rows, NDArray[np.int64], NDArray[np.str_]]:
    for _ in imports.start(results.extract(DatasetSpec(str(folder)), BackboneSpec(), out)):
        pass
    content = np.load(out)
    return content["features"], content["labels"], content["splits"]


def save(pictures: Iterable[NDArray[np.uint8]], folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:04d}.png")


def crops(count: int = 100) -> Iterable[NDArray[np.uint8]]:
    """Random crops of the two photos of scikit-learn, a temple and a flower."""
    random = np.random.default_rng(0)
    for picture in load_sample_images().images:
        for _ in range(count // 2):
            top, left = (int(random.integers(0, size - 256)) for size in picture.shape[:2])
            yield picture[top : top + 256, left : left + 256]


def digits() -> Iterable[tuple[int, NDArray[np.uint8]]]:
    content = load_digits()
    for picture, label in zip(content.images, content.target, strict=True):
        large = Image.fromarray((picture * 255 / 16).astype(np.uint8)).resize((64, 64), Image.Resampling.BICUBIC)
        yield int(label), np.asarray(large)


def row(name: str, train: tuple[Rows, NDArray[np.int64]], val: Rows, unseen: Rows) -> None:
    cells = []
    for score in SCORES.values():
        both = score(*train, np.concatenate([val, unseen]))
        cells.append(recognized(both[: len(val)], both[len(val) :]))
    print(f"{name}: {len(train[0])} / {len(val)} / {len(unseen)} | {' | '.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PHOTOS, help="photos in folders of classes")
    options = parser.parse_args()
    print(f"known → unseen: training / validation / unseen photos | {' | '.join(SCORES)}")
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(temporary)
        for label in range(10):
            save((picture for own, picture in digits() if own == label), where / "digits" / str(label))
        save(crops(), where / "crops" / "a")
        save(crops(), where / "crops" / "b")
        rows, labels, splits = features(options.folder, where / "photos.npz")
        drawn, numbers, parts = features(where / "digits", where / "digits.npz")
        cut = features(where / "crops", where / "crops.npz")[0][:100]
    train = splits == "train"
    both = (rows[train], labels[train])
    row("photos → crops", both, rows[~train], cut)
    row("photos → digits", both, rows[~train], drawn)
    for out in np.unique(labels):
        kept = labels != out
        row(
            f"photos but class {out} → it", (rows[train & kept], labels[train & kept]), rows[~train & kept], rows[~kept]
        )
    for known in ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9), (0, 2, 4, 6, 8), (1, 3, 5, 7, 9)):
        kept, trained = np.isin(numbers, known), parts == "train"
        row(
            f"digits {known} → others",
            (drawn[trained & kept], numbers[trained & kept]),
            drawn[~trained & kept],
            drawn[~kept],
        )


if __name__ == "__main__":
    main()
