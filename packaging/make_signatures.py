"""Writes `resources/signatures.json`: a hash of the names and shapes of each backbone's tensors.

    uv run python packaging/make_signatures.py

Every network of the catalog is built once on torch's meta device. Takes a few minutes. Run it after
`make_catalog.py`.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from pathlib import Path

import timm
import torchvision

from studio.catalog import catalog
from studio.engine.backbones import builders, identify

OUT = Path(__file__).resolve().parent.parent / "resources" / "signatures.json"


def main() -> None:
    """Build every entry and write the file in one go."""
    warnings.simplefilter("ignore")
    rows: dict[str, str] = {}
    for number, info in enumerate(catalog.load(), 1):
        rows[info.name] = signature_of(info)
        if number % 100 == 0:
            gc.collect()
            print(f"{number} / {len(catalog.load())}", file=sys.stderr)
    made_with = {"torchvision": torchvision.__version__.split("+")[0], "timm": timm.__version__}
    body = ",\n".join(f"{json.dumps(name)}:{json.dumps(rows[name])}" for name in sorted(rows))
    OUT.write_text(f'{{"made_with":{json.dumps(made_with)},"signatures":{{\n{body}\n}}}}\n', encoding="utf-8")
    print(f"{len(rows)} signatures in {OUT}", file=sys.stderr)


def signature_of(info: catalog.BackboneInfo) -> str:
    """The signature of one backbone's own tensors."""
    tensors = builders.build_on_meta(info.source, info.arch).state_dict().items()
    return identify.signature(
        (name, tuple(tensor.shape)) for name, tensor in tensors if tensor.is_floating_point() or tensor.is_complex()
    )


if __name__ == "__main__":
    main()
