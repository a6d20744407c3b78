"""When the hashes of photos that were opened are stored for the next split."""

from __future__ import annotations

import pytest
from PIL import Image

from studio.data.checked_folder import CheckedFolder
from studio.data.content_hashes import ContentHashes
from studio.data.images import decode
from studio.data.images.facts_table import FactsTable
from studio.data.splits.division import Divider
from studio.events import Dataset, Photo
from studio.spec import DatasetSpec


@pytest.mark.parametrize(
    ("way", "may_open", "provisional", "learned"),
    [("photo", True, False, True), ("content", False, True, True), ("content", True, False, False)],
    ids=["not needed for the split", "provisional", "known"],
)
def test_hashes_are_learned_from_opened_photos_unless_they_are_known(
    way, may_open, provisional, learned, tmp_path, monkeypatch
):
    by_class = {label: {f"{label}/1.png": "1.png"} for label in "ab"}
    for label in by_class:
        (tmp_path / label).mkdir()
        Image.new("L", (8, 8), ord(label)).save(tmp_path / label / "1.png")
    divider = Divider(DatasetSpec(str(tmp_path), split_by=way, split_near=False), may_open)
    list(divider.divide(str(tmp_path), by_class))
    assert divider.is_provisional == provisional
    table = FactsTable.of({path: decode.check(tmp_path / path).facts for path in ("a/1.png", "b/1.png")})
    calls = []
    monkeypatch.setattr(ContentHashes, "learn", lambda self, hashes, since: calls.append((dict(hashes), since)))
    photos = tuple(Photo(path, label, "train") for label, path in enumerate(table))
    list(divider.finish(Dataset(str(tmp_path), ("a", "b"), photos), CheckedFolder(facts=table, start=7.0)))
    assert calls == [(dict(table.contents()), 7.0)] * learned
