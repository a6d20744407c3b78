"""An entry of the catalog of backbones."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec import PreprocessSpec
from studio.spec.network_file import parse

OWN = "file"
"""Source of the networks in users' own files."""


@dataclass(frozen=True)
class BackboneInfo:
    """Entry of the catalog for one backbone.

    Attributes:
        name: Unique name, as typed by the user. timm's names that torchvision also uses have the prefix `timm/`.
        source: Library that builds it, as `engine.backbones.sources` names it.
        arch: Name in that library.
        family: Module in that library, for grouping (`resnet`, `efficientnet`).
        parameters: Parameters without the last layer.
        macs: Multiply-accumulate operations for one photo at `input_size`, without the last layer.
        features: Width D of the flat feature vector.
        input_size: Channels, height and width that the weights were trained with.
        fixed_size: True if the network accepts no other size.
        preprocess: Preprocessing that the weights expect.
        license: SPDX name of the weights' license in lower case; "" if it is unknown.
        accuracy: ImageNet top-1 accuracy in percent as published with the weights; None if it is not stated.
        weights: Name of the pretrained weights; "" if there are none.
        url: Source of the weights: a web address or `hf:REPOSITORY`.
        download_mb: Size of the weights' file in MB; computed from the parameter count if the library does not say.
        classifier: Module path of the last layer, which is replaced.
        published: The readout that the published last layer takes; "" if it is none of `readouts`.
        readouts: Readouts of `spec.backbone.Readout` that the network has, without "default".
        channels: Channels of its last feature map, or width of its tokens; 0 if `readouts` is empty.
        blocks: Blocks with tokens that `readouts` can read; 0 for none.
        readout: The chosen readout if it differs from the published one, such as "patches" or "blocks/4"; else "".
    """

    name: str
    source: str
    arch: str
    family: str
    parameters: int
    macs: int
    features: int
    input_size: tuple[int, int, int]
    fixed_size: bool
    preprocess: PreprocessSpec
    license: str
    accuracy: float | None
    weights: str
    url: str
    download_mb: float
    classifier: str
    published: str = ""
    readouts: tuple[str, ...] = ()
    channels: int = 0
    blocks: int = 0
    readout: str = ""

    @property
    def identity(self) -> str:
        """Identity of the network in the keys of caches; that of a user's file does not depend on its path."""
        file = parse(self.arch) if self.source == OWN else None
        # Nothing is added for the published readout, so that features cached by earlier versions stay valid.
        readout = f"#{self.readout}" if self.readout else ""
        return f"{self.source}/{file.identity if file is not None else self.arch}{readout}"
