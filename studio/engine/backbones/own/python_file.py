"""Networks from a Python file of the user: runs the file and its factory, after the user has agreed to it."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from studio.catalog import agreements, network_files
from studio.jobs.job import is_out_of_memory
from studio.spec import UserError
from studio.spec.network_file import NetworkFile
from studio.system.failures import first_line

_LOADED: dict[tuple[str, str], ModuleType] = {}
"""Modules by path and hash of their file, so that a file runs once in a process."""

_RUNNING = threading.Lock()


def make(file: NetworkFile) -> nn.Module:
    """Run the factory of a Python file and return its network, on the CPU, in float32 and in eval mode.

    Raises:
        UserError: There is no agreement to run the file, it has changed, its code raises an error, there is no such
            factory, or it returns no network.
    """
    agreements.require(network_files.pinned_file(file))
    factory = _factory(file, _module(file))
    with _errors(file, f"{file.factory}()"), _quiet():
        network = factory()
    return _network(network, file)


def _module(file: NetworkFile) -> ModuleType:
    key = (file.path, file.content)
    with _RUNNING:
        if key in _LOADED:
            return _LOADED[key]
        # The bytes that were hashed are those that run.
        source = network_files.read(file)
        module = ModuleType(f"thaw_network_{file.content[:16]}")
        module.__file__ = file.path
        sys.modules[module.__name__] = module  # dataclasses and pickles look up a class's module there
        try:
            with _errors(file, "the file"), _quiet():
                exec(compile(source, file.path, "exec"), vars(module))  # the user has agreed to it
        except BaseException:
            del sys.modules[module.__name__]
            raise
        _LOADED[key] = module
        return module


def _factory(file: NetworkFile, module: ModuleType) -> Any:
    factory: Any = getattr(module, file.factory, None)
    if callable(factory) and not isinstance(factory, nn.Module):
        return factory
    if isinstance(factory, nn.Module):
        raise UserError(
            f"{file.factory} in {file.path} is a network, not a function that makes one.",
            "Write a function that returns a new network each time it is called.",
            file.path,
        )
    named = network_files.factories(Path(file.path))
    hint = f"It has {', '.join(named[:5])}." if named else "Check the name."
    raise UserError(f"There is no function or class “{file.factory}” in {file.path}.", hint, file.path)


def _network(network: Any, file: NetworkFile) -> nn.Module:
    if isinstance(network, nn.Module):
        inner = getattr(network, "_orig_mod", network)  # of torch.compile
        inner = inner.module if isinstance(inner, nn.DataParallel) else inner
        return inner.to("cpu").float().eval()
    raise UserError(
        f"{file.factory} in {file.path} returns {_described(network)}, not a network (torch.nn.Module).",
        "Return the network itself.",
        file.path,
    )


def _described(value: Any) -> str:
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"


@contextlib.contextmanager
def _errors(file: NetworkFile, where: str) -> Iterator[None]:
    """Turn any error of the user's code into a `UserError` that names the line."""
    try:
        yield
    except (KeyboardInterrupt, UserError):
        raise
    except BaseException as error:  # the code may raise anything, SystemExit included
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"{where} of {file.path} raised {type(error).__name__}{_line(error, file.path)}: {first_line(error)}."
            if where != "the file"
            else f"{file.path} raised {type(error).__name__}{_line(error, file.path)}: {first_line(error)}.",
            _hint(error, Path(file.path)),
            file.path,
        ) from error


def _line(error: BaseException, path: str) -> str:
    if isinstance(error, SyntaxError) and error.lineno and error.filename == path:
        return f" in line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f" in line {lines[-1]}" if lines else ""


def _hint(error: BaseException, file: Path) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        beside = file.parent / error.name.partition(".")[0]
        if beside.with_suffix(".py").is_file() or beside.is_dir():
            return (
                f"{beside.name} is in the same folder, but only the file itself is run, agreed to and recorded: put "
                "its code into the file, or install it as a package."
            )
        return f"Install {error.name} where Thaw Studio is installed."
    if isinstance(error, TypeError) and "argument" in str(error):
        return "The factory is called without arguments: give its parameters defaults, or wrap it in a function."
    return "Correct the file; then choose it again."


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what the user's code prints to stderr: stdout is for the program's own output."""
    with contextlib.redirect_stdout(sys.stderr):
        yield
