"""Tests where networks of all families can be split, and whether split and whole networks give equal results.

    uv run python tests/bench/cuts.py [BACKBONE ...]     # without names: all
    uv run python tests/bench/cuts.py --part 2/8 > 2.md  # every eighth, from the second on
    uv run python tests/bench/cuts.py --join *.md        # one table of such parts, with counts

By default, it tests the smallest network of each family (module) of torchvision and timm that can process three photos
within memory and minutes, and those of `MORE`. For each, the first 30, 60 and 90 % of its layers are frozen, then all
but its last block. The split network is compared with the whole one, independently of the trial of a run, with thawed
layers in training mode (BatchNorm statistics and dropout), at the image size of the catalog, for three photos:
features, gradients of everything thawed, and all buffers. Weights are random. Each line is a row of a Markdown table:

- the layer after which the network is split; if it is not the last frozen one, that one follows in brackets (a run
  warns of this);
- the largest difference, as a share of the largest number in the same tensor (1e-4 is allowed);
- the longest time for finding a cut, in seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.catalog import catalog
from studio.engine.backbones import builders
from studio.engine.network import layers, splitting
from studio.engine.network.features import flatten
from studio.engine.network.freezing import Freezer
from studio.events import LayerTable
from studio.planning import blocks, cuts, freezing

DEPTHS = (0.3, 0.6, 0.9)
ALLOWED = 1e-4
PHOTOS = 3

TOO_LARGE = 30_000_000_000
"""Largest number of multiply-accumulates per photo; other families are left out, or named in `MORE`."""

MORE = (
    "vgg11_bn",
    "resnet50",
    "timm/resnet50",
    "densenet121",
    "mobilenet_v3_large",
    "efficientnet_v2_s",
    "tf_efficientnet_lite0",
    "tf_efficientnetv2_b0",
    "mobilenetv4_conv_small",
    "regnetx_002",
    "swin_v2_t",
    "vit_tiny_patch16_224",
    "vit_small_patch14_dinov2",
    "deit_tiny_patch16_224",
    "deit3_small_patch16_224",
    "levit_128s",
    "mobilevit_xxs",
    "repvgg_a0",
    "coatnet_pico_rw_224",
    "maxvit_rmlp_pico_rw_256",
    "res2net50_14w_8s",
    "nfnet_l0",
    "cspresnet50",
    "convformer_s18",
)
"""Networks besides the smallest of each family: common ones, and those built differently."""

HEADER = """| backbone | 30 % frozen | 60 % | 90 % | all but the last block | largest difference | s |
|---|---|---|---|---|---:|---:|"""
DIFFERS = "**differs**"


def main() -> None:
    """Print a row per backbone; exits with 1 if one differs."""
    parser = argparse.ArgumentParser(description="Compare split networks with whole ones.")
    parser.add_argument("backbones", nargs="*", metavar="BACKBONE")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="every N-th of all, from the I-th on")
    parser.add_argument("--join", nargs="+", type=Path, metavar="FILE", help="join the tables of parts")
    parser.add_argument("--list", action="store_true", help="only name what would be tried")
    options = parser.parse_args()
    if options.join:
        sys.exit(_join(options.join))
    first, step = (int(number) for number in options.part.split("/"))
    names = options.backbones or backbones()[first - 1 :: step]
    if options.list:
        print(*names, sep="\n")
        return
    torch.set_num_threads(2)
    print(HEADER, flush=True)
    wrong = sum(not _row(name) for name in names)
    sys.exit(1 if wrong else 0)


def backbones() -> list[str]:
    """Names of the smallest network of each family and of `MORE`, torchvision's first, then by family."""
    smallest = {}
    for info in sorted(catalog.load(), key=lambda info: -info.macs):
        if info.macs <= TOO_LARGE:
            smallest[info.source, info.family] = info.name
    names = {*smallest.values(), *MORE}
    infos = sorted(map(catalog.find, names), key=lambda info: (info.source != "torchvision", info.family, info.macs))
    return [info.name for info in infos]


