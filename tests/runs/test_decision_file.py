"""The stored decision rule of a run."""

from __future__ import annotations

import pytest
from stories import story

from studio.runs import decision_file
from studio.runs.folder import record_events
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule

CLASSES = ("ants", "bees")
RULE = DecisionRule((ClassThreshold("bees", 0.79, "precision=0.95"),), 1.7, True, 0.6, 0.9, 0.99, "val", 5)


def test_a_rule_is_read_as_it_was_written(tmp_path):
    assert decision_file.read(tmp_path, CLASSES) is None
    decision_file.write(tmp_path, RULE)
    assert decision_file.read(tmp_path, CLASSES) == RULE
    assert [file.name for file in tmp_path.iterdir()] == ["decision.json"]
    decision_file.write(tmp_path, None)
    decision_file.write(tmp_path, None)
    assert decision_file.read(tmp_path, CLASSES) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (b"[1]", "cannot be read"),
        (b'{"temperature": 0}', "cannot be read"),
        (b'{"least_confidence": 1.5}', "cannot be read"),
        (b'{"thresholds": [{"class": "bees"}]}', "cannot be read"),
        (b'{"version": 2}', "newer version"),
        (b'{"thresholds": [{"class": "wasps", "value": 0.5}]}', "“wasps”, which is not a class of the run"),
    ],
)
def test_an_invalid_file_is_an_error_that_names_it(tmp_path, content, words):
    (tmp_path / "decision.json").write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        decision_file.read(tmp_path, CLASSES)
    assert caught.value.file == str(tmp_path / "decision.json")


def test_fields_of_later_versions_are_ignored(tmp_path):
    (tmp_path / "decision.json").write_bytes(b'{"temperature": 2.0, "color": "red"}')
    assert decision_file.read(tmp_path, CLASSES) == DecisionRule(temperature=2.0)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        decision_file.write(tmp_path / "gone", RULE)


def test_the_rule_is_read_from_beside_the_record(tmp_path):
    run = tmp_path / "run"
    list(record_events(story(run, 1), run))
    assert decision_file.of_source(run) is None
    assert decision_file.of_source(run / "run.json") is None
    decision_file.write(run, RULE)
    assert decision_file.of_source(run) == decision_file.of_source(run / "run.json") == RULE
    assert decision_file.read(run, CLASSES).version == 1
