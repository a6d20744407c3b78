"""Objects of pickles that are read without running code: global references, inert objects, plain containers."""

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

MAX_NAME_LENGTH = 500
"""Longest name of a module with a class, in characters."""

MAX_KEY_ELEMENTS = 1_000
"""Largest number of elements in a tuple used as a key."""


class DamagedFileError(Exception):
    """The file is not a pickle, or is cut off or damaged."""


class FileTooLargeError(DamagedFileError):
    """The file has more content than any training saves."""


class UnsafePickleError(Exception):
    """An ordinary reader would run code from the file; the message names the function."""


@dataclass(frozen=True)
class GlobalReference:
    """The name of a class or function in a pickle; it is never imported.

    Attributes:
        origin: `module.name`.
    """

    origin: str


@dataclass(eq=False)
class InertObject:
    """Stand-in for the result of an unknown class or function, which is not called.

    Attributes:
        origin: `module.name` of the class or function.
        args: Arguments of the call.
        state: State to restore, usually a dict of attributes.
        items: Entries, if the object is a mapping.
        parts: Elements, if the object is a sequence.
    """

    origin: str
    args: tuple[Any, ...] = ()
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)

    def children(self) -> dict[Any, Any]:
        """Return attributes and entries by name."""
        return {**(self.state if isinstance(self.state, dict) else {}), **self.items}


Calls = Mapping[str, Callable[..., Any]]
"""The functions that a pickle may call, by `module.name`."""


def _dictionary(*args: Any) -> dict[Any, Any]:
    entries = args[0] if args and isinstance(args[0], dict | list | tuple) else ()
    return dict(entries) if isinstance(entries, dict) else build_dict((key, value) for key, value in entries)


def build_dict(entries: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Return a dict of the entries, after checking their keys."""
    return {check_key(key): value for key, value in entries}


def check_key(value: Any) -> Any:
    """Return the value if it is safe to hash.

    Raises:
        DamagedFileError: It is too large or too deeply nested.
    """
    # Hashing deeply nested tuples overflows the C stack, which ends Python without an exception.
    pending, count = [value], 0
    while pending:
        one = pending.pop()
        if isinstance(one, tuple):
            count += 1 + len(one)
            if count > MAX_KEY_ELEMENTS:
                raise DamagedFileError("a key is too large")
            pending.extend(one)
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


def global_reference(module: str, name: str) -> GlobalReference:
    """Return the reference to a class or function.

    Raises:
        UnsafePickleError: It can run code.
        DamagedFileError: Its name is too long.
    """
    module = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(module, module)
    origin = f"{module}.{name}"
    if len(origin) > MAX_NAME_LENGTH:
        raise DamagedFileError("the name of a class is too long")
    if module.split(".")[0] in DANGEROUS_MODULES or origin in DANGEROUS_NAMES:
        raise UnsafePickleError(origin)
    return GlobalReference(origin)
