"""Options of `thaw layers` and `thaw activations`."""

from __future__ import annotations

import argparse

from studio.cli.options import shared_options, train_options
from studio.cli.options.command_parser import path, path_text
from studio.spec import BackboneSpec
from studio.spec.settings import row_of

LAYER = "the layer (“thaw layers” lists them)"
CALL = "of a layer that runs several times in a pass, which call (1)"


def add_layers(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw layers`."""
    words = f"name of the backbone (“thaw backbones” lists all), or your own network: {shared_options.OWN_NETWORK}"
    parser.add_argument("backbone", help=words)
    shared_options.add_trust(parser)
    for key in ("image_size", "readout", "readout_blocks"):
        train_options.add_option(parser, row_of(BackboneSpec, key), always=True)
    parser.add_argument("--depth", type=int, metavar="N", help="number of levels of the layer tree to show (all)")
    words = "list every call of a layer that runs several times in a pass, with its shapes"
    parser.add_argument("--calls", action="store_true", help=words)
    parser.add_argument("--classes", type=int, metavar="N", help="include the new head for N classes")
    words = "weights to check against the backbone (none: shapes need no weights)"
    parser.add_argument("--weights", default="none", metavar="default|none|FILE", help=words)
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="photos in one pass, for the memory (1)")
    train_options.add_freezing(parser)
    train_options.add_adapters(parser)


def add_activations(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw activations`."""
    parser.add_argument("source", type=path_text, help="folder of a run, or name of a backbone")
    parser.add_argument("image", type=path_text, help="the photo")
    parser.add_argument("--layer", required=True, metavar="PATH", help=LAYER)
    parser.add_argument("--call", type=int, default=1, metavar="N", help=CALL)
    parser.add_argument("--out", type=path, required=True, metavar="FILE", help=".png of its maps, or .npz")
    parser.add_argument("--weights", type=path_text, default="default", metavar="FILE", help=shared_options.WEIGHTS)
    for key in shared_options.PHOTOS_TO_FEATURES:
        train_options.add_option(parser, row_of(BackboneSpec, key), always=True)
