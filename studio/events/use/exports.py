"""Exported models and their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec


class GoldenPhoto(msgspec.Struct, frozen=True):
    """A small photo with the scores of the run for it, which the file must give within the tolerance.

    Attributes:
        png: The photo, a PNG file as base64.
        made_from: Path of the validation photo that it is a small copy of.
        expected: Probability of each class, or the value of the target, as the studio predicts it.
        given: The same as the file gave it in the comparison; {} in certificates of earlier versions.
    """

    png: str
    made_from: str
    expected: dict[str, float]
    given: dict[str, float] = {}


class Difference(msgspec.Struct, frozen=True):
    """The first photo on which an exported file does not agree with the studio.

    Attributes:
        photo: Its path.
        difference: Largest difference of its probabilities, or of its value.
        expected: The class, or the value, that the studio predicts.
        got: The class or value that the file gives; the reason where it gives none.
        why: What differs, in words.
    """

    photo: str
    difference: float
    expected: str
    got: str
    why: str


class Attempt(msgspec.Struct, frozen=True):
    """One of several ways to write a file.

    Attributes:
        writer: Its name.
        passed: True where its file agreed with the studio.
        why: Why its file was not chosen; "" for the chosen one.
        largest_difference: As in `Certificate`; None where no file was written.
    """

    writer: str
    passed: bool
    why: str = ""
    largest_difference: float | None = None


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of an exported file with the studio's own predictions on photos read from their files.

    Attributes:
        file: Name of the file.
        format: Name of its format.
        precision: Number type of its weights.
        writer: What wrote it.
        runtime: What loaded and ran it for the comparison, with its version.
        run, epoch: Folder of the run, and the epoch of the weights.
        photos: Number of photos that were compared.
        same_class: Number of photos with the same most probable class; in regression, with a value within `tolerance`.
        largest_difference: Largest difference of a probability, or of a value.
        tolerance: Largest difference with which the file passes; None where there is no limit (int8).
        least_same: Least share of photos with the same class with which the file passes.
        thresholds_same: Number of photos with the same answer by the decision rule; None without a rule.
        unlike_same: Number of photos that both or neither call unlike the training photos; None if not compared.
        photos_per_second: Photos per second, read and predicted one at a time, in the process that compared them.
        bytes: Size of the file and of those that belong to it.
        passed: True where all of this is within its limits.
        criterion: The limits, in words.
        compared: What was compared with what, in words.
        known_difference: Why the runtime computes a little differently, in words; "" where nothing is known.
        first_difference: The first photo that differs; None where none does.
        golden: A photo with its scores.
        left_out: Validation photos that could not be read, or not by the program beside the file.
        attempts: The ways to write it that were tried.
        sha256: Hash of the file.
        sha256_of_others: Hashes of the files that belong to it, by name.
        made: Time, ISO 8601 in UTC.
        versions: Versions of the studio and of the libraries.
    """

    file: str
    format: str
    precision: str
    writer: str = ""
    runtime: str = ""
    run: str = ""
    epoch: int = 0
    photos: int = 0
    same_class: int = 0
    largest_difference: float = 0.0
    tolerance: float | None = None
    least_same: float = 1.0
    thresholds_same: int | None = None
    unlike_same: int | None = None
    photos_per_second: float = 0.0
    bytes: int = 0
    passed: bool = False
    criterion: str = ""
    compared: str = ""
    known_difference: str = ""
    first_difference: Difference | None = None
    golden: GoldenPhoto | None = None
    left_out: int = 0
    attempts: tuple[Attempt, ...] = ()
    sha256: str = ""
    sha256_of_others: dict[str, str] = {}
    made: str = ""
    versions: dict[str, str] = {}  # msgspec copies the default


FileState = Literal["same", "changed", "gone"]
"""Whether a file still is the one that its certificate is about."""


@dataclass(frozen=True)
class CertifiedFile:
    """An exported file that lies beside its certificate.

    Attributes:
        file: The file; its name ends in `.unproved` where it did not pass.
        certificate: Its certificate.
        state: `same` where the hashes of the file and of all that belong to it are those in the certificate.
    """

    file: str
    certificate: Certificate
    state: FileState


@dataclass(frozen=True)
class CertificatesFound:
    """The exported files of a run that lie beside their certificates.

    Attributes:
        run: Folder of the run.
        files: The files, the oldest first.
    """

    run: str
    files: tuple[CertifiedFile, ...]


@dataclass(frozen=True)
class ModelExported:
    """A model was written and compared.

    Attributes:
        file: The file; its name ends in `.unproved` where it did not pass.
        files: All files of the export.
        certificate: The comparison.
    """

    file: str
    files: tuple[str, ...]
    certificate: Certificate
