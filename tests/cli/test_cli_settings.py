"""`thaw settings` shows and changes preferences; the library has the same."""

from __future__ import annotations

import json

import pytest

import studio


def test_a_setting_is_shown_changed_and_reset(thaw):
    status, out, _ = thaw("settings", "text_size", "150")
    assert status == 0
    assert "150 %" in out
    assert "takes effect after a restart" in out
    status, out, _ = thaw("settings", "--json")
    rows = {row["key"]: row for row in json.loads(out)["settings"]}
    assert (rows["text_size"]["value"], rows["text_size"]["origin"]) == (150, "chosen")
    assert (rows["theme"]["choices"], rows["language"]["takes_effect"]) == (
        ["system", "light", "dark"],
        "after a restart",
    )
    assert studio.preferences()["text_size"] == 150
    thaw("settings", "--reset")
    assert studio.preferences()["text_size"] == 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("colour",), "no preference “colour”"),
        (("text_size", "300"), "a whole number from 100 to 200"),
        (("reduced_motion", "maybe"), "yes or no"),
        (("device", "abacus"), "auto, cpu, mps, cuda or cuda:N"),
        (("theme", "dark", "--reset"), "exclude each other"),
    ],
)
def test_an_invalid_setting_is_refused(thaw, arguments, words):
    status, _, err = thaw("settings", *arguments)
    assert status == 2
    assert words in err


def test_an_error_in_the_file_is_reported_beside_the_settings(thaw, monkeypatch):
    monkeypatch.setenv("THAW_THEME", "pink")
    status, out, err = thaw("settings", "theme")
    assert status == 0
    assert "system" in out
    assert "THAW_THEME=pink is not used" in err


def test_the_library_changes_settings_too():
    own = studio.preferences()
    own.set(device="cpu", threads=4)
    assert (own["device"], own["threads"]) == ("cpu", 4)
    assert "device = 'cpu'  # chosen" in repr(own)
    own.reset("device")
    assert (own["device"], own["threads"]) == ("auto", 4)
    with pytest.raises(studio.UserError, match="no preference “colour”"):
        own.set(colour="red")
    with pytest.raises(KeyError):
        own["colour"]
