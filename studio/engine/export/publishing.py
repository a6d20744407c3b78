"""Moves an exported file, what belongs to it and its certificate to their final paths, after the file was compared."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from studio.events import Certificate
from studio.runs.certificates import SUFFIX, UNPROVED
from studio.system.files import atomic_files


def place_of(file: Path, passed: bool) -> Path:
    """The path of a file of an export: that which the user chose if the export passed, else with `.unproved`."""
    return file if passed else file.with_name(f"{file.name}{UNPROVED}")


def publish(folder: Path, certificate: Certificate | None, out: Path) -> list[Path]:
    """Move all files in `folder` beside `out`, and return their new paths.

    If the export did not pass, the files of an earlier one that passed stay; if it did, those of an earlier one that
    did not pass are removed.

    Args:
        folder: A folder on the file system of `out`, which has the exported file with the name of `out`.
        certificate: Written beside the file; None for a file that was not compared.
        out: The path that the user chose.

    Raises:
        OSError: A file cannot be written or replaced.
    """
    passed = certificate is None or certificate.passed
    made = [(file, place_of(out.with_name(file.name), passed)) for file in sorted(folder.iterdir())]
    if certificate is not None:
        beside = folder / f"{out.name}{SUFFIX}"
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(certificate), indent=1) + b"\n")
        for file, _ in made:
            file.chmod(beside.stat().st_mode)  # safetensors makes it private
        made.append((beside, _certificate_of(place_of(out, passed))))
    for file, _ in made:
        atomic_files.fsync_all(file)
    for file, place in made:
        os.replace(file, place)  # noqa: PTH105  # one file system
    places = [place for _, place in made]
    atomic_files.fsync_all(*places)  # their names
    if certificate is not None and passed:
        old = [place_of(place, passed=False) for place in places[:-1]]
        for place in (*old, _certificate_of(place_of(out, passed=False))):
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)
    return places


def sha256(file: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _certificate_of(file: Path) -> Path:
    return file.with_name(f"{file.name}{SUFFIX}")
