"""Writes docs/settings.md from the rows of the specs.

uv run python packaging/make_settings_page.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from studio.spec import AugmentStep, RunSpec
from studio.spec.settings import Row, parts, rows

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

ABOUT = """# Settings
What a run is made from, as it stands under `spec` in its `run.json`. Options are those of `thaw train`; the Python
library takes the names of fields. Made by `just settings` from the rows in `studio/spec`.
"""
HEADING = "| setting | field | option | default | may be | meaning |\n|---|---|---|---|---|---|"


def page(root: Any = RunSpec) -> str:
    """The page for all specs that a root spec holds."""
    specs = [*parts(root).items(), ("augment.steps", AugmentStep)]
    sections = (f"\n## {_heading(spec)}\nIn `{part}`.\n\n{HEADING}\n{_table(spec)}" for part, spec in specs)
    return "\n".join([ABOUT.rstrip(), *sections, ""])


def _heading(spec: Any) -> str:
    return str(spec.__doc__).splitlines()[0].split(". ")[0].rstrip(".")


def _table(spec: Any) -> str:
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in _cells(row))} |" for row in rows(spec)
    )


def _cells(row: Row) -> tuple[str, ...]:
    setting = row.setting
    limits = setting.unit if row.is_number and setting.words() == "a finite number" else row.allowed()
    unit = f" {setting.unit}" if setting.unit and limits != setting.unit else ""
    if row.choices:
        limits = ", ".join(f"`{value}` ({label})" for value, label in row.choices)
    elif row.values:
        limits = ", ".join(f"`{value}`" for value in row.values)
    return setting.name, f"`{row.key}`", _option(row), _default(row), f"{limits}{unit}".strip(), setting.meaning


def _option(row: Row) -> str:
    turned_off = row.kind is bool and not row.setting.off
    return f"`{row.flag.replace('--', '--no-') if turned_off else row.flag}`"


def _default(row: Row) -> str:
    if row.default is msgspec.NODEFAULT:
        return ""
    if row.kind is bool:
        return "on" if row.default else "off"
    return "none" if row.default in ("", (), None) else f"{row.default:g}" if row.kind is float else f"{row.default}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
