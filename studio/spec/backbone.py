"""The pretrained network, its weights and its preprocessing."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

BUNDLED_BACKBONE = "tf_efficientnet_lite0"
"""The backbone whose ImageNet weights come with the program, so that the first run needs no network."""


class PreprocessSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The preprocessing of a photo to the network's input, as the weights were trained with.

    Attributes:
        size: Height and width of the input in pixels.
        resize: Height and width of the photo after the resize, before the crop. With `crop` "center" the first number
            is the length of the shorter side, and the aspect ratio is kept; with "squash" both numbers apply.
        crop: "center" and "squash" crop the center; "border" fits the whole photo into `size` and fills the rest with
            the mean color.
        interpolation: "bicubic", "bilinear", "nearest" or "lanczos", with antialiasing as Pillow does it.
        mean: Subtracted from each channel after scaling to 0…1.
        std: Divides each channel after that.
    """

    size: tuple[int, int] = (224, 224)
    resize: tuple[int, int] = (256, 256)
    crop: Literal["center", "squash", "border"] = "center"
    interpolation: str = "bicubic"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@documented
class BackboneSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pretrained network and the source of its weights."""

    name: Annotated[
        str,
        Setting(
            label="Backbone",
            help="Name in the catalog, for instance `resnet18` or `timm/resnet18`",
            option="--backbone",
        ),
    ] = BUNDLED_BACKBONE
    weights: Annotated[
        str,
        Setting(
            label="Weights",
            help="`default` (the catalog's pretrained weights), `none` (random weights) or the path of a file",
            metavar="default|none|FILE",
        ),
    ] = "default"
    image_size: Annotated[
        int | None,
        Setting(
            label="Image size",
            help="Side of the square input; by default that of the weights",
            unit="pixels",
        ),
    ] = None
