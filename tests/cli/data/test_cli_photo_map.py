"""`thaw map`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from terminal import QUICK, refused

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


@pytest.mark.slow
def test_photos_are_placed_written_and_compared(photos, tmp_path, thaw):
    (photos / "cold" / "12.jpg").write_bytes((photos / "warm" / "03.jpg").read_bytes())
    out = tmp_path / "map.csv"
    options = (*QUICK, "--method", "pca", "--out", out, "--similar", "warm/03.jpg")
    status, text, _ = thaw("map", photos, *options, "--json")
    document = json.loads(text)
    assert status == 0
    assert (document["method"], document["complete"], document["features"]) == ("pca", True, 1280)
    assert len(document["photos"]) == 25
    assert {"path", "class", "split", "x", "y", "suggested"} == set(document["photos"][0])
    assert document["similar"][0] == "cold/12.jpg"  # the same picture
    (wrong,) = document["label_errors"]
    assert (wrong["path"], wrong["label"], wrong["suggested"], wrong["of"]) == ("cold/12.jpg", "cold", "warm", 10)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["path"] for row in rows] == [row["path"] for row in document["photos"]]
    assert [row["suggested"] for row in rows if row["suggested"]] == ["warm"]
    status, text, _ = thaw("map", photos, *QUICK, "--method", "pca")
    assert "25 photos placed by two principal components of 1280 features" in text
    assert "cold/12.jpg" in text


def test_invalid_map_options_are_refused_before_any_computation(photos, tmp_path, thaw):
    refused(thaw("map", photos, "--out", tmp_path / "map.txt"), "map.txt", ".csv")
    refused(thaw("map", photos, "--out", tmp_path / "none" / "map.csv"), "no folder")
    refused(thaw("map", tmp_path / "none"), "There is no folder")
    refused(thaw("map", STORED / "frozen"), "There is no folder", "--data")


@pytest.mark.slow
def test_the_photos_of_a_run_are_mapped_by_tsne(thaw):
    pytest.importorskip("openTSNE")
    text = thaw("map", STORED / "frozen", "--data", STORED / "photos", "--device", "cpu", "--json")[1]
    document = json.loads(text)
    assert (document["method"], document["iterations"]) == ("tsne", 750)
    assert len(document["photos"]) == 24
