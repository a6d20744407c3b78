"""The README and the pages in `docs` speak of what is there."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from studio.cli.parser import COMMANDS, make_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert gone == []


def test_a_decision_is_linked_by_its_own_number():
    for page in PAGES:
        for number, link in re.findall(r"decision (\d+)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert Path(link).name.startswith(f"{int(number):04d}-"), (page, link)


def test_no_option_is_hidden_from_help():
    commands = next(action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name, parser in commands.choices.items():
        hidden = [action.option_strings for action in parser._actions if action.help == argparse.SUPPRESS]
        assert hidden == [], name


def test_the_readme_lists_every_command_and_no_other():
    rows = re.findall(r"^\| `thaw (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)