def _row(name: str) -> bool:
    """Print the row of one backbone; returns False if something differs."""
    info = catalog.find(name)
    torch.manual_seed(0)
    network, classifier = builders.build(info.source, info.arch, info.input_size[1])
    table = layers.table(network.eval(), name, classifier, info.preprocess.size)
    cells, worst, longest = [], 0.0, 0.0
    for frozen in _plans(table):
        began = time.perf_counter()
        split = splitting.find(network, table, frozen)
        longest = max(longest, time.perf_counter() - began)
        ideal = cuts.ideal_cut(table, frozen)
        cells.append(_words(split.layer if split else "pixels", ideal))
        if split is not None:
            worst = max(worst, _difference(network, table, frozen, split))
    equal = worst <= ALLOWED
    mark = "" if equal else f" {DIFFERS}"
    print(f"| {name} | {' | '.join(cells)} | {worst:.0e}{mark} | {longest:.2f} |", flush=True)
    return equal


def _join(files: Iterable[Path]) -> int:
    """Print one table of the rows of several files, and counts; returns 1 if something differs."""
    texts = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    rows = {line.split("|")[1].strip(): line for line in texts if line.startswith("| ") and line not in HEADER}
    places = {name: place for place, name in enumerate(backbones())}
    names = sorted(rows, key=lambda name: places.get(name, len(places)))
    print(HEADER, *(rows[name] for name in names), sep="\n")
    plans = [cell.strip() for line in rows.values() for cell in line.split("|")[2:6]]
    pixels = sum(cell.startswith("`pixels`") for cell in plans)
    back = sum("(" in cell for cell in plans) - sum(cell.startswith("`pixels` (") for cell in plans)
    wrong = sum(DIFFERS in line for line in rows.values())
    worst = max(float(line.split("|")[6].split()[0]) for line in rows.values())
    families = len({(info.source, info.family) for info in map(catalog.find, rows)})
    print(
        f"\n{len(rows)} backbones of {families} families, {len(plans)} plans: {len(plans) - back - pixels} split right "
        f"behind what is frozen, {back} behind an earlier layer, {pixels} not at all; {wrong} backbones differ, "
        f"largest difference {worst:.0e}. Never tried: {len(places.keys() - rows.keys())} of {len(places)}."
    )
    return int(wrong > 0)


def _plans(table: LayerTable) -> Iterator[frozenset[str]]:
    """Sets of frozen leaves: three shares from the start, and all but the last block."""
    leaves = [layer for layer in table.layers if layer.leaf]
    orders = sorted({layer.order for layer in leaves})
    for depth in DEPTHS:
        first = orders[int(len(orders) * depth)]
        yield frozenset(layer.path for layer in leaves if layer.order < first)
    yield freezing.frozen_leaves(blocks.last_block(table), table.layers)


def _words(cut: str, ideal: str | None) -> str:
    return f"`{cut}`" if cut == ideal else f"`{cut}` (`{ideal}`)"


def _difference(network: nn.Module, table: LayerTable, frozen: frozenset[str], split: splitting.Split) -> float:
    """Largest relative difference between a training pass of the whole network and one of the split network."""
    freezer = Freezer(network, table, frozen, "thawed")
    thawed = [parameter for parameter in network.parameters() if parameter.requires_grad]
    photos = torch.randn(PHOTOS, 3, *table.image_size, generator=torch.Generator().manual_seed(3))
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def start_again() -> None:
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                tensor.copy_(start[name])

    def pass_over(rows: Tensor | None) -> list[Tensor | None]:
        start_again()
        freezer.train()
        torch.manual_seed(5)  # dropout
        whole = flatten(network(photos)) if rows is None else None
        features = whole if whole is not None else splitting.suffix(network, split, rows, table.image_size)
        gradients = torch.autograd.grad(features.square().sum(), thawed, allow_unused=True) if thawed else ()
        return [features.detach(), *gradients, *(tensor.clone() for tensor in network.buffers())]

    network.eval()
    with torch.no_grad():
        rows = splitting.prefix(network, split, photos)
    pairs = list(zip(pass_over(None), pass_over(rows), strict=True))
    start_again()
    network.eval()
    return max(_relative(a, b) for a, b in pairs)


def _relative(a: Tensor | None, b: Tensor | None) -> float:
    """Largest relative difference; infinite if a tensor is missing or holds NaN."""
    if a is None or b is None:
        return 0.0 if a is b else float("inf")
    if a.shape != b.shape or not bool(torch.isfinite(a).all() and torch.isfinite(b).all()):
        return float("inf")
    if a.numel() == 0:
        return 0.0
    scale = float(a.abs().max())
    difference = float((a.double() - b.double()).abs().max())
    return difference / scale if scale else difference


if __name__ == "__main__":
    main()
