"""Near duplicates of judged photos among the training photos of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.commands.evaluation import leakage
from studio.data.images import decode
from studio.data.splits import picture_groups
from studio.events import JudgedPart


def picture(number: int) -> Image.Image:
    grid = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(grid).resize((96, 72), Image.Resampling.BICUBIC)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run trained on three pictures, the first of which has a smaller copy among the validation photos."""
    rows = ["path,split,label,target,content"]
    for number, name in enumerate(("train/a/0", "train/a/1", "train/b/2", "val/a/0", "val/b/3")):
        file = tmp_path / "photos" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(number % 3 if number < 4 else 3).resize((96, 72) if number < 3 else (64, 48)).save(file)
        content = decode.check(file).facts.digest.hex()
        rows.append(f"{name}.png,{name.split('/')[0]},0,0.0,{content}")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "photos.csv").write_text("\n".join(rows))
    return tmp_path / "run"


def pairs(run: Path, folder: Path, split: str = "val") -> tuple[tuple[str, str], ...]:
    paths = ("val/a/0.png", "val/b/3.png")
    judged = JudgedPart(split, 1, str(folder), paths, ("", ""), np.zeros(2, np.int64), np.zeros((2, 2)))
    steps = leakage.near_pairs(run, judged)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_a_smaller_copy_of_a_training_photo_is_a_pair(run, tmp_path):
    assert pairs(run, tmp_path / "photos") == (("train/a/0.png", "val/a/0.png"),)
    assert pairs(run, tmp_path / "photos", "train") == ()
    assert pairs(run, tmp_path / "gone") == ()


def test_photos_are_not_opened_again(run, tmp_path, monkeypatch):
    rows = [row.split(",") for row in (run / "photos.csv").read_text().splitlines()[1:]]
    own = {path: content for path, _, _, _, content in rows}
    before = pairs(run, tmp_path / "photos")
    monkeypatch.setattr(picture_groups, "_RECENT", {})
    monkeypatch.setattr(decode, "check", None)
    paths = ("val/a/0.png", "val/b/3.png")
    known = tuple(own[path] for path in paths)
    judged = JudgedPart("val", 1, str(tmp_path / "photos"), paths, known, np.zeros(2, np.int64), np.zeros((2, 2)))
    with pytest.raises(StopIteration) as end:
        next(leakage.near_pairs(run, judged))
    assert end.value.value == before
