"""What `thaw scan` prints of deep photos and of names with control characters."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from PIL import Image
from terminal import refused
from tiffs import tiff

BY_PATH = ("--split-by", "photo", "--no-split-near")
HARD = "a\nb\x1b[31m\u202e"


def test_scan_reports_the_value_range_of_photos_of_more_than_8_bits(tmp_path, thaw):
    for label in ("a", "b"):
        (tmp_path / "deep" / label).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "deep" / label / f"{number}.tif").write_bytes(tiff(np.full((4, 4), 900 * number, "u2")))
    status, out, _ = thaw("scan", tmp_path / "deep", *BY_PATH)
    assert status == 0
    assert "Value range of photos of more than 8 bits: 0–4095, estimated from 6 photos" in out
    _, out, _ = thaw("scan", tmp_path / "deep", *BY_PATH, "--json", "--value-range", "-5", "2000")
    ranges = json.loads(out)["value_range"]
    assert ranges["chosen"] == {"low": -5.0, "high": 2000.0}
    assert ranges["estimated"] == [{"kind": "integer", "low": 0.0, "high": 4095.0, "photos": 6, "faint": 2}]
    for wrong in (("9", "9"), ("5", "1"), ("nan", "1"), ("0", "inf")):
        refused(thaw("scan", tmp_path / "deep", "--value-range", *wrong), "value range")


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_control_characters_in_names_are_escaped(tmp_path, thaw):
    for name in (HARD, "plain"):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (8, 8)).save(tmp_path / "in" / name / f"{number}\r.png")
    (tmp_path / "in" / HARD / "x\n.png").write_bytes(b"")
    (tmp_path / "in" / "note\n.txt").write_text("")
    status, out, err = thaw("scan", tmp_path / "in", *BY_PATH)
    assert status == 0
    assert all(line.isprintable() for line in (out + err).splitlines())
    assert r"a\nb\x1b[31m\u202e/x\n.png  empty file" in " ".join(out.split(" "))
    document = json.loads(thaw("scan", tmp_path / "in", *BY_PATH, "--json")[1])
    assert document["classes"] == [HARD, "plain"]
    status, out, err = thaw("scan", tmp_path / "gone\n\x1b")
    assert (status, out, len(err.splitlines())) == (2, "", 2)
    assert r"gone\n\x1b" in err
    refused = thaw("resume", tmp_path / "gone\n\x1b")
    assert refused[2].isprintable() or r"gone\n\x1b" in refused[2]
