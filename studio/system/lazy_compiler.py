"""Lazy import of torch's compiler (`torch._dynamo`), whose import takes longer than that of torch itself.

torchvision and timm import it for one query and one decorator, torch's optimizers for the decorator and a marker
function. Inside the context `placeholder`, placeholder modules provide these three names; access to any other name, or
to any module of the compiler's package, imports the real one. After the context, only the decorated functions remain;
they delegate to the real compiler once it is imported.
"""

# The decorator excludes a function from compilation. As long as the compiler is not imported, nothing is compiled, and
# it has no effect; see `docs/decisions/0021-the-compiler-is-imported-when-it-is-used.md`.

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
KERNELS = "triton.runtime.jit"

_lock = threading.Lock()
_holders = 0


@contextmanager
def placeholder() -> Iterator[None]:
    """Context in which imports that need only those three names do not import the compiler."""
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
            if not _holders:  # otherwise another thread is still importing inside the context
                _remove()


def import_flop_counter() -> ModuleType:
    """Import `torch.utils.flop_counter` without triton, which it imports to recognize kernels that nothing here has.

    Triton holds the interpreter for a tenth of a second, during which a window would stand still.
    """
    lacking = "triton" not in sys.modules
    if lacking:
        sys.modules[KERNELS] = _Kernels(KERNELS)
    try:
        with placeholder():  # its base class would import torch's compiler
            return importlib.import_module("torch.utils.flop_counter")
    finally:
        if lacking and isinstance(sys.modules.get(KERNELS), _Kernels):
            del sys.modules[KERNELS]


def is_imported() -> bool:
    """True if the real compiler has been imported."""
    return _real() is not None


class _Placeholder(ModuleType):
    """A module with the names that its class defines; access to any other name imports the real module."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system looks up `__path__` and the like
            raise AttributeError(name)
        _remove()
        return getattr(importlib.import_module(self.__name__), name)


class _Package(_Placeholder):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # a package, whose modules are found by `_Finder`

    @property
    def utils(self) -> ModuleType:
        """The module `utils`, as an attribute of its package."""
        return sys.modules[UTILS]

    @staticmethod
    def graph_break(_words: str = "") -> None:
        """The compiler's marker in a step of an optimizer, which has no effect while nothing is compiled."""

    @staticmethod
    def disable(fn: Any = None, *options: Any, **named: Any) -> Any:
        """The compiler's decorator `disable`, applied at the first call after the compiler was imported."""
        if fn is None:
            return functools.partial(_deferred, options=options, named=named)
        return _deferred(fn, options, named)


class _Utils(_Placeholder):
    @staticmethod
    def is_compile_supported(device: Any) -> Any:
        """True if the compiler supports a device; imports the compiler."""
        return importlib.import_module(UTILS).is_compile_supported(device)

    # The compiler marks its own function this way: it is called during compilation, and not compiled itself.
    is_compile_supported._dynamo_marked_constant = True  # type: ignore[attr-defined]


class _Kernels(ModuleType):
    class JITFunction:
        """The class of triton's kernels, of which there are no instances here."""


class _Finder:
    """Finder that imports the real package when one of its modules is imported."""

    @staticmethod
    def find_spec(name: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Spec of a module of the real package; None for modules of other packages."""
        if not name.startswith(f"{PACKAGE}."):
            return None
        _remove()
        return importlib.machinery.ModuleSpec(name, _Imported(importlib.import_module(name)))


class _Imported(importlib.abc.Loader):
    """Loader that returns a module that is already imported."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:  # noqa: ARG002  # the base class names it
        """The imported module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's spec, which the import system has replaced; the module is not executed again."""
        module.__spec__ = self._spec


_FINDER: Any = _Finder()


def _deferred(fn: Callable[..., Any], options: Sequence[Any], named: dict[str, Any]) -> Callable[..., Any]:
    """Wrap a function so that `disable` is applied once the compiler is imported; until then it is called directly."""
    disabled: list[Callable[..., Any]] = []

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not disabled:
            disable = getattr(_real(), "disable", None)  # None before and during its import
            if disable is None:
                return fn(*args, **kwargs)
            disabled.append(disable(fn, *options, **named))
        return disabled[0](*args, **kwargs)

    call._torchdynamo_disable = True  # type: ignore[attr-defined]  # the attribute that the compiler itself sets
    return call


def _real() -> ModuleType | None:
    module = sys.modules.get(PACKAGE)
    return None if isinstance(module, _Placeholder) else module


def _remove() -> None:
    """Remove the placeholders, if they are still there."""
    for name in (PACKAGE, UTILS):
        if isinstance(sys.modules.get(name), _Placeholder):
            del sys.modules[name]
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
