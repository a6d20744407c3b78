"""Options of the commands that predict photos outside the data set."""

from __future__ import annotations

import argparse

from studio.cli.options import train_options
from studio.cli.options.command_parser import path, path_text
from studio.spec import TrainSpec
from studio.spec.settings import row_of

NUMBER = 20
"""Number of photos that `thaw label-next` chooses."""


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw predict`."""
    _add_photos(parser, "an exported head, or a whole model (.safetensors, .pt2, .onnx, .xml)")
    words = "show each step from the photo to the prediction, and the nearest training photos"
    parser.add_argument("--trace", action="store_true", help=words)
    words = "write a table (.csv or .parquet) row by row; after a stop the same command continues it"
    parser.add_argument("--out", type=path, metavar="FILE", help=words)
    words = "sort the photos into folders by predicted class, with folders of their own for “not sure” and “unlike”"
    parser.add_argument("--sort-into", type=path, metavar="DIR", help=words)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--link", action="store_true", help="sort links to the photos (the default)")
    ways.add_argument("--copy", action="store_true", help="sort copies of the photos")
    words = "choose N of the photos to label next, by doubt and difference, as “thaw label-next” does"
    parser.add_argument("--next", type=int, metavar="N", help=words)
    words = "in place of photos, predict what a camera sees, five times a second: its number (0), or a video file"
    parser.add_argument("--camera", action=_Camera, nargs="?", metavar="N", help=words)
    words = "stop after N pictures of the camera (at Ctrl+C, or the end of the video)"
    parser.add_argument("--frames", type=int, metavar="N", help=words)
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


class _Camera(argparse.Action):
    """Stores the number of a camera or the path of a video, and makes the photos optional."""

    # With `nargs="*"`, argparse would take the photos for absent wherever an option stands before them.
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        text = str(values or 0)
        namespace.images = namespace.images or []
        setattr(namespace, self.dest, int(text) if text.isdecimal() else path_text(text))
        for action in parser._actions:
            if action.dest == "images":
                action.required = False


def add_label_next(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw label-next`."""
    _add_photos(parser)
    parser.add_argument("--next", type=int, default=NUMBER, metavar="N", help=f"number of photos to choose ({NUMBER})")
    train_options.add_option(parser, row_of(TrainSpec, "device"), always=True)


def add_unsort(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw unsort`."""
    parser.add_argument(
        "folder", type=path, metavar="DIR", help="folder into which “predict --sort-into” sorted photos"
    )


def _add_photos(parser: argparse.ArgumentParser, files: str = "or an exported head") -> None:
    parser.add_argument("run", type=path, help=f"folder of a run, {files}")
    parser.add_argument(
        "images", type=path_text, nargs="+", metavar="IMAGE", help="photos, or folders whose photos are all predicted"
    )
    parser.add_argument("--epoch", choices=("last", "best"), help="epoch whose weights are used (the run's result)")


def add_cam(parser: argparse.ArgumentParser) -> None:
    """Add the options of `thaw cam`."""
    parser.add_argument("run", type=path, help="folder of a run, or an exported head")
    parser.add_argument("image", type=path_text, help="the photo")
    parser.add_argument("--class", dest="name", default="", metavar="NAME", help="the class (the predicted one)")
    words = "layer of the network (the last one with positions that the score depends on); "
    words += "of one that runs several times in a pass, its first output"
    parser.add_argument("--layer", default="", metavar="PATH", help=words)
    parser.add_argument("--out", type=path, required=True, metavar="FILE", help=".png over the photo, or .npz")
    parser.add_argument("--epoch", choices=("last", "best"), help="epoch whose weights are used (the run's result)")
