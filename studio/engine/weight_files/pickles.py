"""Reader of pickles that does not run their code.

It returns containers, numbers and text, and calls only the functions in the caller's table; every other call becomes an
`InertObject` with a name and arguments.
"""

# Why not torch's `weights_only` reader: it rejects a file that names any class it does not know, and training scripts
# save settings beside their weights (argparse, OmegaConf, yacs, paths, dates, NumPy numbers, deques). Allowing these
# classes would run them, and it does not fill containers other than its own. This reader never imports anything by
# name, so a file cannot run code.

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping, Sized
from typing import Any, BinaryIO

from studio.engine.weight_files.pickle_objects import (
    BUILT_IN,
    Calls,
    DamagedFileError,
    FileTooLargeError,
    GlobalReference,
    InertObject,
    UnsafePickleError,
    build_dict,
    check_key,
    global_reference,
)

MAX_OPERATIONS = 20_000_000
"""Largest number of operations of a pickle plus elements copied by calls; checkpoints have thousands."""


def load(file: BinaryIO, calls: Calls, persistent: Callable[[Any], Any]) -> Any:
    """Read the object of the pickle at the current position of `file`, and move the position to its end.

    Args:
        file: File opened for reading.
        calls: Functions that may be called.
        persistent: Returns the object with a persistent id, which in torch's files is a storage.

    Raises:
        DamagedFileError: The pickle cannot be read.
        UnsafePickleError: It would run code in an ordinary reader.
    """
    machine = _Machine(calls, persistent)
    try:
        for operation, argument, _ in pickletools.genops(file):
            machine.step(operation.name, argument)
        return machine.result()
    except (UnsafePickleError, DamagedFileError):
        raise
    except Exception as error:  # damaged data may raise anything
        raise DamagedFileError(str(error)[:200] or type(error).__name__) from error


