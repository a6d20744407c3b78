"""Objects of a pickle that is read without running anything: names, inert objects, and plain containers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DANGEROUS_MODULES = frozenset(
    [
        "os",
        "posix",
        "nt",
        "sys",
        "subprocess",
        "commands",
        "shutil",
        "importlib",
        "runpy",
        "pty",
        "socket",
        "ctypes",
        "webbrowser",
        "code",
        "codeop",
        "pdb",
        "bdb",
        "timeit",
        "pip",
        "marshal",
        "pickle",
        "_pickle",
        "cloudpickle",
        "dill",
    ]
)

DANGEROUS_NAMES = frozenset(
    [
        "builtins.eval",
        "builtins.exec",
        "builtins.execfile",
        "builtins.compile",
        "builtins.open",
        "builtins.input",
        "builtins.breakpoint",
        "builtins.__import__",
        "builtins.globals",
        "builtins.setattr",
        "builtins.delattr",
        "types.CodeType",
        "types.FunctionType",
    ]
)

LONGEST_NAME = 500
"""Longest name of a module with a class, in characters."""

LARGEST_KEY = 1_000
"""Largest number of elements in a tuple used as a key."""


class Damaged(Exception):  # noqa: N818
    """The file is not a pickle, or is cut off or damaged."""


class TooLarge(Damaged):
    """The file has more content than any training stores."""


class RunsCode(Exception):  # noqa: N818
    """Another reader would run code from the file; the message names it."""


@dataclass(frozen=True)
class Named:
    """A class or function named in a pickle; never imported.

    Attributes:
        origin: `module.name`.
    """

    origin: str


@dataclass(eq=False)
class Inert:
    """Result of a call of an unknown class or function, which is not run.

    Attributes:
        origin: `module.name` of what would have been called.
        args: What it would have been called with.
        state: What it would have been given afterwards, its attributes as a rule.
        items: Its entries, where it is a mapping.
        parts: Its elements, where it is a sequence.
    """

    origin: str
    args: tuple[Any, ...] = ()
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)

    def children(self) -> dict[Any, Any]:
        """Attributes and entries by name."""
        return {**(self.state if isinstance(self.state, dict) else {}), **self.items}


Calls = Mapping[str, Callable[..., Any]]
"""The functions that a pickle may call, by `module.name`."""


def _dictionary(*args: Any) -> dict[Any, Any]:
    entries = args[0] if args and isinstance(args[0], dict | list | tuple) else ()
    return dict(entries) if isinstance(entries, dict) else mapping((key, value) for key, value in entries)


def mapping(entries: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict, with its keys checked before they are hashed."""
    return {checked_key(key): value for key, value in entries}


def checked_key(value: Any) -> Any:
    """The value, if it is safe to hash: for deeply nested tuples Python ends at once, without an exception."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            count += 1 + len(one)
            if count > LARGEST_KEY:
                raise Damaged("a key is too large")
            waiting.extend(one)
    return value


BUILT_IN: Calls = {
    "collections.OrderedDict": _dictionary,
    "collections.Counter": _dictionary,
    "collections.defaultdict": lambda *_: {},
    "builtins.dict": _dictionary,
    "builtins.set": lambda *args: list(args[0]) if args else [],
    "builtins.frozenset": lambda *args: tuple(args[0]) if args else (),
    "builtins.list": lambda *args: list(args[0]) if args else [],
    "builtins.tuple": lambda *args: tuple(args[0]) if args else (),
}


def named(module: str, name: str) -> Named:
    """The inert form of a class or function; raises for those that would run code."""
    module = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(module, module)
    origin = f"{module}.{name}"
    if len(origin) > LONGEST_NAME:
        raise Damaged("the name of a class is too long")
    if module.split(".")[0] in DANGEROUS_MODULES or origin in DANGEROUS_NAMES:
        raise RunsCode(origin)
    return Named(origin)
