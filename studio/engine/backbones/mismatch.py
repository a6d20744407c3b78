"""Error message for a weights file of another network: what differs, and which backbone the file fits."""

from __future__ import annotations

from pathlib import Path

from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones import identify
from studio.engine.weight_files import file_kinds, fitting
from studio.engine.weight_files.contents import Contents
from studio.engine.weight_files.fitting import Fit
from studio.spec import UserError


def error(info: BackboneInfo, file: Path, contents: Contents, match: Fit) -> UserError:
    """Return the error for a file of another network; its hint names the backbones that the file fits."""
    channels = next(
        (in_file[1] for in_file, in_network in match.shapes.values() if _is_first_layer(in_file, in_network)), 0
    )
    others = [name for name in match.shapes if not fitting.POSITIONS.search(name)]
    if channels and len(others) == 1 and not match.missing and not match.unexpected:
        return UserError(
            f"{file} holds weights of “{info.name}” for images of {channels} "
            f"{'channel' if channels == 1 else 'channels'}; photos have 3 (red, green, blue).",
            "Choose weights that were trained on color photos.",
            file,
        )
    fits = identify.matching_names(contents.tensors, info)
    if contents.pickled_network and not match.names:
        network = contents.pickled_network
        hint = f"It also holds a whole pickled network ({network}), which is not opened. {file_kinds.SAVE_HINT}"
    elif fits:
        hint = f"They are the weights of {' or '.join(fits)}: choose that backbone."
    elif contents.unsupported and match.missing:
        hint = f"It also holds tensors that are {contents.unsupported}, which cannot be read. {file_kinds.SAVE_HINT}"
    else:
        hint = _hint_without_match(match)
    return UserError(f"{file} does not hold the weights of “{info.name}”: {_describe_mismatch(match)}.", hint, file)


def _hint_without_match(match: Fit) -> str:
    """Return the hint for a file that fits no other backbone either."""
    if match.missing and not match.shapes and not match.unexpected and match.names:
        if all(name.endswith((".running_mean", ".running_var")) for name in match.missing):
            return f"It lacks the BatchNorm statistics. {file_kinds.SAVE_HINT}"
        return "No backbone of the catalog has only these tensors; choose a file with all tensors of this one."
    if match.unexpected and not match.shapes and not match.missing:
        return "No backbone of the catalog has these tensors. If the unexpected ones are a head, save without them."
    return "No backbone of the catalog has these tensors; choose the file that belongs to the backbone."


def _is_first_layer(in_file: tuple[int, ...], in_network: tuple[int, ...]) -> bool:
    return (
        len(in_file) == len(in_network) == 4
        and in_network[1] == 3
        and in_file[1] != 3
        and in_file[::2] == in_network[::2]
    )


def _describe_mismatch(match: Fit) -> str:
    parts = []
    if match.missing:
        present = sum(name.rsplit(".", 1)[-1] not in fitting.BOOKKEEPING for name in match.names)
        total = present + len(match.missing) + len(match.shapes)
        parts.append(
            f"{len(match.missing)} of {total} tensors {_are(match.missing)} missing (first: {match.missing[0]})"
        )
    if match.shapes:
        name, (in_file, in_network) = next(iter(match.shapes.items()))
        have = "has" if len(match.shapes) == 1 else "have"
        parts.append(f"{len(match.shapes)} {have} another shape ({name}: {in_file} instead of {in_network})")
    if match.unexpected:
        tensors = "tensor" if len(match.unexpected) == 1 else "tensors"
        parts.append(f"{len(match.unexpected)} unexpected {tensors} outside the head (first: {match.unexpected[0]})")
    return "; ".join(parts)


def _are(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"
