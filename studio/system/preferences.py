"""The user's preferences: how the program looks and asks, where it keeps features, and what it computes on.

They hold for the window, the terminal and the library of this user, and are in one file, `preferences.json`; the size
limit of the cache keeps its own, which earlier versions read. An environment variable takes precedence over the file. A
value that is not valid is not used: the default takes its place, and `faults` says so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.spec import UserError
from studio.system import paths
from studio.system.files import atomic_files, json_text

Value = str | bool | int | float
When = Literal["at once", "with the next job", "after a restart"]


@dataclass(frozen=True)
class Preference:
    """The definition of a preference.

    Attributes:
        key: Key in the file and in `thaw settings`.
        default: Value if the user has chosen none; all values have its type.
        variable: Environment variable that takes precedence.
        help: Its meaning, one sentence without a period.
        when: When a change takes effect.
        choices: Allowed words; () if there is no list of them.
        low: Lowest number.
        high: Highest number.
        unit: Unit of a number.
    """

    key: str
    default: Value
    variable: str
    help: str
    when: When = "at once"
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    unit: str = ""


LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages of the window, by code, each by its own name.

English is the default on every system: the sentences of the German catalog are new, and few people have read them.
"""

ROWS = (
    Preference("theme", "system", "THAW_THEME", "Colors of the window", choices=("system", "light", "dark")),
    Preference(
        "language", "en", "THAW_LANGUAGE", "Language of the window", "after a restart", ("system", *LANGUAGES)
    ),
    Preference(
        "text_size", 100, "THAW_TEXT_SIZE", "Size of all texts in the window", "after a restart",
        low=100, high=200, unit="%",
    ),
    Preference("reduced_motion", False, "THAW_REDUCED_MOTION", "Show changes at once, without movement"),
    Preference("confirm_close", True, "THAW_CONFIRM_CLOSE", "Ask before a run is stopped by closing the window"),
    Preference("confirm_stop", True, "THAW_CONFIRM_STOP", "Ask before Esc stops a run"),
    Preference(
        "cache_folder", "", "THAW_CACHE_FOLDER", "Folder of computed features; empty for the default",
        "with the next job",
    ),
    Preference(
        "cache_gb", paths.DEFAULT_CACHE_GB, "THAW_CACHE_GB", "Size limit of computed features", "with the next job",
        high=1e6, unit="GB",
    ),
    Preference(
        "device", "auto", "THAW_DEVICE", "Where to compute if a run says automatic", "with the next job"
    ),
    Preference(
        "threads", 0, "THAW_THREADS", "Threads of the processor to compute with; 0 for all", "after a restart",
        high=1024,
    ),
)  # fmt: skip
"""All preferences, in the order in which they are shown."""

_BY_KEY = {row.key: row for row in ROWS}
DEVICES = ("auto", "cpu", "mps", "cuda")
"""Names of devices; `cuda` may have a number: `cuda:1`."""


def row(key: str) -> Preference:
    """The definition of a preference.

    Raises:
        UserError: There is no preference of this name.
    """
    if key not in _BY_KEY:
        raise UserError(f"There is no preference “{key}”.", f"The preferences are {', '.join(_BY_KEY)}.")
    return _BY_KEY[key]


def value(key: str) -> Any:
    """The value of a preference: from the environment, from the user's file, or its default; always valid."""
    return _find(row(key))[0]


def origin(key: str) -> str:
    """Where the value of a preference comes from: a variable's name, `chosen` or `default`."""
    return _find(row(key))[1]


def faults() -> tuple[str, ...]:
    """A sentence for each value of the environment and the file that is not used."""
    return tuple(words for one in ROWS for words in _find(one)[2])


def parsed(key: str, text: str) -> Value:
    """A value from its text, as in the environment and the terminal.

    Raises:
        UserError: It is not valid.
    """
    one = row(key)
    try:
        return _checked(one, _converted(one, text))
    except ValueError as error:
        raise UserError(f"“{text}” is not valid for {key}.", f"Give {error}.") from error


