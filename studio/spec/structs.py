"""`replace` and `asdict` for both msgspec structs and dataclasses, because records contain both."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from dataclasses import replace as replace  # mypy checks its names and types for structs, too
else:

    def replace(instance: Any, /, **changes: Any) -> Any:
        """Copy an instance with some fields changed, like `copy.replace` of Python 3.13."""
        change = msgspec.structs.replace if isinstance(instance, msgspec.Struct) else dataclasses.replace
        return change(instance, **changes)


def asdict(instance: Any) -> dict[str, Any]:
    """Convert an instance to a dict by field, nested ones too, ready for JSON; a field's name in JSON is its key."""
    if isinstance(instance, msgspec.Struct):
        keys = dict(zip(instance.__struct_encode_fields__, instance.__struct_fields__, strict=True))
    else:
        keys = {field.name: field.name for field in dataclasses.fields(instance)}
    values = {key: getattr(instance, name) for key, name in keys.items()}
    return {key: _plain(value) for key, value in values.items() if value is not msgspec.UNSET}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(map(_plain, value))
    return float(value) if isinstance(value, float) else value  # numpy's float64 is a subclass of float
