from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from studio.system import names

ODD = {
    "a\nb.jpg": r"a\nb.jpg",
    "a\tb\r.jpg": r"a\tb\r.jpg",
    "\x1b[31mred\x1b[0m.jpg": r"\x1b[31mred\x1b[0m.jpg",
    "\x07\x7f": r"\x07\x7f",
    "\x9b31m": r"\u009b31m",
    "\u202egpj.exe": r"\u202egpj.exe",
    "\u2066a\u2069\u200f": r"\u2066a\u2069\u200f",
    "a\u2028b\u0085": r"a\u2028b\u0085",
    "\u200b.jpg": r"\u200b.jpg",
    "mu\udcf1oz": r"mu\xf1oz",
    "\U000e0041": r"\U000e0041",
}
PLAIN = (
    "café.jpg",
    "😀.jpg",
    "👩‍🔬.jpg",
    "שלום.jpg",
    "a b'\"$;#%[red].jpg",
    "back\\slash",
    "日本",
    "a\u00a0b",
    "e\u0301",
)


@pytest.mark.parametrize("name", ODD)
def test_controls_are_escaped(name: str) -> None:
    assert names.escaped(name) == ODD[name]
    assert names.escaped_lines(f"{name}x") == f"{ODD[name]}x".replace(r"\n", "\n")


@pytest.mark.parametrize("name", PLAIN)
def test_names_of_all_languages_stay_as_they_are(name: str) -> None:
    assert names.escaped(name) == names.escaped_lines(name) == name


@pytest.mark.parametrize("unicode", [True, False])
def test_json_has_the_same_names_without_control_characters(unicode: bool) -> None:
    document = {name: [name] for name in (*ODD, *PLAIN)}
    text = names.escaped_json(json.dumps(document, indent=1, ensure_ascii=not unicode))
    assert json.loads(text) == document
    assert names.escaped_lines(text) == text


@pytest.mark.skipif(shutil.which("bash") is None, reason="no shell here")
def test_a_quoted_path_is_read_by_a_shell_unchanged() -> None:
    paths = [
        "plain",
        "a b",
        "it's",
        "$HOME",
        "`id`",
        "a\nb",
        "\x1b[31mred",
        "\u202eabc'",
        "back\\slash\n",
        "-rf",
        "a;b",
    ]
    shown = [names.command_word(path) for path in paths]
    assert all(word.isprintable() for word in shown)
    script = f"printf '%s\\0' {' '.join(shown)}"
    read = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout
    assert read.decode().split("\0")[:-1] == paths
