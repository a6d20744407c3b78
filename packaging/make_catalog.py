"""Writes `resources/catalog.json` from the installed torchvision and timm.

    uv run python packaging/make_catalog.py

Every network is built and run once on torch's meta device, so shapes and operations are computed, not copied from a
table, and nothing is downloaded. Takes a few minutes. Networks that cannot be built that way are printed and left out.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from readout_facts import facts as readout_facts
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from studio.engine.backbones import builders
from studio.engine.network.features import flatten

OUT = Path(__file__).resolve().parent.parent / "resources" / "catalog.json"


def main() -> None:
    """Build every entry and write the file in one go."""
    warnings.simplefilter("ignore")
    torchvision_names = set(models.list_models(module=models))
    rows: list[dict[str, Any]] = []
    jobs = [("torchvision", arch) for arch in sorted(torchvision_names)]
    jobs += [("timm", arch) for arch in timm.list_models() if not arch.startswith("test_")]
    for number, (source, arch) in enumerate(jobs, 1):
        name = f"timm/{arch}" if source == "timm" and arch in torchvision_names else arch
        try:
            rows.append({"name": name, **entry(source, arch)})
        except Exception as error:
            print(f"left out {name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
        if number % 100 == 0:
            print(f"{number} / {len(jobs)}", file=sys.stderr)
    made_with = {"torchvision": torchvision.__version__.split("+")[0], "timm": timm.__version__}
    body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    OUT.write_text(f'{{"made_with":{json.dumps(made_with)},"backbones":[\n{body}\n]}}\n', encoding="utf-8")
    print(f"{len(rows)} backbones in {OUT}", file=sys.stderr)


def entry(source: str, arch: str) -> dict[str, Any]:
    """One row: facts computed from the network, and metadata of its weights."""
    facts = _torchvision_facts(arch) if source == "torchvision" else _timm_facts(arch)
    try:
        with torch.device("meta"):
            network, classifier = builders.build(source, arch, _size(source, facts))
    except NotImplementedError:  # a few builders read the values of new tensors
        network, classifier = builders.build(source, arch, _size(source, facts))
    network.eval().requires_grad_(False)
    photo = torch.zeros(1, *facts["input_size"], device=next(network.parameters()).device)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        features = flatten(network(photo))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    buffers = sum(buffer.numel() for buffer in network.buffers())
    size = facts.pop("file_mb") or (parameters + buffers + features.shape[1] * facts.pop("num_classes", 0)) * 4 / 1e6
    facts.pop("num_classes", None)
    return {
        "source": source,
        "arch": arch,
        "family": type(network).__module__.rsplit(".", 1)[-1],
        "parameters": parameters,
        "macs": counter.get_total_flops() // 2,
        "features": features.shape[1],
        **facts,
        "download_mb": round(size if facts["weights"] else 0, 1),
        "classifier": classifier,
        **readout_facts(network, photo),
    }


def _size(source: str, facts: dict[str, Any]) -> int | None:
    """Image size to build with: transformers of torchvision need it, those of timm know it."""
    return facts["input_size"][1] if source == "torchvision" else None


def _torchvision_facts(arch: str) -> dict[str, Any]:
    weights = models.get_model_weights(arch).DEFAULT
    transform = weights.transforms()
    resize, crop = transform.resize_size[0], transform.crop_size[0]
    return {
        "input_size": [3, crop, crop],
        "fixed_size": arch.startswith(("vit_", "maxvit")),
        "preprocess": {
            "size": [crop, crop],
            "resize": [resize, resize],
            "crop": "center",
            "interpolation": transform.interpolation.value,
            "mean": transform.mean,
            "std": transform.std,
        },
        # torchvision's own recipes are BSD-3-Clause; weights from SWAG are not.
        "licence": "cc-by-nc-4.0" if "SWAG" in weights.name else "bsd-3-clause",
        "accuracy": weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
        "weights": weights.name,
        "url": weights.url,
        "file_mb": weights.meta["_file_size"] * 1.048576,
    }


def _timm_facts(arch: str) -> dict[str, Any]:
    config = timm.get_pretrained_cfg(arch) or timm.models.PretrainedCfg()
    channels, height, width = config.input_size
    has_weights = bool(config.hf_hub_id or config.url)
    mode = config.crop_mode if config.crop_mode in ("center", "squash", "border") else "center"
    resize = [math.floor(side / config.crop_pct) for side in (height, width)]
    return {
        "input_size": [channels, height, width],
        "fixed_size": bool(config.fixed_input_size),
        "preprocess": {
            "size": [height, width],
            "resize": resize,
            "crop": mode,
            "interpolation": config.interpolation,
            "mean": list(config.mean),
            "std": list(config.std),
        },
        "licence": (config.license or "").lower() if has_weights else "",
        "accuracy": None,
        "weights": (config.tag or "default") if has_weights else "",
        "url": f"hf:{config.hf_hub_id}" if config.hf_hub_id else (config.url or ""),
        "file_mb": None,
        "num_classes": config.num_classes,
    }


if __name__ == "__main__":
    main()
