"""Where networks of all families can be split, and whether the split network is the whole one.

    uv run python tests/bench/cuts.py [BACKBONE ...]

For each backbone the first 30, 60 and 90 % of its layers are frozen, then all but its last block. The split network is
compared with the whole one without using the trial that a run makes: in training mode of what is thawed, at the photo
size of the catalogue, for three photos, features, gradients of everything thawed, and BatchNorm's statistics
afterwards. Weights are random. Each line is a row of a Markdown table:

- the layer that the network is split behind, where it is not the last one that is frozen with that layer in brackets;
- the largest difference anywhere, as a share of the largest number in the same tensor (1e-4 is allowed);
- the seconds that finding a cut took, the longest of the four.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from studio import catalogue, plan
from studio.engine import cut, layers, networks
from studio.engine.freezing import Freezer
from studio.events import LayerTable

DEPTHS = (0.3, 0.6, 0.9)
ALLOWED = 1e-4
PHOTOS = 3

BACKBONES = [
    "alexnet",
    "vgg11_bn",
    "resnet18",
    "densenet121",
    "googlenet",
    "inception_v3",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "convnext_tiny",
    "regnet_y_400mf",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "mnasnet0_5",
    "swin_t",
    "swin_v2_t",
    "vit_b_32",
    "maxvit_t",
    "tf_efficientnet_lite0",
    "vit_tiny_patch16_224",
    "deit_tiny_patch16_224",
    "deit_tiny_distilled_patch16_224",
    "levit_128",
    "xcit_nano_12_p16_224",
    "mobilevit_xxs",
    "hrnet_w18_small",
    "dla34",
    "res2net50_14w_8s",
    "mixer_s32_224",
    "cait_xxs24_224",
    "poolformer_s12",
    "ghostnet_100",
    "crossvit_tiny_240",
    "pit_ti_224",
    "repvgg_a0",
    "fastvit_t8",
    "edgenext_xx_small",
    "efficientformer_l1",
    "tinynet_e",
    "nfnet_l0",
    "cspresnet50",
    "maxvit_rmlp_pico_rw_256",
    "swinv2_tiny_window8_256",
    "gcvit_xxtiny",
    "regnetx_002",
    "seresnext26d_32x4d",
    "resnet50",
    "beit_base_patch16_224",
    "coat_lite_tiny",
    "twins_svt_small",
    "volo_d1_224",
    "davit_tiny",
    "efficientformerv2_s0",
    "convmixer_1024_20_ks9_p14",
    "mvitv2_tiny",
    "tiny_vit_5m_224",
    "vit_small_patch14_dinov2",
]


def main() -> None:
    """Print a row a backbone; ends with 1 where one differs."""
    torch.set_num_threads(2)
    names = sys.argv[1:] or BACKBONES
    print("| backbone | 30 % frozen | 60 % | 90 % | all but the last block | largest difference | s |")
    print("|---|---|---|---|---|---:|---:|")
    wrong = 0
    for name in names:
        info = catalogue.find(name)
        torch.manual_seed(0)
        network, classifier = networks.build(info.source, info.arch, info.input_size[1])
        table = layers.table(network.eval(), name, classifier, info.preprocess.size)
        cells, worst, longest = [], 0.0, 0.0
        for frozen in _plans(table):
            began = time.perf_counter()
            found = cut.find(network, table, frozen)
            longest = max(longest, time.perf_counter() - began)
            wanted = plan.ideal_cut(table, frozen)
            cells.append(_words(found.layer if found else "pixels", wanted))
            if found is not None:
                worst = max(worst, _difference(network, table, frozen, found))
        wrong += not worst <= ALLOWED
        mark = "" if worst <= ALLOWED else " **differs**"
        print(f"| {name} | {' | '.join(cells)} | {worst:.0e}{mark} | {longest:.2f} |", flush=True)
    sys.exit(1 if wrong else 0)


def _plans(table: LayerTable) -> Iterator[frozenset[str]]:
    """Frozen leaves: three beginnings, and all but the last block."""
    leaves = [layer for layer in table.layers if layer.leaf]
    orders = sorted({layer.order for layer in leaves})
    for depth in DEPTHS:
        first = orders[int(len(orders) * depth)]
        yield frozenset(layer.path for layer in leaves if layer.order < first)
    yield plan.frozen_leaves(plan.last_block(table), table.layers)


def _words(found: str, wanted: str | None) -> str:
    return f"`{found}`" if found == wanted else f"`{found}` (`{wanted}`)"


def _difference(network: nn.Module, table: LayerTable, frozen: frozenset[str], found: cut.Split) -> float:
    """Largest relative difference between a training pass of the whole network and one of the split network."""
    freezer = Freezer(network, table, frozen)
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
        whole = networks.flatten(network(photos)) if rows is None else None
        features = whole if whole is not None else cut.suffix(network, found, rows, table.image_size)
        gradients = torch.autograd.grad(features.square().sum(), thawed, allow_unused=True)
        return [features.detach(), *gradients, *(tensor.clone() for tensor in network.buffers())]

    network.eval()
    with torch.no_grad():
        rows = cut.prefix(network, found, photos)
    pairs = list(zip(pass_over(None), pass_over(rows), strict=True))
    start_again()
    network.eval()
    return max(_relative(a, b) for a, b in pairs)


def _relative(a: Tensor | None, b: Tensor | None) -> float:
    """Infinite where one is missing, or is no number."""
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
