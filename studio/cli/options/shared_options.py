"""Options that several commands share: those of a data set, of a backbone, and of a whole run."""

from __future__ import annotations

import argparse

from studio.cli.options import train_options
from studio.cli.options.command_parser import path, path_text
from studio.planning.augmentation import NAMES as AUGMENTATIONS
from studio.planning.recipes import RECIPES
from studio.spec import BUNDLED_BACKBONE, AugmentSpec, BackboneSpec, DatasetSpec, TrainSpec
from studio.spec.settings import row_of

OWN_NETWORK = "FILE.py:FACTORY (code) or FILE.pt2 (torch.export)"
"""How users name networks of their own."""

PHOTOS_TO_FEATURES = ("image_size", "crop", "border", "readout", "readout_blocks")
"""Settings of a backbone besides its name and weights."""

WEIGHTS = "default: the pretrained weights; none: random weights; or a weights file"


def add_dataset(parser: argparse.ArgumentParser, or_run: str = "") -> None:
    """Add the options of a data set; `or_run` ends the help of the folder."""
    words = f"a folder with one subfolder per class, or with train/ and val/{or_run}"
    parser.add_argument("folder", type=path_text, help=words)
    train_options.add_also(parser)
    parser.add_argument(
        "--targets",
        type=path,
        metavar="FILE.csv",
        help="predict numbers: a CSV file with a path and a number per line",
    )
    parser.add_argument(
        "--value-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="value range of photos of more than 8 bits (stated by each file, or else estimated from the folder)",
    )
    shares = ("val_fraction", "test_fraction")
    groups = ("split_by", "split_near", "split_pattern", "split_table", "split_column")
    for key in ("labels", "label_pattern", *shares, *groups):
        train_options.add_option(parser, row_of(DatasetSpec, key), always=True)
    seed = TrainSpec().seed
    words = f"seed of the split and, in a run, of first weights and order of photos ({seed})"
    parser.add_argument("--seed", type=int, default=seed, metavar="N", help=words)
    words = "seed of the split alone (that of --seed)"
    parser.add_argument("--split-seed", type=int, metavar="N", help=words)


def add_backbone(parser: argparse.ArgumentParser) -> None:
    """Add the options of a backbone."""
    parser.add_argument(
        "--backbone",
        default=BUNDLED_BACKBONE,
        metavar="NAME|FILE",
        help=f"name of the backbone ({BUNDLED_BACKBONE}, bundled), or your own network: {OWN_NETWORK}",
    )
    add_trust(parser)
    parser.add_argument("--weights", type=path_text, default="default", metavar="default|none|FILE", help=WEIGHTS)
    for key in PHOTOS_TO_FEATURES:
        train_options.add_option(parser, row_of(BackboneSpec, key), always=True)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a run: data set, backbone, training, augmentation, device."""
    add_dataset(parser)
    add_backbone(parser)
    train_options.add_options(parser)
    parser.add_argument(
        "--augment",
        action="append",
        default=[],
        metavar="KIND:AMOUNT:PROBABILITY",
        help=f"augmentation of training photos: {', '.join(AUGMENTATIONS)}; amount and probability, from 0 to 1, are "
        f"optional; or a recipe: {', '.join(RECIPES)}; can be repeated, the order counts",
    )
    train_options.add_option(parser, row_of(AugmentSpec, "views"), always=True)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def add_trust(parser: argparse.ArgumentParser, always_runs: bool = True) -> None:
    """Add the option that agrees to run the code of the user's own network.

    Args:
        parser: Parser of a command.
        always_runs: False for a command that runs the code only where results are missing: without the option it asks
            for no agreement in advance.
    """
    words = "run the Python file that makes your own network, and remember this agreement until the file changes"
    parser.add_argument("--trust", action="store_true", help=words)
    parser.set_defaults(always_runs_code=always_runs)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw settings`."""
    parser.add_argument("key", nargs="?", metavar="SETTING", help="show only this one (all)")
    parser.add_argument("value", nargs="?", metavar="VALUE", help="store this value")
    parser.add_argument(
        "--reset", action="store_true", help="return to the default value, of all preferences if none is named"
    )


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw cache`."""
    parser.add_argument("--limit", type=float, metavar="GB", help="new size limit in gigabytes")
    words = "empty the cache; runs are not affected, features are computed again when needed"
    parser.add_argument("--clear", action="store_true", help=words)
    parser.add_argument("--yes", action="store_true", help="empty the cache without asking for confirmation")
