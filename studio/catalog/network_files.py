"""The files of users' own networks: the hash of their content, and checks before they are used."""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path, PureWindowsPath

from studio.catalog import agreements
from studio.spec import BackboneSpec, UserError
from studio.spec.network_file import NetworkFile, parse
from studio.spec.structs import replace
from studio.system import paths


def pinned(spec: BackboneSpec) -> BackboneSpec:
    """The backbone with the absolute path and the content of its file; unchanged for one of the catalog.

    Raises:
        UserError: The file is missing, has another content than the settings say, or no factory is named.
    """
    file = parse(spec.name)
    return spec if file is None else replace(spec, name=pinned_file(file).name)


def pinned_file(file: NetworkFile) -> NetworkFile:
    """The file with its absolute path and the hash of its content; see `pinned`."""
    path = paths.expanded(file.path).absolute()
    content = _content_of(path)
    if file.content and content != file.content:
        raise UserError(
            f"{path} has changed: it is not the network that was chosen (SHA-256 {content[:12]}… instead of "
            f"{file.content[:12]}…).",
            "Restore the file as it was; or choose it again and train a new run.",
            path,
        )
    named = NetworkFile(str(path), file.factory, content)
    if file.is_python and not file.factory:
        raise _no_factory_error(named)
    return named


def require(spec: BackboneSpec) -> BackboneSpec:
    """`pinned`, and a check that the user has agreed to run the file.

    Raises:
        UserError: As `pinned`, or there is no agreement.
    """
    file = parse(spec.name)
    if file is None:
        return spec
    file = pinned_file(file)
    agreements.require(file)
    return replace(spec, name=file.name)


def located(spec: BackboneSpec, folder: Path) -> BackboneSpec:
    """The backbone with its file in `folder` if it is no longer at its path, for instance on another computer."""
    file = parse(spec.name)
    if file is None or Path(file.path).exists():
        return spec
    beside = folder / PureWindowsPath(file.path).name  # which reads paths of every system
    if not beside.is_file() or _content_of(beside) != file.content:
        return spec
    return replace(spec, name=NetworkFile(str(beside.absolute()), file.factory, file.content).name)


def read(file: NetworkFile) -> bytes:
    """The content of a file whose hash is known.

    Raises:
        UserError: The file is missing or has another content.
    """
    path = Path(file.path)
    content = _bytes_of(path)
    if hashlib.sha256(content).hexdigest() != file.content:
        pinned_file(file)  # raises the error that says so
    return content


def factories(file: Path) -> list[str]:
    """Names of the functions and classes in a Python file that may be factories; the file is parsed, not run."""
    try:
        tree = ast.parse(_bytes_of(file))
    except (SyntaxError, ValueError, RecursionError, UserError):
        return []
    definitions = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    return [node.name for node in definitions if _may_be_factory(node)]


def _may_be_factory(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """True for a class of networks, and for a function that can be called without arguments."""
    if isinstance(node, ast.ClassDef):
        return any("Module" in ast.unparse(base) or "Sequential" in ast.unparse(base) for base in node.bases)
    if node.name.startswith("_"):
        return False
    arguments = node.args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return needed == 0 and all(default is not None for default in arguments.kw_defaults)


def _no_factory_error(file: NetworkFile) -> UserError:
    named = factories(Path(file.path))
    examples = " or ".join(f"{file.path}:{name}" for name in named[:3])
    return UserError(
        f"{file.path} needs the name of the function or class that makes the network.",
        f"Write {examples}." if named else f"Write {file.path}:NAME.",
        file.path,
    )


def _content_of(path: Path) -> str:
    """SHA-256 of a file; remembered as long as the file does not change."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _hash(path, status.st_mtime_ns, status.st_size, status.st_ino)


@functools.lru_cache(maxsize=64)
def _hash(path: Path, _time: int, _size: int, _node: int) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return UserError(
            f"There is no network file at {path}.", "Check the path; if the file was moved, put it back there.", path
        )
    if path.is_dir():
        return UserError(f"{path} is a folder, not a network file.", "Name a .py or .pt2 file.", path)
    return UserError(f"{path} cannot be read ({error.strerror or error}).", "Check the file and its permissions.", path)
