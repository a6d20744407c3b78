"""Options of the commands that predict photos outside the data set."""

from __future__ import annotations

import argparse

from studio.cli.options import train_options
from studio.cli.options.command_parser import path, path_text
from studio.spec import TrainSpec
from studio.spec.settings import row_of


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw predict`."""
    parser.add_argument("run", type=path, help="folder of a run, or an exported head")
    parser.add_argument(
        "images", type=path_text, nargs="+", metavar="IMAGE", help="photos, or folders whose photos are all predicted"
    )
    parser.add_argument("--epoch", choices=("last", "best"), help="epoch whose weights are used (the run's result)")
    words = "show each step from the photo to the prediction, and the nearest training photos"
    parser.add_argument("--trace", action="store_true", help=words)
    words = "write a table, .csv or .parquet, as it goes; after a stop the same command goes on with it"
    parser.add_argument("--out", type=path, metavar="FILE", help=words)
    words = "sort the photos into folders by predicted class; what is not sure or unlike the training photos is apart"
    parser.add_argument("--sort-into", type=path, metavar="DIR", help=words)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--link", action="store_true", help="sort links to the photos (the default)")
    ways.add_argument("--copy", action="store_true", help="sort copies of the photos")
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)
