"""Puts off the import of torch's compiler (`torch._dynamo`), which takes longer than torch itself, until it is used.

torchvision and timm import it for a question and a decorator, torch's optimizers for the decorator and a mark. While
`placeholder` holds, those three names are answered without it; every other name, and every module of the compiler's
package, brings in the real one. Nothing stays behind but functions that ask the real one as soon as it is there.
"""

# The decorator says “do not compile this”. As long as the compiler was not imported, nothing is compiled, so there is
# nothing to be said; see `docs/decisions/0021-the-compiler-is-imported-when-it-is-used.md`.

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

PACKAGE = "torch._dynamo"
UTILS = f"{PACKAGE}.utils"

_lock = threading.Lock()
_holders = 0


@contextmanager
def placeholder() -> Iterator[None]:
    """While it holds, an import that only asks for those names does not bring the compiler with it."""
    global _holders
    with _lock:
        _holders += 1
        if PACKAGE not in sys.modules:
            sys.modules[PACKAGE], sys.modules[UTILS] = _Package(PACKAGE), _Utils(UTILS)
            sys.meta_path.insert(0, _FINDER)
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if not _holders:  # another thread may be importing with them
                _remove()


def is_imported() -> bool:
    """True where the real compiler is there."""
    return _real() is not None


class _Placeholder(ModuleType):
    """A module that answers what its class knows, and gives way to the real one for everything else."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks for `__path__` and the like
            raise AttributeError(name)
        _remove()
        return getattr(importlib.import_module(self.__name__), name)


class _Package(_Placeholder):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # a package, whose modules are found by `_Finder`

    @property
    def utils(self) -> ModuleType:
        """The module, as an attribute of its package."""
        return sys.modules[UTILS]

    @staticmethod
    def graph_break(_words: str = "") -> None:
        """The compiler's mark in a step of an optimizer: it does nothing where nothing is compiled."""

    @staticmethod
    def disable(fn: Any = None, *options: Any, **named: Any) -> Any:
        """The compiler's decorator `disable`: it has its say at the first call after the compiler was imported."""
        if fn is None:
            return functools.partial(_put_off, options=options, named=named)
        return _put_off(fn, options, named)


class _Utils(_Placeholder):
    @staticmethod
    def is_compile_supported(device: Any) -> Any:
        """Ask the compiler whether it can compile for a device."""
        return importlib.import_module(UTILS).is_compile_supported(device)

    # As the compiler marks its own: it is called while code is compiled, and not compiled itself.
    is_compile_supported._dynamo_marked_constant = True  # type: ignore[attr-defined]


class _Finder:
    """Brings in the real package where one of its modules is asked for."""

    @staticmethod
    def find_spec(name: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The module as the real package has it; None for any other package's."""
        if not name.startswith(f"{PACKAGE}."):
            return None
        _remove()
        return importlib.machinery.ModuleSpec(name, _Imported(importlib.import_module(name)))


class _Imported(importlib.abc.Loader):
    """Hands the import system a module that was imported already."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:  # noqa: ARG002  # the base class names it
        """The imported module; `spec` changes nothing."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run a second time; the import system has put its own spec into the module."""
        module.__spec__ = self._spec


_FINDER: Any = _Finder()


def _put_off(fn: Callable[..., Any], options: Sequence[Any], named: dict[str, Any]) -> Callable[..., Any]:
    """A function as `disable` would give it, but plain until the compiler is there."""
    disabled: list[Callable[..., Any]] = []

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not disabled:
            disable = getattr(_real(), "disable", None)  # None while it is being imported
            if disable is None:
                return fn(*args, **kwargs)
            disabled.append(disable(fn, *options, **named))
        return disabled[0](*args, **kwargs)

    call._torchdynamo_disable = True  # type: ignore[attr-defined]  # the compiler's own sign
    return call


def _real() -> ModuleType | None:
    module = sys.modules.get(PACKAGE)
    return None if isinstance(module, _Placeholder) else module


def _remove() -> None:
    """Take the placeholders away, where they still are."""
    for name in (PACKAGE, UTILS):
        if isinstance(sys.modules.get(name), _Placeholder):
            del sys.modules[name]
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
