"""Names of users' own networks: `FILE.py:factory`, `FILE.pt2`, each with the hash of the file's content if known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

_HASH = r"(?:@sha256=(?P<content>[0-9a-f]{64}))?"
_PYTHON = re.compile(rf"(?P<path>.*\.py)(?::(?P<factory>[^:@/\\]*))?{_HASH}", re.IGNORECASE | re.DOTALL)
_EXPORTED = re.compile(rf"(?P<path>.*\.pt2){_HASH}", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class NetworkFile:
    """A file that defines a network: Python code with a factory, or a program exported by `torch.export`.

    Attributes:
        path: Path of the file.
        factory: Name of the function or class in a Python file that makes the network; "" where none is given, and for
            an exported program.
        content: SHA-256 of the file in hex digits; "" where it is not yet known.
    """

    path: str
    factory: str = ""
    content: str = ""

    @property
    def is_python(self) -> bool:
        """True for a file of code, which runs only after the user has agreed to it."""
        return self.path.lower().endswith(".py")

    @property
    def name(self) -> str:
        """The name of the backbone in settings and records, with path and content."""
        factory = f":{self.factory}" if self.factory else ""
        return f"{self.path}{factory}{f'@sha256={self.content}' if self.content else ''}"

    @property
    def title(self) -> str:
        """The name for messages and lists: `net.py:factory`, `net.pt2`."""
        return f"{PurePath(self.path).name}{f':{self.factory}' if self.factory else ''}"

    @property
    def identity(self) -> str:
        """Identity of the network, wherever its file lies: hash of the content, and factory."""
        return f"{self.content}:{self.factory}"

    def with_content(self, content: str) -> NetworkFile:
        """The same file with the hash of its content."""
        return replace(self, content=content)


def parse(name: str) -> NetworkFile | None:
    """The file that the name of a backbone refers to; None for a name in the catalog."""
    match = _PYTHON.fullmatch(name) or _EXPORTED.fullmatch(name)
    if match is None:
        return None
    parts = match.groupdict()
    return NetworkFile(parts["path"], parts.get("factory") or "", (parts["content"] or "").lower())


def title_of(name: str) -> str:
    """The short name of a backbone for lists and messages."""
    file = parse(name)
    return file.title if file is not None else name
