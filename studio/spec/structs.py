"""`replace` and `asdict` for msgspec structs and for dataclasses alike, because records hold both."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from dataclasses import replace as replace  # mypy checks its names and types for structs, too
else:

    def replace(instance: Any, /, **changes: Any) -> Any:
        """A copy with some fields changed; `copy.replace` of Python 3.13."""
        change = msgspec.structs.replace if isinstance(instance, msgspec.Struct) else dataclasses.replace
        return change(instance, **changes)


def asdict(instance: Any) -> dict[str, Any]:
    """The fields by name, those of inner structs and dataclasses as dicts, ready for JSON."""
    if isinstance(instance, msgspec.Struct):
        names: tuple[str, ...] = instance.__struct_fields__
    else:
        names = tuple(field.name for field in dataclasses.fields(instance))
    return {name: _plain(getattr(instance, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(map(_plain, value))
    return float(value) if isinstance(value, float) else value  # a float of numpy is one, too
