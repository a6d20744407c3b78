"""Where networks of all families can be split: for frozen beginnings of several depths, the cut that holds its trial.

    uv run python tests/bench/cuts.py [BACKBONE ...]

Random weights, the photo size of the catalogue; a cut counts where features and the gradients of everything thawed
equal the whole network's (float32, relative 1e-4). “steps” is how many layers before the ideal place it lies.
"""

from __future__ import annotations

import sys
import time

import torch

from studio import catalogue, plan
from studio.engine import cut, layers, networks
from studio.events import LayerTable

DEPTHS = (0.3, 0.6, 0.9)

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
]


def main() -> None:
    """Print a row a backbone."""
    print(f"{'backbone':34}" + "".join(f"{f'{depth:.0%} frozen':>44}" for depth in DEPTHS) + f"{'seconds':>9}")
    split = 0
    names = sys.argv[1:] or BACKBONES
    for name in names:
        began = time.perf_counter()
        info = catalogue.find(name)
        torch.manual_seed(0)
        network, classifier = networks.build(info.source, info.arch, info.input_size[1])
        table = layers.table(network.eval(), name, classifier, info.preprocess.size)
        cells = [_cell(network, table, depth) for depth in DEPTHS]
        split += all(cell != "pixels" for cell in cells)
        row = f"{name:34}" + "".join(f"{cell:>44}" for cell in cells)
        print(f"{row}{time.perf_counter() - began:9.1f}", flush=True)
    print(f"{split} of {len(names)} backbones can be split at every depth; the others keep pixels where they cannot")


def _cell(network: torch.nn.Module, table: LayerTable, depth: float) -> str:
    leaves = [layer for layer in table.layers if layer.leaf]
    orders = sorted({layer.order for layer in leaves})
    last = orders[int(len(orders) * depth)]
    frozen = frozenset(layer.path for layer in leaves if layer.order < last)
    found = cut.find(network, table, frozen)
    if found is None:
        return "pixels"
    steps = [place.layer for place in plan.cuts(table, frozen)].index(found.layer)
    return f"{found.layer[-32:]} ({steps} steps)" if steps else found.layer[-40:]


if __name__ == "__main__":
    main()
