"""`thaw cache`: size, limit and emptying of the cache, which the engine uses, too."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.system import paths

ROW = 12 + 20


@pytest.fixture
def store() -> Path:
    """A feature store of a thousand rows in the user's cache."""
    folder = paths.cache_folder() / "aa"
    folder.mkdir(parents=True)
    (folder / "x.rows").write_bytes(bytes(12 * 1000))
    (folder / "x.keys").write_bytes(bytes(20 * 1000))
    (folder / "about.json").write_text('{"backbone": "resnet18", "cut": "layer3"}')
    return folder


@pytest.mark.slow
def test_the_cache_is_shown(thaw, store):
    status, out, _ = thaw("cache")
    assert status == 0
    (row,) = [line.split() for line in out.splitlines() if "resnet18" in line]
    assert row[:5] == ["resnet18", "layer3", "1,000", "32", "KB"]
    assert f"32 KB of 20.0 GB in {paths.cache_folder()}" in out


def test_stores_of_one_backbone_say_in_what_they_differ(thaw, store):
    for name, about in (
        ("bb", {"readout": "default", "preprocess": {"size": [224, 224], "crop": "center"}}),
        ("cc", {"readout": "patches", "preprocess": {"size": [224, 224], "crop": "center"}}),
        ("dd", {"readout": "blocks/4", "preprocess": {"size": [160, 224], "crop": "border"}}),
        ("ee", {"readout": "a later one", "preprocess": {"size": "wide", "crop": 7}}),
    ):
        other = store.parent / name
        other.mkdir()
        (other / "x.rows").write_bytes(bytes(12))
        (other / "x.keys").write_bytes(bytes(20))
        (other / "about.json").write_text(json.dumps({"backbone": "vit", "cut": "features", **about}))
    status, out, _ = thaw("cache")
    rows = [re.split(r"\s{2,}", line.strip()) for line in out.splitlines() if line.startswith("vit")]
    assert status == 0
    assert sorted(row[1:3] for row in rows) == [
        ["features", "1"],  # unknown fields are not mentioned
        ["features", "224 px, center crop"],
        ["features, class tokens of the last 4 blocks", "160 × 224 px, fitted"],
        ["features, mean of the patch tokens", "224 px, center crop"],
    ]
    status, out, _ = thaw("cache", "--json")
    shown = {one["name"]: (one["readout"], one["image_size"], one["crop"]) for one in json.loads(out)["shelves"]}
    assert shown["dd"] == ("blocks/4", [160, 224], "border")
    assert shown["aa"] == ("", [], "")


def test_an_empty_cache_is_shown(thaw):
    assert thaw("cache")[:2] == (0, f"0 KB of 20.0 GB in {paths.cache_folder()}\n")


def test_the_json_of_cache_has_its_contents_and_limit(thaw, store):
    document = json.loads(thaw("cache", "--json")[1])
    assert document["bytes"] == document["shelves"][0]["bytes"] == 1000 * ROW
    assert document["limit"] == 20_000_000_000
    assert document["shelves"][0]["rows"] == 1000


def test_a_limit_is_stored_and_applied_at_once(thaw, store):
    assert "0 KB of 10 KB" in thaw("cache", "--limit", "0.00001")[1]
    assert not store.exists()
    assert paths.cache_limit() == 10_000
    code = "from studio.system import paths as places; print(places.cache_limit())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "10000\n"


@pytest.mark.parametrize("limit", ["nan", "-1", "inf", "1e7"])
def test_an_invalid_size_is_refused_and_changes_nothing(thaw, store, limit):
    status, _, err = thaw("cache", f"--limit={limit}")
    assert (status, "is not a valid size" in err) == (2, True)
    assert paths.cache_limit() == 20_000_000_000
    assert store.exists()


def test_a_cache_limit_in_the_environment_takes_precedence_and_is_named(thaw, monkeypatch):
    monkeypatch.setenv("THAW_CACHE_GB", "3")
    assert "of 3.0 GB" in thaw("cache")[1]
    status, _, err = thaw("cache", "--limit", "5")
    assert (status, "THAW_CACHE_GB=3" in err) == (2, True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"limit_gb": "many"}', '{"limit_gb": NaN}', '{"limit_gb": -4}'])
def test_a_damaged_settings_file_gives_the_default(text):
    paths.cache_settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.cache_settings_file().write_text(text)
    assert paths.cache_limit() == 20_000_000_000


def test_the_option_yes_empties_the_cache_without_confirmation(thaw, store):
    status, out, _ = thaw("cache", "--clear", "--yes")
    assert status == 0
    assert "32 KB freed" in out
    assert not store.exists()


def test_the_cache_is_not_emptied_without_a_terminal_for_confirmation(thaw, store, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    status, _, err = thaw("cache", "--clear")
    assert (status, "--yes" in err) == (2, True)
    assert store.exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "remains"), [("y\n", False), ("yes\n", False), ("\n", True), ("n\n", True), ("", True)]
)
def test_emptying_the_cache_asks_in_a_terminal(thaw, store, monkeypatch, answer, remains):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    status, _, err = thaw("cache", "--clear")
    assert "Remove 32 KB" in err
    assert (status, store.exists()) == (2 if remains else 0, remains)
