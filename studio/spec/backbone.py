"""The pretrained network, its weights, its preprocessing and its readout."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from studio.spec.settings import Setting, documented

BUNDLED_BACKBONE = "tf_efficientnet_lite0"
"""The backbone whose ImageNet weights come with the program, so that the first run needs no network."""

CropPolicy = Literal["default", "center", "squash", "fit"]
"""How a photo of any shape becomes the square that a network sees; `default` is what the weights were trained with."""

BorderColor = Literal["mean", "black", "white"]

Readout = Literal["default", "pooled", "average+maximum", "class", "patches", "class+patches", "blocks", "attention"]
"""What is taken from a network as the features of a photo; `default` is what its published last layer takes."""

READOUT_BLOCKS = 4
"""Blocks of the readout `blocks` by default, as in the linear evaluation of DINO (arXiv 2104.14294)."""


class PreprocessSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The preprocessing of a photo to the network's input, as the weights were trained with.

    Attributes:
        size: Height and width of the input in pixels.
        resize: Height and width of the photo after the resize, before the crop. With `crop` "center" the first number
            is the length of the shorter side, and the aspect ratio is kept; with "squash" both numbers apply.
        crop: "center" and "squash" crop the center; "border" fits the whole photo into `size` and fills the rest with
            `fill`.
        interpolation: "bicubic", "bilinear", "nearest" or "lanczos", with antialiasing as Pillow does it.
        mean: Subtracted from each channel after scaling to 0…1.
        std: Divides each channel after that.
        fill: Color of the border, red, green and blue from 0 to 255; unset for `mean`.
    """

    size: tuple[int, int] = (224, 224)
    resize: tuple[int, int] = (256, 256)
    crop: Literal["center", "squash", "border"] = "center"
    interpolation: str = "bicubic"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    # Unset values are not written: stored records, and keys of the feature cache made of them, stay as they were.
    fill: tuple[int, int, int] | msgspec.UnsetType = msgspec.UNSET

    @property
    def border_color(self) -> tuple[int, int, int]:
        """Color of the border: red, green and blue from 0 to 255."""
        if isinstance(self.fill, tuple):
            return self.fill
        red, green, blue = (round(255 * number) for number in self.mean)
        return red, green, blue


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
    crop: Annotated[
        CropPolicy,
        Setting(
            label="Crop policy",
            help="How photos of any shape become the square that the network sees, in training and prediction alike",
            note="`center` cuts off what is outside the middle, `squash` distorts the photo, `fit` adds a border.",
            choices=(
                "As the weights were trained",
                "Center crop",
                "Squash (the whole photo, distorted)",
                "Fit with border (the whole photo, undistorted)",
            ),
        ),
    ] = "default"
    border: Annotated[
        BorderColor,
        Setting(
            label="Border color",
            help="Color of the border beside a photo, with the crop policy `fit`",
            choices=("Mean color of the photos that the weights were trained on", "Black", "White"),
        ),
    ] = "mean"
    readout: Annotated[
        Readout,
        Setting(
            label="Readout",
            help="What is taken from the network as the features of a photo",
            note="By default what the published last layer takes, because the weights were trained for it. "
            "Convolutional networks and Swin have a last map: `pooled` is its average, `average+maximum` also has the "
            "maximum of each channel. Vision transformers have tokens: `class` is the class token, `patches` the mean "
            "of the patch tokens, `blocks` the class token after each of the last blocks. `attention` is the "
            "pooling that some networks have learned. A readout that the network does not have is refused.",
            choices=(
                "As published",
                "Average of the last map",
                "Average and maximum of the last map",
                "Class token",
                "Mean of the patch tokens",
                "Class token and mean of the patch tokens",
                "Class tokens of the last blocks",
                "Attention pool",
            ),
        ),
    ] = "default"
    readout_blocks: Annotated[
        int,
        Setting(
            label="Blocks of the readout",
            help="Number of last blocks whose class tokens are the features, with the readout `blocks`",
            ge=1,
            le=100,
            needs=("readout", "blocks"),
        ),
    ] = READOUT_BLOCKS

    @property
    def network(self) -> BackboneSpec:
        """The same network, weights and readout, with the default crop policy, so equal for specs that differ in it."""
        blocks = self.readout_blocks if self.readout == "blocks" else READOUT_BLOCKS
        return BackboneSpec(self.name, self.weights, self.image_size, readout=self.readout, readout_blocks=blocks)
