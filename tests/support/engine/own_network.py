"""Python files with networks, as users write them."""

from __future__ import annotations

from pathlib import Path

from studio.catalog import agreements, network_files
from studio.spec import BackboneSpec
from studio.spec.network_file import parse

NET = '''
import torch
from torch import nn


class Net(nn.Module):
    """`features`, and a flattened `classifier` of 1,000 outputs."""

    def __init__(self, classes=1000):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, stride=4, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.classifier = nn.Sequential(nn.Linear(6 * 8 * 8, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, classes))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def factory():
    return Net()
'''

OTHERS = """
import torch
from torch import nn


def conv(*rest):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), *rest)


def none(): pass
def boom(): raise ValueError("no luck")
def exits(): raise SystemExit(3)
def needs(width): return nn.Linear(width, 2)
def no_linear(): return conv(nn.Flatten())
def not_flat(): return conv(nn.Linear(4, 10))
def fixed_size(): return nn.Sequential(nn.Conv2d(3, 1, 1), nn.Flatten(), nn.Linear(28 * 28, 10))
def gray(): return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 10))
def too_small(): return nn.Sequential(nn.Conv2d(3, 4, 7), nn.MaxPool2d(8), nn.MaxPool2d(8), nn.Linear(4, 10))
def soft(): return conv(nn.Flatten(), nn.Linear(4, 10), nn.Softmax(1))
def lazy(): return conv(nn.Flatten(), nn.LazyLinear(10))
def wrapped(): return nn.DataParallel(conv(nn.Flatten(), nn.Linear(4, 10)).half())
network = nn.Linear(3, 2)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 4, 8, 8), nn.Linear(4, 10)

    def forward(self, x):
        return self.head(self.patches(x).flatten(2).transpose(1, 2))


class TokensMean(Tokens):
    def forward(self, x):
        return super().forward(x).mean(1)


class Named(Tokens):
    def forward(self, x):
        return {"logits": self.head(self.patches(x).mean((2, 3)))}


class Gate(Tokens):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 4)

    def forward(self, x):
        x = self.patches(x)
        return (x * self.head(x.mean((2, 3))).sigmoid()[:, :, None, None]).mean((2, 3))
"""


def write(folder: Path, text: str = NET, factory: str = "factory", agreed: bool = True) -> str:
    """Write a Python file, agree to it, and return the name of its network with path and content."""
    path = folder / "net.py"
    path.write_text(text)
    file = network_files.pinned_file(parse(f"{path}:{factory}"))
    if agreed:
        agreements.agree(file)
    return file.name


def spec(name: str, weights: object = "default", size: int = 32) -> BackboneSpec:
    return BackboneSpec(name, str(weights), size)
