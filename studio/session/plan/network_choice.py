"""A network file that the user may use: its content, and the question whether its code may run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.catalog import agreements, catalog, network_files
from studio.formatting.language import tr
from studio.spec import BackboneSpec
from studio.spec.network_file import NetworkFile

MOST_TEXT = 200_000
"""Largest number of characters of code that are shown."""


@dataclass(frozen=True)
class NetworkChoice:
    """A file that was read, and not run.

    Attributes:
        file: Its path and content.
        factories: Names in it that may be factories; none for an exported program.
        text: Its code; "" for an exported program.
        agreed: True where the user has agreed to run it already, or it holds no code.
    """

    file: NetworkFile
    factories: tuple[str, ...]
    text: str
    agreed: bool

    @property
    def question(self) -> str:
        """The consequences of using the file, in words."""
        path = Path(self.file.path)
        if not self.file.is_python:
            return tr("{name} is a program of torch.export. It is read as data: none of its code runs.{size}").format(
                name=path.name, size=self._size()
            )
        if self.agreed:
            return tr("You have agreed to run {name}, and it has not changed since.").format(name=path.name)
        return tr(
            "{name} is code. Run it only if you trust it: it can do anything on this computer that you can "
            "do. The agreement holds until the file changes."
        ).format(name=path.name)

    @property
    def button(self) -> str:
        """Text of the button that uses the file."""
        return tr("Use this network") if self.agreed else tr("Run this file")

    def obstacle(self, factory: str) -> str:
        """Reason why the file cannot be used with this factory; "" where it can."""
        if self.file.is_python and not factory.isidentifier():
            return tr("Name the function or class that returns the network.")
        return ""

    def spec(self, factory: str, before: BackboneSpec) -> BackboneSpec:
        """The backbone that is chosen; image size, weights and readout are its own, the crop policy stays."""
        file = NetworkFile(self.file.path, factory if self.file.is_python else "", self.file.content)
        return BackboneSpec(file.name, crop=before.crop, border=before.border)

    def _size(self) -> str:
        info = catalog.find(self.file.name)
        side = info.input_size[1]
        return tr(" It takes photos of {side} × {side} pixels.").format(side=side) if info.fixed_size else ""


def read(path: str) -> NetworkChoice:
    """Read a file without running it.

    Raises:
        UserError: It cannot be read.
    """
    named = NetworkFile(path, "any" if path.lower().endswith(".py") else "")
    file = network_files.pinned_file(named)
    if not file.is_python:
        return NetworkChoice(file, (), "", True)
    text = network_files.read(file).decode("utf-8", errors="replace")[:MOST_TEXT]
    return NetworkChoice(file, tuple(network_files.factories(Path(path))), text, agreements.is_agreed(file))