class _Machine:
    """Stack machine for the opcodes of a pickle, which `pickletools` describes."""

    def __init__(self, calls: Calls, persistent: Callable[[Any], Any]) -> None:
        self._calls = {**BUILT_IN, **calls}
        self._persistent = persistent
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._budget = MAX_OPERATIONS

    def result(self) -> Any:
        if len(self._stack) != 1 or self._marked:
            raise DamagedFileError("it has no end")
        return self._stack[0]

    def step(self, name: str, argument: Any) -> None:
        """Run one opcode."""
        self._spend(1)
        if name in _CONSTANTS:
            self._stack.append(argument)
        elif name in _CONSTRUCTORS:
            self._stack.append(_CONSTRUCTORS[name]())
        elif name in _PUTS:
            self._memo[argument] = self._stack[-1]
        elif name in _GETS:
            self._stack.append(self._memo[argument])
        elif name not in _IGNORED:
            operation = getattr(self, f"_op_{name.lower()}", None)
            if operation is None:
                raise DamagedFileError(f"{name} is not supported")
            if argument is None:
                operation()
            else:
                operation(argument)

    def _spend(self, count: int) -> None:
        self._budget -= count
        if self._budget < 0:
            raise FileTooLargeError(f"more than {MAX_OPERATIONS:,} objects")

    # ------------------------------------------------------------------------------------------ stack and memo

    def _op_memoize(self) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _op_mark(self) -> None:
        self._marked.append(self._stack)
        self._stack = []

    def _op_pop_mark(self) -> None:
        self._since_mark()

    def _op_pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()

    def _op_dup(self) -> None:
        self._stack.append(self._stack[-1])

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    # ------------------------------------------------------------------------------------------ containers

    def _op_list(self) -> None:
        items = self._since_mark()  # in a statement of its own, because it replaces `self._stack`
        self._stack.append(items)

    def _op_tuple(self) -> None:
        items = self._since_mark()
        self._stack.append(tuple(items))

    _op_frozenset = _op_tuple

    def _op_tuple1(self) -> None:
        self._last_as_tuple(1)

    def _op_tuple2(self) -> None:
        self._last_as_tuple(2)

    def _op_tuple3(self) -> None:
        self._last_as_tuple(3)

    def _last_as_tuple(self, count: int) -> None:
        self._stack[-count:] = [tuple(self._stack[-count:])]

    def _op_dict(self) -> None:
        items = self._since_mark()
        self._stack.append(build_dict(zip(items[::2], items[1::2], strict=True)))

    def _op_append(self) -> None:
        value = self._stack.pop()
        self._elements().append(value)

    def _op_appends(self) -> None:
        values = self._since_mark()
        self._elements().extend(values)

    _op_additems = _op_appends

    def _op_setitem(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._entries()[check_key(key)] = value

    def _op_setitems(self) -> None:
        items = self._since_mark()
        self._entries().update(build_dict(zip(items[::2], items[1::2], strict=True)))

    def _elements(self) -> list[Any]:
        target = self._stack[-1]
        if isinstance(target, InertObject):
            return target.parts
        if not isinstance(target, list):
            raise DamagedFileError("something is appended to an object that is not a list")
        return target

    def _entries(self) -> dict[Any, Any]:
        target = self._stack[-1]
        if isinstance(target, InertObject):
            return target.items
        if not isinstance(target, dict):
            raise DamagedFileError("an entry is put into an object that is not a mapping")
        return target

    # ------------------------------------------------------------------------------------------ names and calls

    def _op_global(self, argument: str) -> None:
        module, name = argument.split(" ", 1)
        self._stack.append(global_reference(module, name))

    def _op_stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(global_reference(str(module), str(name)))

    def _op_reduce(self) -> None:
        args, function = self._stack.pop(), self._stack.pop()
        self._stack.append(self._call(function, args))

    _op_newobj = _op_reduce

    def _op_newobj_ex(self) -> None:
        self._stack.pop()  # keyword arguments
        self._op_reduce()

    def _op_inst(self, argument: str) -> None:
        module, name = argument.split(" ", 1)
        args = self._since_mark()
        self._stack.append(self._call(global_reference(module, name), tuple(args)))

    def _op_obj(self) -> None:
        function, *args = self._since_mark()
        self._stack.append(self._call(function, tuple(args)))

    def _op_build(self) -> None:
        state = self._stack.pop()
        if isinstance(self._stack[-1], InertObject):
            self._stack[-1].state = state[0] if isinstance(state, tuple) and len(state) == 2 else state

    def _op_binpersid(self) -> None:
        self._stack.append(self._persistent(self._stack.pop()))

    def _op_persid(self, argument: str) -> None:
        self._stack.append(self._persistent(argument))

    def _call(self, function: Any, args: Any) -> Any:
        if not isinstance(function, GlobalReference):
            # The result of another call is called, which saving data never does.
            raise UnsafePickleError(getattr(function, "origin", type(function).__name__))
        if not isinstance(args, tuple):
            raise DamagedFileError("its arguments are not a tuple")
        if function.origin in self._calls:
            # Calls may copy their arguments, and a small file can copy a long list many times.
            self._spend(sum(len(one) for one in args if isinstance(one, Sized)))
            return self._calls[function.origin](*args)
        if function.origin == "copyreg._reconstructor" and args and isinstance(args[0], GlobalReference):
            return InertObject(args[0].origin)
        return InertObject(function.origin, args)


_CONSTANTS = frozenset(
    [
        "INT",
        "BININT",
        "BININT1",
        "BININT2",
        "LONG",
        "LONG1",
        "LONG4",
        "STRING",
        "BINSTRING",
        "SHORT_BINSTRING",
        "BINBYTES",
        "SHORT_BINBYTES",
        "BINBYTES8",
        "BYTEARRAY8",
        "UNICODE",
        "SHORT_BINUNICODE",
        "BINUNICODE",
        "BINUNICODE8",
        "FLOAT",
        "BINFLOAT",
    ]
)
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_GETS = frozenset(("GET", "BINGET", "LONG_BINGET"))
_IGNORED = frozenset(("PROTO", "FRAME", "STOP"))
_CONSTRUCTORS: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
}
