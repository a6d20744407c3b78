"""The record of a sweep: what it stores is read back, and a file that is not its own is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.runs.batches import sweep_record
from studio.runs.batches.sweep_record import SweepEntry, SweepRecord
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError
from studio.spec.encoding.serialization import to_json
from studio.system import paths

SPACE = {"settings": {"lr": [0.1, 0.2]}}


def spec(lr: float) -> RunSpec:
    return RunSpec(DatasetSpec("/photos"), train=TrainSpec(lr=lr))


def test_the_runs_of_a_sweep_are_read_back(tmp_path):
    folder = tmp_path / "new" / "sweep"
    record = SweepRecord(folder, SPACE)
    assert not folder.exists(), "nothing is written before the first run"
    first = record.put(SweepEntry({"lr": "0.1"}, spec(0.1), "/runs/1"))
    record.put(SweepEntry({"lr": "0.2"}, spec(0.2)))
    second = record.put(SweepEntry({"lr": "0.2"}, spec(0.2), "/runs/2", 3, "The disk is full."))
    again = SweepRecord(folder, SPACE)
    assert (again.entry(spec(0.1)), again.entry(spec(0.2)), again.entry(spec(0.3))) == (first, second, None)
    document = json.loads((folder / sweep_record.FILE).read_text())
    assert (document["version"], document["space"], len(document["runs"])) == (1, SPACE, 2)


def test_the_test_metrics_are_those_of_one_run(tmp_path):
    record = SweepRecord(tmp_path, SPACE)
    record.put_test("/runs/1", {"accuracy": {"value": 0.9}})
    for one in (record, SweepRecord(tmp_path, SPACE)):
        assert one.test_of("/runs/1") == {"accuracy": {"value": 0.9}}
        assert one.test_of("/runs/2") is None


def test_new_folders_take_no_name_that_exists(tmp_path):
    record = SweepRecord(tmp_path, SPACE)
    assert record.new_run_folder(spec(0.1), inside=True) == tmp_path / "run-001"
    assert record.new_run_folder(spec(0.1), inside=True) == tmp_path / "run-002"
    record.put(SweepEntry({}, spec(0.1), str(tmp_path / "run-001")))
    record.put(SweepEntry({}, spec(0.2), str(tmp_path / "run-002")))
    assert record.new_run_folder(spec(0.3), inside=True).name == "run-003"
    outside = record.new_run_folder(spec(0.3), inside=False)
    assert outside.parent == paths.runs_folder()


def test_the_same_key_gives_the_same_folder():
    one = sweep_record.default_folder("rates", "/a/rates.json")
    assert one == sweep_record.default_folder("rates", "/a/rates.json")
    assert one.parent == paths.sweeps_folder()
    assert one.name.startswith("rates-")
    assert len(one.name) == len("rates-") + 8
    assert one != sweep_record.default_folder("rates", "/b/rates.json")
    assert sweep_record.default_folder("x", "\udcff").parent == one.parent, "a name that is no text"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"runs": [{"settings": {}, "spec": {}}]}', b'{"runs": 3}', b"\xff\xfe"]
)
def test_a_damaged_record_is_refused_and_stays(tmp_path, content):
    file = tmp_path / sweep_record.FILE
    file.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as the record of a sweep") as error:
        SweepRecord(tmp_path, SPACE)
    assert (error.value.file, error.value.hint) == (str(file), "Move it away to start the sweep over; its runs stay.")
    assert "run folder" not in error.value.title, "the hint of another kind of file"
    assert file.read_bytes() == content


@pytest.mark.parametrize(("version", "refused"), [(1, False), (2, True)])
def test_a_record_of_a_newer_version_is_refused(tmp_path: Path, version, refused):
    (tmp_path / sweep_record.FILE).write_text(json.dumps({"version": version}))
    if not refused:
        assert SweepRecord(tmp_path, SPACE).test_of("") is None
        return
    with pytest.raises(UserError, match=r"newer version of Thaw Studio \(format 2\)"):
        SweepRecord(tmp_path, SPACE)


def test_a_run_without_later_fields_began_nowhere_and_was_not_stopped(tmp_path):
    stored = {"settings": {"lr": "0.1"}, "spec": to_json(spec(0.1))}
    (tmp_path / sweep_record.FILE).write_text(json.dumps({"runs": [stored]}))
    assert SweepRecord(tmp_path, SPACE).entry(spec(0.1)) == SweepEntry({"lr": "0.1"}, spec(0.1), "", 0, "")
    assert SweepEntry({}, spec(0.1)).stopped == 0
