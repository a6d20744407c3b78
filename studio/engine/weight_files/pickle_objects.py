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
"""Characters of a module and a class."""

LARGEST_KEY = 1_000
"""Elements of a tuple that is a key."""


class Damaged(Exception):  # noqa: N818
    """The file is no pickle, or is cut off or garbled."""


class TooLarge(Damaged):
    """There is more in the file than any training puts there."""


class RunsCode(Exception):  # noqa: N818
    """An ordinary reader would run code that the file brings; the message names it."""


@dataclass(frozen=True)
class Named:
    """A class or function that a pickle names; never looked up.

    Attributes:
        origin: `module.name`.
    """

    origin: str


@dataclass(eq=False)
class Inert:
    """What a call of an unknown class or function would have made.

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
"""What may be called, by `module.name`."""


def _dictionary(*args: Any) -> dict[Any, Any]:
    entries = args[0] if args and isinstance(args[0], dict | list | tuple) else ()
    return dict(entries) if isinstance(entries, dict) else mapping((key, value) for key, value in entries)


def mapping(entries: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict, its keys looked at before they are hashed."""
    return {checked_key(key): value for key, value in entries}


def checked_key(value: Any) -> Any:
    """What may be hashed: Python ends at once, without an exception, where tuples are nested deeply enough."""
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
