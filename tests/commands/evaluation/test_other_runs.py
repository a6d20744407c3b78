"""Photos about which a run and others of its folder disagree."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from studio.commands.evaluation import other_runs
from studio.runs import folder, judged_photos
from studio.runs.files import predictions_file

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1" / "frozen"


def test_the_photos_of_the_greatest_disagreement_come_first(tmp_path: Path) -> None:
    first, second = (Path(shutil.copytree(STORED, tmp_path / name)) for name in ("1", "2"))
    record = folder.read(first)
    judged = judged_photos.stored(first, record, record.spec.dataset.folder)
    assert judged is not None
    assert other_runs.disagreements(first, record, judged) == {"runs": ["2"], "photos": []}
    file = second / predictions_file.FILE
    lines = file.read_text().splitlines()
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:3], *reversed(cells[3:])])
    file.write_text("\n".join(lines) + "\n")
    found = other_runs.disagreements(first, record, judged)
    assert found is not None
    (row,) = found["photos"]
    assert row["path"] == judged.paths[0]
    assert row["votes"] == dict.fromkeys(record.classes, 1)
    assert 0 < row["disagreement"] <= np.log(2)
    shutil.rmtree(second)
    assert other_runs.disagreements(first, record, judged) is None
