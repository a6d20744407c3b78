"""The definitions of settings with their texts in the language of the window."""

from __future__ import annotations

from typing import Any

import msgspec

from studio.formatting.language import translated
from studio.spec import settings
from studio.spec.settings import Row, Setting


def group_title(key: str) -> str:
    """The title of a group of settings."""
    return translated(settings.GROUPS[key])


def in_language(row: Row) -> Row:
    """A row with the texts of its setting in the chosen language."""
    setting = row.setting
    return msgspec.structs.replace(
        row,
        setting=msgspec.structs.replace(
            setting,
            label=translated(setting.label),
            help=translated(setting.help),
            unit=translated(setting.unit),
            zero=translated(setting.zero),
            choices=tuple(translated(choice) for choice in setting.choices),
        ),
    )


def setting_of(spec: type[Any], key: str) -> Setting:
    """The definition of a field of a spec, with its texts in the chosen language."""
    return in_language(settings.row_of(spec, key)).setting
