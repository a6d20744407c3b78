"""Photos unlike the training photos: what is stored with a run, and what a prediction says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from studio.engine.predict import novelty_file
from studio.engine.predict.head_arrays import SavedHead
from studio.engine.predict.novelty_file import Novelty
from studio.runs import head_card


class About:
    weights_hash = "w"


def saved(moved: str = "", width: int = 3) -> SavedHead:
    return SavedHead(About(), {"weight": np.zeros((2, width), np.float32)}, moved, 1)  # type: ignore[arg-type]


ROWS = Novelty(np.eye(3, dtype=np.float16), np.array([0.1, 0.2, 0.4, 0.5], np.float32))


def test_the_file_is_used_only_with_its_weights(tmp_path):
    (tmp_path / "best").mkdir()
    assert novelty_file.read(tmp_path, "last", saved()) is None
    novelty_file.write(tmp_path, "best", saved(), ROWS)  # the backbone is not trained: the same after every epoch
    for which in ("best", "last"):
        read = novelty_file.read(tmp_path, which, saved())
        assert read is not None
        assert (read.rows == ROWS.rows).all()
    assert novelty_file.read(tmp_path, "last", saved("trained")) is None
    novelty_file.write(tmp_path, "best", saved("trained"), ROWS)
    assert novelty_file.read(tmp_path, "best", saved("trained")) is not None
    assert novelty_file.read(tmp_path, "last", saved("trained")) is None


@pytest.mark.parametrize("damage", ["cut off", "another width", "no rows"])
def test_a_damaged_file_is_ignored(tmp_path, damage):
    novelty_file.write(tmp_path, "last", saved(), ROWS)
    file = tmp_path / novelty_file.FILE
    if damage == "cut off":
        file.write_bytes(file.read_bytes()[:-3])
    elif damage == "no rows":
        save_file({"known": load_file(file)["known"]}, file)
    assert novelty_file.read(tmp_path, "last", saved(width=4 if damage == "another width" else 3)) is None


def test_the_distance_is_a_multiple_of_the_limit():
    near, far = np.array([1, 1, 1], np.float32), np.array([-1, -1, -1], np.float32)
    here, there = (1 - sign * 3**-0.5 for sign in (1, -1))
    assert ROWS.distance(near, 0.75) == pytest.approx(here / 0.4, rel=1e-3)
    assert ROWS.distance(far, 1.0) == pytest.approx(there / 0.5, rel=1e-3)
    assert Novelty(ROWS.rows, ROWS.distances[:0]).distance(near, 0.95) is None
    same = Novelty(ROWS.rows, np.zeros(3, np.float32))  # every validation photo is a training photo: no limit
    assert same.distance(near, 0.95) is None


@pytest.mark.parametrize("damage", ["", "of another head", "cut off", "gone", "not in the card"])
def test_an_exported_head_uses_the_file_beside_it_if_it_is_its_own(tmp_path, monkeypatch, damage):
    out = tmp_path / "head.safetensors"
    file = head_card.novelty_path_of(out)
    novelty_file.export(Novelty(ROWS.rows, ROWS.distances[:2]) if damage == "of another head" else ROWS, file)
    if damage == "cut off":
        file.write_bytes(file.read_bytes()[:-3])
    elif damage == "gone":
        file.unlink()
    in_card = None if damage == "not in the card" else head_card.ExportedNovelty(novelty_file.checksum(ROWS))
    monkeypatch.setattr(head_card, "read", lambda _: SimpleNamespace(novelty=in_card))
    read = novelty_file.of_source(out, None, saved().head)
    assert (read is not None) == (not damage)
    warning = novelty_file.warn_lost(out)
    assert (warning is None) == (damage == "not in the card")
    assert warning is None or str(file) in warning.title
    assert novelty_file.of_source(out, None, saved(width=4).head) is None
