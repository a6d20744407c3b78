"""Tests of the lazy import of torch's compiler."""

import subprocess
import sys

import pytest

from studio.system import lazy_compiler

LIBRARIES = """
import sys, torch
from studio.system import lazy_compiler
with lazy_compiler.placeholder():
    import torchvision, timm
    import studio.engine.augment.transforms
from studio.engine.training.optimization import optimizers
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.engine.training.head import Head
weight = torch.zeros(3, requires_grad=True)
optimizer = lazy_compiler.placeholder()(torch.optim.AdamW)([weight])
weight.sum().backward()
with lazy_compiler.placeholder():
    optimizer.step()
    optimizer.zero_grad()
assert not lazy_compiler.is_imported() and "torch._inductor" not in sys.modules
assert "torch._dynamo" not in sys.modules and "torch._dynamo.utils" not in sys.modules
"""

AFTERWARDS = """
import io
from torchvision.ops import roi_align
from timm.models import naflexvit

network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
photos = torch.rand(2, 3)
compiled = torch.compile(network, backend="eager")
assert torch.equal(compiled(photos), network(photos))
assert lazy_compiler.is_imported()
assert torch.equal(torch.export.export(network, (photos,)).module()(photos), network(photos))
maps, boxes = torch.rand(1, 2, 8, 8), torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
def cut(maps, boxes):
    return roi_align(maps, boxes, (2, 2)) * 2
torch.use_deterministic_algorithms(True)
plain = cut(maps, boxes)
torch.use_deterministic_algorithms(False)
assert torch.allclose(torch.compile(cut, backend="eager")(maps, boxes), plain, atol=1e-5)
from torch._dynamo.utils import is_compile_supported
assert torchvision.ops.roi_align.__globals__["is_compile_supported"]("cpu") == is_compile_supported("cpu")
with lazy_compiler.placeholder():
    optimizer.step()
optimizer.step()
optimizer.zero_grad()
vit = timm.create_model("naflexvit_base_patch16_gap", embed_dim=32, depth=1, num_heads=2, num_classes=2).eval()
side = torch.rand(1, 3, 32, 32)
assert torch.allclose(torch.compile(vit, backend="eager")(side), vit(side), atol=1e-5)
"""

OTHER_NAMES = """
import sys, torch
from studio.system import lazy_compiler
with lazy_compiler.placeholder():
    import torch._dynamo
    {first}
assert lazy_compiler.is_imported(), "the real one has to come"
assert sys.modules["torch._dynamo"].__spec__ is not None
import torch._dynamo.config
assert torch._dynamo.config is sys.modules["torch._dynamo.config"]
assert torch._dynamo.config.__spec__.origin.endswith(".py")
"""


FLOPS = """
import importlib.util, sys, torch
from studio.system import lazy_compiler
counter = lazy_compiler.import_flop_counter().FlopCounterMode(display=False)
assert not any(name.partition(".")[0] == "triton" for name in sys.modules)
assert not lazy_compiler.is_imported()
with counter:
    torch.nn.Linear(3, 2)(torch.zeros(5, 3))
assert counter.get_total_flops() == 2 * 5 * 3 * 2
if importlib.util.find_spec("triton"):
    from triton.runtime.jit import JITFunction, KernelInterface
    assert issubclass(JITFunction, KernelInterface)
"""


@pytest.mark.slow
def test_operations_are_counted_without_triton_which_works_afterwards():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FLOPS], check=True)


@pytest.mark.slow
def test_libraries_and_training_do_not_import_the_compiler_and_it_works_afterwards():
    subprocess.run([sys.executable, "-W", "ignore", "-c", LIBRARIES + AFTERWARDS], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "first",
    ["from torch._dynamo import config", "import torch._dynamo.config", "from torch._dynamo.utils import counters"],
)
def test_every_other_name_imports_the_real_compiler(first):
    subprocess.run([sys.executable, "-W", "ignore", "-c", OTHER_NAMES.format(first=first)], check=True)


@pytest.fixture
def without_compiler(monkeypatch):
    for name in (lazy_compiler.PACKAGE, lazy_compiler.UTILS):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("without_compiler")
def test_placeholders_are_removed_after_the_last_nested_use():
    with lazy_compiler.placeholder():
        with lazy_compiler.placeholder():
            assert not lazy_compiler.is_imported()
        assert lazy_compiler.PACKAGE in sys.modules  # another thread may still be importing
        sys.modules[lazy_compiler.PACKAGE].graph_break()
    assert not {lazy_compiler.PACKAGE, lazy_compiler.UTILS} & set(sys.modules)
    assert lazy_compiler._FINDER not in sys.meta_path


@pytest.mark.usefixtures("without_compiler")
def test_a_decorated_function_is_plain_until_the_compiler_is_there(monkeypatch):
    with lazy_compiler.placeholder():
        package = sys.modules[lazy_compiler.PACKAGE]
        both = [package.disable(abs), package.disable(reason="why")(abs)]
    assert [one(-2) for one in both] == [2, 2]
    calls = []

    class Real:
        @staticmethod
        def disable(fn, *options, **named):
            calls.append(named)
            return lambda value: fn(value) + 1

    monkeypatch.setitem(sys.modules, lazy_compiler.PACKAGE, Real())
    assert [one(-2) for one in both] == [3, 3]
    assert [one(-2) for one in both] == [3, 3]
    assert calls == [{}, {"reason": "why"}]


def test_an_imported_compiler_is_not_replaced(monkeypatch):
    real = object()
    monkeypatch.setitem(sys.modules, lazy_compiler.PACKAGE, real)
    with lazy_compiler.placeholder():
        assert sys.modules[lazy_compiler.PACKAGE] is real
