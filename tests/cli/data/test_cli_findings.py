from __future__ import annotations

import json
from pathlib import Path

from planted_faults import write_textures

import studio

FOLDERS = ("train/ants", "train/bees", "val/ants", "val/bees")
CONTRACT = {"kind", "severity", "count", "photos", "why", "advice"}


def test_scan_lists_the_findings_as_text_json_and_objects(tmp_path: Path, thaw) -> None:
    folder = write_textures(tmp_path / "photos", FOLDERS, 12)
    cut = folder / "train" / "ants" / "000.jpg"
    cut.write_bytes(cut.read_bytes()[:-60])
    status, out, _ = thaw("scan", folder, "--json")
    assert status == 0
    (finding,) = json.loads(out)["findings"]
    assert set(finding) >= CONTRACT
    assert (finding["kind"], finding["severity"], finding["count"]) == ("truncated", "error", 1)
    assert finding["photos"] == ["train/ants/000.jpg"]
    text = thaw("scan", folder)[1]
    assert "1 photo is cut off" in text
    assert finding["why"] in text
    assert finding["advice"] in text
    scanned = studio.scan(folder, progress=False)
    assert [found.kind for found in scanned.findings] == ["truncated"]
    assert "1 photo is cut off" in repr(scanned)


def test_scan_does_not_mention_findings_of_a_folder_without_any(tmp_path: Path, thaw) -> None:
    folder = write_textures(tmp_path / "photos", FOLDERS, 12)
    assert json.loads(thaw("scan", folder, "--json")[1])["findings"] == []
    assert "Data check" not in thaw("scan", folder)[1]
