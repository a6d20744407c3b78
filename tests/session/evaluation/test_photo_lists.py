from __future__ import annotations

import numpy as np

from studio.events import AppliedChoices, Dataset, JudgedPart, PhotoChoice
from studio.session.evaluation import photo_lists
from studio.session.part_results import PartResults


def test_a_label_settled_before_the_evaluation_is_listed_again_once_the_choice_is_undone() -> None:
    rows = [{"path": f"a/{n}.jpg", "label": "a", "suggested": "b", "margin": -n / 10} for n in range(1, 4)]
    document = {"label_errors": [rows[2], rows[0]], "label_errors_settled": [rows[1]], "hardest": []}
    paths = tuple(row["path"] for row in rows)
    judged = JudgedPart("val", 1, "f", paths, ("",) * 3, np.zeros(3, np.int64), np.eye(2, dtype=np.float32)[[1] * 3])
    results = PartResults("run", ("a", "b"), "", judged, document)

    def listed(*choices: PhotoChoice) -> tuple[str, ...]:
        dataset = Dataset("f", ("a", "b"), (), choices=AppliedChoices(choices))
        return next(one for one in photo_lists.lists(results, dataset) if "label" in one.text.lower()).selection.paths

    assert listed(PhotoChoice("a/2.jpg", "", 1, excluded=True)) == ("a/3.jpg", "a/1.jpg")
    assert listed() == ("a/3.jpg", "a/2.jpg", "a/1.jpg")
