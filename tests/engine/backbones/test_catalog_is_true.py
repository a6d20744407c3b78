"""Comparison of the catalog's file with the installed libraries."""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path

import pytest
import timm
import torchvision
from torchvision import models
from trimming import few

from studio.catalog import catalog
from studio.spec.structs import asdict
from studio.system import resources

MAKER = Path(__file__).resolve().parents[3] / "packaging" / "make_catalog.py"
MADE_WITH = json.loads(resources.path("catalog.json").read_text(encoding="utf-8"))["made_with"]
INSTALLED = {"torchvision": torchvision.__version__.split("+")[0], "timm": timm.__version__}
SAME_VERSIONS = pytest.mark.skipif(
    MADE_WITH != INSTALLED, reason=f"the catalog was made with {MADE_WITH}, installed is {INSTALLED}"
)


def sample(count: int) -> list[catalog.BackboneInfo]:
    """The smallest entry of each of `count` families, spread over all of them."""
    smallest: dict[str, catalog.BackboneInfo] = {}
    for entry in catalog.load():
        if entry.macs < smallest.get(entry.family, entry).macs or entry.family not in smallest:
            smallest[entry.family] = entry
    quick = sorted((e for e in smallest.values() if e.macs < 5e9), key=lambda entry: entry.name)
    return quick[:: max(1, len(quick) // count)][:count]


@pytest.fixture(scope="module")
def maker():
    sys.path.insert(0, str(MAKER.parent))  # as where the script is run
    spec = importlib.util.spec_from_file_location("make_catalog", MAKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(MAKER.parent))
    for name in ("make_catalog", "readout_facts"):
        sys.modules.pop(name, None)


def test_every_entry_exists_in_the_libraries():
    timm_names, torchvision_names = set(timm.list_models()), set(models.list_models(module=models))
    here = {"timm": timm_names, "torchvision": torchvision_names}
    gone = [entry.name for entry in catalog.load() if entry.arch not in here[entry.source]]
    if MADE_WITH != INSTALLED:
        assert len(gone) < 20, gone  # other versions of the libraries renamed a few; more means an outdated catalog
    else:
        assert not gone


@SAME_VERSIONS
def test_every_classifier_of_torchvision_is_in_the_catalog():
    ours = {entry.arch for entry in catalog.load() if entry.source == "torchvision"}
    assert ours == set(models.list_models(module=models))


@pytest.mark.slow
@SAME_VERSIONS
@pytest.mark.parametrize("entry", few(sample(25), sample(25)[:3]), ids=lambda entry: entry.name)
def test_recomputed_entries_equal_the_stored_ones(maker, entry):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = maker.entry(entry.source, entry.arch)
    for key in ("features", "parameters", "macs", "classifier", "weights", "url", "fixed_size"):
        assert again[key] == getattr(entry, key), key
    assert again["licence"] == entry.license
    for key in ("published", "readouts", "channels", "blocks"):
        assert again[key] == (list(entry.readouts) if key == "readouts" else getattr(entry, key)), key
    preprocess = {k: tuple(v) if isinstance(v, list) else v for k, v in again["preprocess"].items()}
    assert preprocess == asdict(entry.preprocess)
