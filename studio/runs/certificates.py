"""Finds the certificates of exported files beside them, and checks which of the files have changed since.

A run remembers the folders that it was exported to. Anyone may have written a certificate: it is read as plain data,
and the file that it is about is the one beside it, whatever name it states.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from studio.events import Certificate, CertifiedFile, FileState, Warned
from studio.jobs import timeouts
from studio.jobs.protocol import Interrupted, Stop, never
from studio.spec import UserError
from studio.system.files import atomic_files

SUFFIX = ".certificate.json"
"""Suffix added to the name of a file to name its certificate."""

UNPROVED = ".unproved"
"""Suffix added to the name of a file that did not pass."""

PLACES = "exports.json"
"""File of a run that lists the folders that it was exported to, the last one first."""

MOST_PLACES = 20
MOST_BYTES = 16 << 20
"""Larger files are not certificates: the largest part of one is a photo of 128 pixels."""

BLOCK = 1 << 20

PATIENCE = 3.0
"""Seconds after which a folder whose disk or server does not answer counts as gone."""


def remember(run: Path, folder: Path) -> None:
    """Add a folder to those that a run was exported to; does nothing where the run cannot be written."""
    place = str(folder.absolute())
    places = [place, *(other for other in places_of(run) if other != place)][:MOST_PLACES]
    with contextlib.suppress(OSError, UnicodeEncodeError):
        atomic_files.write_json(run / PLACES, places)


def places_of(run: Path) -> list[str]:
    """The folders that a run was exported to, the last one first."""
    try:
        return msgspec.json.decode((run / PLACES).read_bytes(), type=list[str])
    except (OSError, ValueError):
        return []


def find(
    run: Path, more: Sequence[str] = (), stop: Stop = never, known: dict[tuple[object, ...], str] | None = None
) -> Iterator[CertifiedFile]:
    """The certificates of a run's files, the oldest first, with the state of each file.

    Args:
        run: Folder of the run.
        more: Folders to search besides those that the run remembers.
        stop: Called for each certificate and each megabyte of a file.
        known: Hashes of files by path, size and time, for a caller that asks often; those of files read now are added.

    Raises:
        Interrupted: `stop` returned True.
    """
    run = run.absolute()
    folders = list(dict.fromkeys(str(Path(place).absolute()) for place in (*places_of(run), *more)))
    found = [pair for folder in folders for pair in _in_folder(Path(folder), run, stop)]
    for file, certificate in sorted(found, key=lambda pair: pair[1].made):
        yield CertifiedFile(str(file), certificate, _state(file, certificate, stop, {} if known is None else known))


def _in_folder(folder: Path, run: Path, stop: Stop) -> Iterator[tuple[Path, Certificate]]:
    """The certificates in a folder that are about this run; a folder that cannot be listed has none."""
    try:
        names = timeouts.within(PATIENCE, _names, folder)
    except OSError:  # the folder is gone or may not be read, or its disk does not answer
        return
    for name in names:
        if stop():
            raise Interrupted
        certificate = read(folder / name)
        if certificate is not None and _is_of(certificate, run):
            yield folder / name.removesuffix(SUFFIX), certificate


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.name.endswith(SUFFIX) and entry.is_file())


def read(path: Path) -> Certificate | None:
    """The certificate in a file; None where there is none that can be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return msgspec.json.decode(path.read_bytes(), type=Certificate)
    except (OSError, ValueError, RecursionError):
        return None


