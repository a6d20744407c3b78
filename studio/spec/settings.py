"""Definitions of settings: label, bounds, unit, choices, command-line option and description of each.

A setting is the annotation of a field of a spec: `epochs: Annotated[int, Setting(label="Epochs", help="…", ge=1)]`.
The window's form, the command-line options, the checks and `docs/settings.md` are generated from these definitions.
"""

from __future__ import annotations

import math
import textwrap
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, cast

import msgspec

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "training": "Training",
        "head": "Head",
        "phases": "Head warm-up",
        "lora": "Adapters (LoRA)",
        "rates": "Optimizer",
        "data": "Data",
        "safety": "Stopping and safety",
    }
)
"""Titles of the groups in form and terminal, by key. The form always shows `training`, the others if expanded."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a number, each None where there is none. NaN and infinity are never allowed.

    Attributes:
        ge: Greater than or equal.
        gt: Greater than.
        le: Less than or equal.
        lt: Less than.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def allow(self, value: float) -> bool:
        """True where the number is finite and within the bounds."""
        return (
            (isinstance(value, int) or math.isfinite(value))
            and (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def words(self) -> str:
        """The bounds in words, to follow “must be”: “at least 1”, “from 0 to 1”, “more than 0 and at most 1”."""
        if self.ge is not None and self.le is not None:
            return f"from {_number(self.ge)} to {_number(self.le)}"
        parts = []
        if self.ge is not None:
            parts.append("0 or more" if self.ge == 0 else f"at least {_number(self.ge)}")
        if self.gt is not None:
            parts.append(f"more than {_number(self.gt)}")
        if self.le is not None:
            parts.append(f"at most {_number(self.le)}")
        if self.lt is not None:
            parts.append(f"less than {_number(self.lt)}")
        return " and ".join(parts) or "a finite number"


class Setting(Limits, frozen=True, kw_only=True):
    """The definition of a setting.

    Attributes:
        label: Name in form, messages and documentation; “&” precedes the letter of its keyboard shortcut.
        help: Meaning and use in one sentence without a period: tooltip, help of the option, documentation.
        note: Details for the documentation and `help()`.
        unit: Unit of a number, where the label does not say it.
        zero: Meaning of 0, where it is special.
        choices: Labels of the values of a `Literal`, in its order.
        group: Key of `GROUPS`, for numbers, switches and choices; "" where form and options are not generated.
        order: Position in the group; settings without one come last.
        option: Command-line option; "" for one derived from the name of the field.
        off: Option that turns off a switch that is on by default, instead of a pair of options.
        metavar: Placeholder of the option's value; "" for one derived from the unit.
        needs: Name and value of another field of the spec; with another value of it, this number has no effect and is
            not checked.
    """

    label: str
    help: str
    note: str = ""
    unit: str = ""
    zero: str = ""
    choices: tuple[str, ...] = ()
    group: str = ""
    order: int = 100
    option: str = ""
    off: str = ""
    metavar: str = ""
    needs: tuple[str, object] | None = None

    def __repr__(self) -> str:
        return repr(self.name)  # short, because `help()` shows it in the signature of a spec for every field

    @property
    def name(self) -> str:
        """The label without the “&” of the shortcut."""
        return self.label.replace("&", "")

    @property
    def tip(self) -> str:
        """Help and meaning of 0, without a period."""
        return f"{self.help}; 0: {self.zero}" if self.zero else self.help

    @property
    def meaning(self) -> str:
        """Help, meaning of 0 and note as sentences."""
        return f"{self.tip}. {self.note}".rstrip()


class Row(msgspec.Struct, frozen=True):
    """A field of a spec with its setting.

    Attributes:
        part: Field of the root spec that holds this spec; "" for the root itself.
        key: Name of the field.
        kind: Type of its values, without the annotation.
        default: Default value; `msgspec.NODEFAULT` for a required field.
        setting: Its definition.
    """

    part: str
    key: str
    kind: Any
    default: Any
    setting: Setting

    @property
    def values(self) -> tuple[Any, ...]:
        """Values of a `Literal`; none for other types."""
        return typing.get_args(self.kind) if typing.get_origin(self.kind) is Literal else ()

    @property
    def choices(self) -> tuple[tuple[Any, str], ...]:
        """Values of a `Literal` with their labels."""
        return tuple(zip(self.values, self.setting.choices, strict=True)) if self.setting.choices else ()

    @property
    def flag(self) -> str:
        """The command-line option."""
        return self.setting.off or self.setting.option or f"--{self.key.replace('_', '-')}"

    @property
    def is_number(self) -> bool:
        """True for a number."""
        return self.kind in (int, float)

    def allowed(self) -> str:
        """The allowed values in words, to follow “must be”; "" where any value of the type is allowed."""
        if self.values:
            *first, last = map(str, self.values)
            return f"{', '.join(first)} or {last}"
        return self.setting.words() if self.is_number else ""

    def mistake(self, value: Any, owner: str = "") -> str:
        """A sentence that says why a value is refused; "" where it is allowed.

        Args:
            value: A value of the row's type.
            owner: Name of the item that the setting belongs to, where there are several.
        """
        good = value in self.values if self.values else not self.is_number or self.setting.allow(value)
        name = f"{self.setting.name} of {owner}" if owner else self.setting.name
        return "" if good else f"{name} must be {self.allowed()} (got {value})."

    def hint(self) -> str:
        """The hint for a refused value."""
        if self.setting.zero and self.setting.allow(0):
            return f"Use 0 for {self.setting.zero}."
        if self.default is msgspec.NODEFAULT:
            return f"Choose another value, {self.allowed()}."
        default = f"{self.default:g}" if isinstance(self.default, float) else self.default
        return f"The default is {default}."


def rows(spec: type[Any], part: str = "") -> tuple[Row, ...]:
    """The rows of all fields of a spec with a setting, in the order of the fields."""
    return _rows(cast(Any, spec), part)  # mypy does not accept `type[Any]` as hashable


@cache
def _rows(spec: Any, part: str) -> tuple[Row, ...]:
    # Only the last fields have defaults; `msgspec.structs.fields` would evaluate all types once more.
    defaults = dict(zip(reversed(spec.__struct_fields__), reversed(spec.__struct_defaults__), strict=False))
    result = []
    for key, hint in typing.get_type_hints(spec, include_extras=True).items():
        if typing.get_origin(hint) is Annotated:
            kind, setting, *_ = typing.get_args(hint)
            result.append(Row(part, key, kind, defaults.get(key, msgspec.NODEFAULT), setting))
    return tuple(result)


def row_of(spec: type[Any], key: str) -> Row:
    """The row of one field."""
    return next(row for row in rows(spec) if row.key == key)


def parts(root: type[Any]) -> Mapping[str, type[Any]]:
    """The specs in a root spec, by field."""
    return _parts(cast(Any, root))


@cache
def _parts(root: Any) -> Mapping[str, type[Any]]:
    hints = typing.get_type_hints(root)
    return MappingProxyType({key: hint for key, hint in hints.items() if _is_spec(hint)})


def rows_by_group(root: type[Any]) -> Mapping[str, tuple[Row, ...]]:
    """The rows of a root spec that form and terminal show, by group and in order."""
    shown = sorted((row for part, spec in parts(root).items() for row in rows(spec, part)), key=_place)
    return MappingProxyType({key: tuple(row for row in shown if row.setting.group == key) for key in GROUPS})


def _place(row: Row) -> int:
    return row.setting.order


def mistakes(spec: Any, owner: str = "") -> Iterator[tuple[str, str]]:
    """Title and hint of the error about each value that its row does not allow, in the order of the fields."""
    for row in rows(type(spec)):
        value, needs = getattr(spec, row.key), row.setting.needs
        if needs is not None and getattr(spec, needs[0]) != needs[1]:
            continue
        if title := row.mistake(value, owner):
            yield title, row.hint()
        for item in value if isinstance(value, tuple) else ():
            if _is_spec(type(item)):
                yield from mistakes(item, str(getattr(item, next(iter(typing.get_type_hints(type(item)))))))


_Spec = typing.TypeVar("_Spec", bound=type[Any])


def documented(spec: _Spec) -> _Spec:
    """Add the settings of a spec to its docstring, for `help()`; a class decorator."""
    lines = []
    for row in rows(spec):
        limits = f" Must be {row.allowed()}." if row.allowed() else ""
        lines.append(f"    {row.key}: {row.setting.meaning}{limits}")
    wrapped = (textwrap.fill(line, 116, initial_indent="    ", subsequent_indent=" " * 12) for line in lines)
    spec.__doc__ = "\n".join([f"{(spec.__doc__ or '').rstrip()}\n\n    Attributes:", *wrapped, "    "])
    return spec


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _is_spec(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
