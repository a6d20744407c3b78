"""The operations that an exported program may use: those of torch that only compute, and arithmetic on sizes."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import torch

from studio.engine.backbones.own import allowed_operations
from studio.engine.backbones.own.archive import DTYPES

Operation = Callable[..., Any]

SIZES: Mapping[str, Operation] = {
    **{
        f"_operator.{name}": getattr(operator, name)
        for name in (
            "add", "sub", "mul", "floordiv", "truediv", "mod", "neg", "getitem", "eq", "ne", "lt", "le", "gt",
            "ge", "and_", "or_", "not_",
        )
    },
    **{f"math.{name}": getattr(math, name) for name in ("ceil", "floor", "trunc", "sqrt")},
    **{f"torch.{name}": getattr(torch, name) for name in ("sym_float", "sym_int", "sym_max", "sym_min", "sym_not")},
}  # fmt: skip
"""Functions on plain numbers, mostly sizes, by the names under which graphs call them."""

OPERATORS = frozenset(("__and__", "__or__", "__xor__"))
"""Allowed operations of torch with a name like Python's special methods (`__and__`); others are refused."""

SKIPPED = frozenset(
    (
        "_assert_scalar",
        "_assert_tensor_metadata",
        "_assert_async",
        "sym_constrain_range",
        "sym_constrain_range_for_size",
    )
)
"""Assertions in a graph, for example about the device, which are skipped."""

RANDOM = re.compile(r"^(rand|bernoulli|normal|uniform|multinomial|poisson|.*dropout)")
"""Operations whose result is random, unless an argument says that they are not used for training."""

WORDS = frozenset(
    (
        "none", "tanh", "same", "valid", "trunc", "floor", "constant", "reflect", "replicate", "circular",
        "mean", "sum", "max", "amax", "amin", "prod", "ij", "xy",
    )
)  # fmt: skip
"""Strings that operations may have as arguments; any other string, such as the name of a file, is refused."""

EQUATION = re.compile(r"[A-Za-z ,.]+->[A-Za-z .]*")

MEMORY_FORMATS = {
    1: torch.contiguous_format,
    2: torch.channels_last,
    3: torch.channels_last_3d,
    4: torch.preserve_format,
}


class UnsupportedError(Exception):
    """A part of the program that cannot be run; the message names it."""


def find(target: str) -> Operation | None:
    """Return the function of a node; None for an assertion, which is skipped.

    Raises:
        UnsupportedError: The operation is not allowed, or this version of torch does not have it.
    """
    if target in SIZES:
        return SIZES[target]
    parts = target.split(".")
    if parts[:3] != ["torch", "ops", "aten"] or len(parts) != 5:
        raise UnsupportedError(f"uses {target}, which is not an allowed operation")
    name = parts[3]
    if name.startswith("__") and name not in OPERATORS:
        raise UnsupportedError(f"uses {target}, which is not an allowed operation")
    if name in SKIPPED:
        return None
    operation = getattr(getattr(torch.ops.aten, name, None), parts[4], None)
    if not isinstance(operation, torch._ops.OpOverload):
        raise UnsupportedError(f"uses {target}, which this version of torch does not have")
    if not allowed_operations.is_allowed(name, operation):
        raise UnsupportedError(f"uses {target}, which is not an allowed operation")
    return allowed_operations.guarded(name, operation)


def is_training(target: str, arguments: list[dict[str, Any]]) -> bool:
    """True for an operation that behaves as in training: dropout, or BatchNorm with the statistics of the batch."""
    name = (*target.split("."), "", "", "", "")[3]
    flags = [one["arg"].get("as_bool") for one in arguments if one["name"] in ("train", "training")]
    flags += [(one["arg"].get("as_float") or 0) > 0 for one in arguments if one["name"] == "dropout_p"]
    return any(flags) or (RANDOM.match(name) is not None and not flags)


Values = Mapping[str, Any]


def constant(kind: str, value: Any) -> Callable[[Values, torch.device], Any] | None:
    """Return a function (values, device) that gives a node's argument; None if the argument reads computed values.

    Raises:
        UnsupportedError: It is a string that is not allowed, or not a number where one is expected.
    """
    if kind == "as_none":
        return lambda _values, _device: None
    if kind in ("as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_int_lists"):
        number = _number(value)
        return lambda _values, _device: number
    if kind == "as_string":
        if value not in WORDS and not EQUATION.fullmatch(str(value)):
            raise UnsupportedError(f"passes the string {str(value)[:40]!r} to an operation, which is not allowed")
        return lambda _values, _device: value
    if kind == "as_scalar_type":
        dtype = DTYPES[value]
        return lambda _values, _device: dtype
    if kind == "as_memory_format":
        return lambda _values, _device: MEMORY_FORMATS[value]
    if kind == "as_layout":
        return lambda _values, _device: torch.strided
    if kind == "as_device":  # the network's current device, not that of the export
        return lambda _values, device: device
    return None


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if value in ("Infinity", "-Infinity", "NaN"):
        return float(value.replace("Infinity", "inf"))
    if not isinstance(value, int | float):
        raise UnsupportedError("has an argument that is not a number")
    return value


READING = frozenset(
    (
        "as_tensor", "as_tensors", "as_optional_tensor", "as_optional_tensors", "as_sym_int", "as_sym_ints",
        "as_sym_bool", "as_sym_bools", "as_sym_float", "as_sym_floats",
    )
)  # fmt: skip
"""Kinds of arguments that read computed values."""


def names_in(kind: str, value: Any) -> list[str]:
    """Names of the values that an argument reads."""
    if kind in ("as_tensor",):
        return [value["name"]]
    if kind in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        return [value["as_name"]] if "as_name" in value else []
    if kind == "as_optional_tensor":
        return names_in(*next(iter(value.items())))
    if kind in ("as_tensors",):
        return [one["name"] for one in value]
    if kind in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return [one["as_name"] for one in value if "as_name" in one]
    if kind == "as_optional_tensors":
        return [one["as_tensor"]["name"] for one in value if "as_tensor" in one]
    return []


def read(kind: str, value: Any, values: Values) -> Any:
    """Return the value of an argument that reads computed values."""
    if kind == "as_tensor":
        return values[value["name"]]
    if kind in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        return values[value["as_name"]] if "as_name" in value else next(iter(value.values()))
    if kind == "as_optional_tensor":
        inner, what = next(iter(value.items()))
        return None if inner == "as_none" else values[what["name"]]
    if kind == "as_tensors":
        return [values[one["name"]] for one in value]
    if kind in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return [values[one["as_name"]] if "as_name" in one else next(iter(one.values())) for one in value]
    if kind == "as_optional_tensors":
        return [values[one["as_tensor"]["name"]] if "as_tensor" in one else None for one in value]
    raise UnsupportedError(f"has an argument of the kind {kind}")


def bind(outputs: list[dict[str, Any]], result: Any) -> dict[str, Any]:
    """Return the results of a node by the names of its outputs."""
    if len(outputs) == 1:
        kind, value = next(iter(outputs[0].items()))
        if kind == "as_tensors":
            return {one["name"]: part for one, part in zip(value, result, strict=True)}
        return dict.fromkeys(names_in(kind, value), result)
    values: dict[str, Any] = {}
    for output, part in zip(outputs, result, strict=True):
        kind, value = next(iter(output.items()))
        if kind != "as_none":
            values |= bind([output], part)
    return values


def output_names(outputs: list[dict[str, Any]]) -> list[str]:
    """Names of the values that a node computes."""
    return [name for output in outputs for name in names_in(*next(iter(output.items())))]
