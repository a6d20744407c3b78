from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.commands.evaluation import evaluation_evidence
from studio.evaluate.slices import SliceValues
from studio.events import JudgedPart
from studio.jobs.protocol import Interrupted, never


def judged(folder: Path) -> JudgedPart:
    paths = tuple(sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.jpg")))
    count = len(paths)
    return JudgedPart(
        "val", 1, str(folder), paths, ("",) * count, np.zeros(count, int), np.ones((count, 1), np.float32)
    )


def values_of(part: JudgedPart, stop=never) -> SliceValues:
    steps = evaluation_evidence.slice_values(part, stop)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_properties_of_every_photo_are_measured(shared_photos: Path) -> None:
    found = values_of(judged(shared_photos))
    assert list(found.numbers) == ["megapixels", "aspect", "brightness", "sharpness"]
    assert all(np.isfinite(row).all() for row in found.numbers.values())
    assert all(len(row) == 24 for row in found.numbers.values())
    assert found.names == {"camera": [""] * 24}


def test_photos_beyond_the_limit_are_measured_as_an_even_sample(
    shared_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_evidence, "MOST_MEASURED", 8)
    found = values_of(judged(shared_photos)).numbers["brightness"]
    assert np.flatnonzero(np.isfinite(found)).tolist() == list(range(0, 24, 3))


def test_without_the_folder_nothing_is_measured(tmp_path: Path) -> None:
    assert values_of(judged(tmp_path / "gone")) == SliceValues()


def test_measuring_can_be_stopped(shared_photos: Path) -> None:
    with pytest.raises(Interrupted):
        values_of(judged(shared_photos), stop=lambda: True)
