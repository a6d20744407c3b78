"""Labels that the user settled are no longer likely errors."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from photos_with_journal import PhotosWithJournal, result_of, write_files

from studio.cli.evaluation import photo_lists as output
from studio.commands.evaluation import settled_labels
from studio.data.content_hashes import content_of
from studio.evaluate.documents import evaluation
from studio.evaluate.documents.evaluation import RunFacts
from studio.events import JudgedPart
from studio.spec.journal import LABEL_ERROR

PATHS = tuple(f"{name}/{number}.jpg" for name in ("ants", "bees") for number in range(4))


@pytest.fixture
def folder(tmp_path: Path) -> PhotosWithJournal:
    photos = PhotosWithJournal(write_files(tmp_path / "photos"))
    photos.do("exclude", "ants/0.jpg")
    photos.do("relabel", "ants/1.jpg", value="bees")
    photos.do("accept", "bees/0.jpg", value=LABEL_ERROR)
    photos.do("accept", "bees/1.jpg", value="blank")
    photos.do("split", "bees/2.jpg", value="test")
    return photos


def judged(root: Path, known: bool = False) -> JudgedPart:
    """Photos of which every label is judged wrong."""
    contents = tuple(content_of(root / path) if known else "" for path in PATHS)
    labels = np.array([0] * 4 + [1] * 4)
    return JudgedPart("val", 1, str(root), PATHS, contents, labels, np.eye(2, dtype=np.float32)[1 - labels])


def test_excluded_relabeled_and_confirmed_photos_are_settled(folder):
    wanted = {"ants/0.jpg", "ants/1.jpg", "bees/0.jpg"}
    part = judged(folder.root, known=True)
    assert result_of(settled_labels.settled(judged(folder.root))) == wanted
    shutil.rmtree(folder.root)
    assert result_of(settled_labels.settled(part)) == wanted  # by the contents that the run recorded


def test_an_undone_choice_settles_nothing(folder):
    folder.journal().undo(5)
    assert result_of(settled_labels.settled(judged(folder.root))) == frozenset()


def test_labels_are_confirmed_photo_by_photo(folder):
    before = result_of(settled_labels.settled(judged(folder.root)))
    folder.do("accept", value=LABEL_ERROR)  # as the terminal of earlier versions wrote it
    assert result_of(settled_labels.settled(judged(folder.root))) == before


def test_a_journal_that_cannot_be_read_is_a_warning(folder):
    folder.journal().folder.file.write_text("damaged\n")
    steps = settled_labels.settled(judged(folder.root))
    assert "choices about labels are not considered" in next(steps).title
    assert result_of(steps) == frozenset()


def test_settled_labels_and_pairs_in_document_and_text(monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(output, "say", lambda text="": lines.append(text))
    settled, pairs = frozenset(PATHS[:6]), (("train/ants/9.jpg", PATHS[0]),)
    facts = RunFacts(("ants", "bees"), settled=settled, pairs=pairs)
    part = judged(Path("photos"))
    half = np.array([[0.4, 0.6], [0.6, 0.4]], np.float32)[part.truth]
    half[[1, 2, 6]] = half[[1, 2, 6], ::-1]
    part = JudgedPart("val", 1, "", PATHS, ("",) * 8, part.truth, half)
    document = evaluation.classification(part, facts)
    rows = {key: {row["path"] for row in document[key]} for key in ("label_errors", "label_errors_settled")}
    assert min(map(len, rows.values())) > 0
    assert rows["label_errors"].isdisjoint(settled)
    assert rows["label_errors_settled"] <= settled
    output.say_pairs(document["leakage"])
    output.say_photos({**document, "target": ""})
    text = "\n".join(lines)
    assert "train/ants/9.jpg = ants/0.jpg" in text
    assert f"Settled by your choices: {len(rows['label_errors_settled'])}." in text
    assert not any(f"  {path}: " in text.partition("likely wrong")[2] for path in settled)
