"""README and documentation: links, file names, commands, options and the form of decisions."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path

import pytest

from studio.cli.options.parser import COMMANDS, make_parser

ROOT = Path(__file__).parents[1]
AT_ROOT = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
PAGES = sorted([*AT_ROOT, *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert gone == []


def test_a_decision_is_linked_by_its_own_number():
    for page in PAGES:
        for number, link in re.findall(r"decision (\d+)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert Path(link).name.startswith(f"{int(number):04d}-"), (page, link)


def test_no_two_decisions_have_the_same_number():
    numbers = [page.name[:4] for page in DECISIONS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decisions_have_one_form(page):
    title, date, empty, *body = page.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {int(page.stem[:4])}. ")
    assert re.match(r"\d{4}-\d\d-\d\d( \(.+\))?$", date)
    assert empty == ""
    parts = re.findall(r"^\*\*([^*]+)\.\*\*", "\n".join(body), re.MULTILINE)
    assert parts == ["Context", "Options considered", "Decision", "Consequences"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_named_file_exists(page):
    named = re.findall(r"`((?:studio|tests|docs|packaging|resources)/[\w/.-]*\.\w+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def load_maker():
    path = ROOT / "packaging" / "make_settings_page.py"
    module_spec = importlib.util.spec_from_file_location("make_settings_page", path)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module


def test_the_page_of_settings_is_up_to_date():
    maker = load_maker()
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), "run: just settings"


def test_every_option_of_the_page_of_settings_exists():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    commands = next(action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))
    known = {option for action in commands.choices["train"]._actions for option in action.option_strings}
    named = re.findall(r"^\|[^|]+\|[^|]+\| `(--[\w-]+)`", page, re.MULTILINE)
    assert len(named) > 30
    assert sorted(set(named) - known) == []


def test_no_option_is_hidden_from_help():
    commands = next(action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name, parser in commands.choices.items():
        hidden = [action.option_strings for action in parser._actions if action.help == argparse.SUPPRESS]
        assert hidden == [], name


def test_the_readme_lists_every_command_and_no_other():
    rows = re.findall(r"^\| `thaw ([\w-]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(rows)) == sorted(COMMANDS)  # a command may have a row for each of its subjects


def extensions() -> list[list[str]]:
    rows = re.findall(
        r"^\| (?!extension)([^-].*) \|$", (ROOT / "docs" / "extending.md").read_text("utf-8"), re.MULTILINE
    )
    return [row.split(" | ") for row in rows]


@pytest.mark.parametrize("row", extensions(), ids=lambda row: row[0][:30])
def test_an_extension_touches_at_most_three_other_files_all_named(row):
    _, _, others, count = row
    assert int(count) <= 3
    # What stands after the first sentence, or says where a file comes from, is not to be changed.
    named = re.split(r"\. |; |: generated|\(generated", others)[0]
    files = set(re.findall(r"`((?:studio|docs|packaging|resources)/[\w/.-]+|README\.md)`", named))
    assert len(files) in (int(count), 0) or "docs/settings.md" in files
