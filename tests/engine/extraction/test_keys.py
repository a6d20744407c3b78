"""Keys of the cache: rows that an earlier version computed are used."""

from __future__ import annotations

from types import SimpleNamespace

from studio.catalog import catalog
from studio.engine.augment.views import digest_of
from studio.engine.extraction import extract, runtime
from studio.spec import AugmentSpec, AugmentStep, PreprocessSpec


def test_rows_of_version_0_1_are_found(monkeypatch):
    """Compare with keys computed before specs became structs; a key contains the fields of the specs as text."""
    monkeypatch.setattr(runtime, "name_for", lambda _backbone: "torch")
    preprocess = PreprocessSpec((64, 64), (73, 73), "squash", "bilinear")
    info = catalog.find("timm/resnet18")
    backbone = SimpleNamespace(preprocess=preprocess, info=info, fingerprint="f0")
    assert extract.store_key(backbone, "pixels") == "27586ac0ecb8349d7a5b4261cbbb6c99"
    assert extract.store_key(backbone, "features") == "f0c1aade1e7b7c66268a0c166bbc0985"
    spec = AugmentSpec((AugmentStep("rotation", 0.1, 1.0), AugmentStep("flip")), 3)
    assert digest_of(b"photo", spec, 2, 7).hex() == "bab623b4f321222a12caa233a5bf053f"