def change(values: Mapping[str, Value | None]) -> None:
    """Store preferences; None removes the user's choice, so that the default holds.

    Raises:
        UserError: A value is not valid, an environment variable takes precedence, or the file cannot be written; then
            nothing is changed.
    """
    for key, new in values.items():
        one = row(key)
        if one.variable in os.environ and new is not None:
            raise UserError(
                f"The environment variable {one.variable}={os.environ[one.variable]} determines {key}.",
                "Unset the variable to choose a value here.",
            )
        if new is not None:
            try:
                _checked(one, new)
            except ValueError as error:
                raise UserError(f"“{new}” is not valid for {key}.", f"Give {error}.") from error
    contents: dict[Path, dict[str, Any]] = {}
    own = {key: new for key, new in values.items() if key != "cache_gb"}
    if own:
        stored = _stored(paths.preferences_file())
        contents[paths.preferences_file()] = {key: new for key, new in (stored | own).items() if new is not None}
    if "cache_gb" in values:
        limit = values["cache_gb"]
        contents[paths.cache_settings_file()] = {} if limit is None else {"limit_gb": limit}
    if contents:
        _write(contents)


def _find(one: Preference) -> tuple[Value, str, list[str]]:
    """The value, its origin, and a sentence for each value that is not used."""
    unused: list[str] = []
    if one.variable in os.environ:
        text = os.environ[one.variable]
        try:
            return _checked(one, _converted(one, text)), one.variable, unused
        except ValueError as error:
            unused.append(f"{one.variable}={text} is not used: it must be {error}.")
    file, key = (
        (paths.cache_settings_file(), "limit_gb") if one.key == "cache_gb" else (paths.preferences_file(), one.key)
    )
    try:
        found = _stored(file).get(key)
    except UserError as error:
        return one.default, "default", [*unused, error.title]
    if found is None:
        return one.default, "default", unused
    try:
        return _checked(one, found), "chosen", unused
    except ValueError as error:
        unused.append(f"{key} in {file} is not used: {found!r} must be {error}.")
    return one.default, "default", unused


def _converted(one: Preference, text: str) -> Value:
    """A text as a value of the preference's type; ValueError says what it must be."""
    if isinstance(one.default, bool):
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if text.strip().lower() not in words:
            raise ValueError("yes or no")
        return words[text.strip().lower()]
    if isinstance(one.default, str):
        return text
    try:
        number = float(text)
    except ValueError:
        raise ValueError(_bounds(one)) from None
    return int(number) if number == number // 1 and isinstance(one.default, int) else number


def _checked(one: Preference, found: object) -> Value:
    """The value if it is valid; ValueError says what it must be."""
    if isinstance(one.default, bool):
        if not isinstance(found, bool):
            raise ValueError("yes or no")
        return found
    if isinstance(one.default, str):
        return _word(one, found)
    whole = isinstance(one.default, int)
    if isinstance(found, bool) or not isinstance(found, int if whole else (int, float)):
        raise ValueError(_bounds(one))
    if not one.low <= found <= one.high:  # refuses NaN, too
        raise ValueError(_bounds(one))
    return found


def _word(one: Preference, found: object) -> str:
    if one.choices and found not in one.choices:
        raise ValueError(f"one of {', '.join(one.choices)}")
    if one.key == "device":
        kind, _, number = str(found).partition(":")
        if (
            not isinstance(found, str)
            or kind not in DEVICES
            or (number and not (kind == "cuda" and number.isdecimal()))
        ):
            raise ValueError("auto, cpu, mps, cuda or cuda:N")
    if one.key == "cache_folder" and (not isinstance(found, str) or (found and not Path(found).is_absolute())):
        raise ValueError("the absolute path of a folder, or empty")
    return str(found)


def _bounds(one: Preference) -> str:
    kind = "a whole number" if isinstance(one.default, int) else "a number"
    return f"{kind} from {one.low:g} to {one.high:g}"


def _stored(file: Path) -> dict[str, Any]:
    """Content of a file; {} if there is none.

    Raises:
        UserError: It cannot be read.
    """
    try:
        content = json_text.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read, so the defaults hold: {error}.", "Remove that file.", file) from error
    if not isinstance(content, dict):
        raise UserError(f"{file} cannot be read, so the defaults hold.", "Remove that file.", file)
    return content


def _write(contents: Mapping[Path, Mapping[str, Any]]) -> None:
    """Replace files by JSON documents: all of them, or none if one cannot be written."""
    file = next(iter(contents))
    try:
        paths.settings_folder().mkdir(parents=True, exist_ok=True)
        with atomic_files.atomic_write_all(*contents) as temporary:
            for target, content in zip(temporary, contents.values(), strict=True):
                target.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{file} cannot be written: {error.strerror or error}.", "Check that you may write to its folder.", file
        ) from error