def require_unchanged(file: Path, only: Sequence[str] = ()) -> Certificate | None:
    """The certificate beside a file; None if there is none, or it cannot be read.

    Args:
        file: The exported file.
        only: Suffixes of the files that belong to it and must be unchanged; () for all of them.

    Raises:
        UserError: The file, or one that belongs to it, has changed or is missing.
    """
    place = file.with_name(f"{file.name}{SUFFIX}")
    if (certificate := read(place)) is None:
        return None
    hashes = {file: certificate.sha256}
    # By what follows the common part of the names: the files may have been renamed together.
    stem = Path(certificate.file).stem
    for path, value in certificate.sha256_of_others.items():
        name = Path(path).name  # a stranger's certificate may name any path
        end = name.removeprefix(stem) if name.startswith(f"{stem}.") else Path(name).suffix
        if not only or end in only:
            hashes[file.with_name(f"{file.stem}{end}")] = value
    for one, wanted in hashes.items():
        if wanted and not one.is_file():
            raise UserError(
                f"{one} is missing, which was certified together with {file.name}.",
                f"Put it back beside {file.name}, or export the model again.",
                one,
            )
        if wanted and _sha256(one, never, {}) != wanted:
            raise UserError(
                f"{one} has changed since {file.name} was certified: its hash is not that in {place.name}.",
                "Export the model again. If you changed it on purpose, delete the certificate.",
                one,
            )
    return certificate


def require_names(certificate: Certificate, names: Sequence[str], file: Path) -> None:
    """Compare the names of the classes, or of the number, with those of the golden photo's scores.

    An edited description may come with its new hash in the certificate; the golden photo's scores, which are in the
    order of the classes, still have the former names.

    Args:
        certificate: The certificate; nothing is compared where it has no golden photo.
        names: Names in the order of the file's outputs.
        file: The exported file.

    Raises:
        UserError: They are other names, or in another order.
    """
    if certificate.golden is None or tuple(certificate.golden.expected) == tuple(names):
        return
    title = f"{file} names other classes than its certificate: one of the two was edited."
    if set(certificate.golden.expected) == set(names):
        title = f"{file} names its classes in another order than its certificate: one of the two was edited."
    raise UserError(title, "Export the model again.", file)


def warn_unproved(file: Path) -> Warned | None:
    """The warning about an exported file that no certificate beside it covers; None if one does."""
    place = file.with_name(f"{file.name}{SUFFIX}")
    if (certificate := read(place)) is not None and certificate.sha256:
        return None
    name = file.name
    if not place.exists():
        title = f"{name} has no certificate beside it: nothing shows that it predicts as the run it was made from."
        return Warned(title, f"Put {place.name} beside it, or export the run again.")
    title = f"{name} has a certificate that cannot be read: nothing shows that it predicts as the run it was made from."
    if certificate is not None:
        title = f"{name} has a certificate without hash: nothing shows that it predicts as the run it was made from."
    return Warned(title, f"Put the original {place.name} in its place, or export the run again.")


def _is_of(certificate: Certificate, run: Path) -> bool:
    """True where it is about the run, also after the folder of the run was moved."""
    then = Path(certificate.run)
    if not certificate.run or then.name != run.name:
        return False
    try:
        return then == run or not then.is_dir() or then.samefile(run)
    except OSError:
        return True


def _state(file: Path, certificate: Certificate, stop: Stop, known: dict[tuple[object, ...], str]) -> FileState:
    """Compare a file, and those that belong to it, with the hashes in its certificate."""
    end = UNPROVED if file.name.endswith(UNPROVED) else ""
    expected = {file.name: certificate.sha256}
    expected |= {f"{name}{end}": digest for name, digest in certificate.sha256_of_others.items()}
    if any(Path(name).name != name for name in expected):
        return "changed"  # certificates by this program name only files beside them
    state: FileState = "same"
    for name, digest in expected.items():
        try:
            if _sha256(file.with_name(name), stop, known) != digest:
                state = "changed"
        except OSError:
            return "gone"
    return state


def _sha256(file: Path, stop: Stop, known: dict[tuple[object, ...], str]) -> str:
    about = file.stat()
    if not stat.S_ISREG(about.st_mode):
        raise FileNotFoundError(file)
    key = (str(file), about.st_size, about.st_mtime_ns, about.st_ino)
    if key not in known:
        digest = hashlib.sha256()
        with file.open("rb") as opened:
            while block := opened.read(BLOCK):
                if stop():
                    raise Interrupted
                digest.update(block)
        known[key] = digest.hexdigest()
    return known[key]
