from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from planted_faults import Planting, compared, plant_file_faults, write_textures

from studio.data.scan import scan
from studio.events import Dataset, DatasetScanned
from studio.spec import DatasetSpec


def checked(folder: Path) -> Dataset:
    events = [event for event in scan(DatasetSpec(str(folder))) if isinstance(event, DatasetScanned)]
    return events[-1].dataset


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    return write_textures(root / "photos", ("train/ants", "train/bees", "val/ants", "val/bees"), 14)


def test_good_photos_have_no_findings(good: Path) -> None:
    assert checked(good).findings == ()


def test_every_fault_of_a_file_is_found_and_none_invented(good: Path, tmp_path: Path) -> None:
    planting = Planting(Path(shutil.copytree(good, tmp_path / "photos")))
    plant_file_faults(planting)
    dataset = checked(planting.root)
    for kind, planted, found, invented in compared(planting, dataset.findings):
        assert (found, invented) == (planted, []), kind
    for finding in dataset.findings:
        assert finding.title
        assert finding.why
        assert finding.advice
        assert finding.count == len(finding.photos) == len(finding.details)
    severities = [finding.severity for finding in dataset.findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert len(set(severities)) == 3
