"""Cached results that are not rows: atomic writes, damage, size limit and eviction."""

from __future__ import annotations

import os
from pathlib import Path

from studio.engine.cache import artifacts, eviction
from studio.system import paths


def write_artifact(root: Path, name: str, content: bytes, used: float = 0.0) -> Path:
    artifacts.write(root, name, content, {"backbone": name, "cut": "layers"})
    file = root / name / "content.artifact"
    if used:
        os.utime(file, (used, used))
    return file


def test_a_written_artifact_is_read_and_counts_as_used(tmp_path):
    file = write_artifact(tmp_path, "a", b"some bytes", used=1000.0)
    assert artifacts.read(tmp_path, "a") == b"some bytes"
    assert file.stat().st_mtime > 1000.0
    assert artifacts.read(tmp_path, "b") is None


def test_a_damaged_artifact_is_not_read(tmp_path):
    file = write_artifact(tmp_path, "a", b"some bytes")
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole[:-1] + b"S", b"\0" + whole[1:]):
        file.write_bytes(damaged)
        assert artifacts.read(tmp_path, "a") is None


def test_artifacts_are_counted_and_evicted_oldest_first(tmp_path):
    old, new = (write_artifact(tmp_path, name, bytes(100), used) for name, used in (("old", 1000.0), ("new", 2000.0)))
    size = new.stat().st_size
    contents = eviction.contents(tmp_path, 10**9)
    assert contents.bytes == 2 * size == 2 * (100 + artifacts.HASH_BYTES)
    assert [(row.backbone, row.cut, row.rows) for row in contents.stores] == [
        ("new", "layers", 0),
        ("old", "layers", 0),
    ]
    eviction.prune(tmp_path, size)
    assert not old.parent.exists()
    assert new.exists()
    eviction.clear(tmp_path)
    assert not list(tmp_path.iterdir())


def test_writing_evicts_others_but_never_takes_most_of_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "cache_limit", lambda: 1000)
    old = write_artifact(tmp_path, "old", bytes(400), used=1000.0)
    middle = write_artifact(tmp_path, "middle", bytes(400), used=2000.0)
    new = write_artifact(tmp_path, "new", bytes(400))
    assert [file.exists() for file in (old, middle, new)] == [False, True, True]
    assert not write_artifact(tmp_path, "large", bytes(501)).exists()
    assert middle.exists()


def test_the_key_changes_with_everything_it_depends_on(monkeypatch):
    names = {
        artifacts.key("kind", one=1, two=2),
        artifacts.key("kind", one=2, two=1),
        artifacts.key("other", one=1, two=2),
    }
    assert len(names) == 3
    assert artifacts.key("kind", two=2, one=1) in names
    monkeypatch.setattr(artifacts, "version", lambda library: "of tomorrow")
    assert artifacts.key("kind", one=1, two=2) not in names


def test_versions_are_those_of_the_installed_libraries():
    assert artifacts.version("torch").split("+")[0].count(".") == 2
    assert artifacts.version("no-such-library") == ""
