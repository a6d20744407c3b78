"""Output of `thaw predict --camera`: a line for each predicted frame of a camera or a video."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import Any

from studio.cli import progress
from studio.cli.predictions.prediction_lines import document, line
from studio.commands import results
from studio.commands.predictions import model_identity
from studio.events import CameraFrame
from studio.spec import UserError
from studio.system.output import say, say_json


def watch(options: argparse.Namespace) -> int:
    """Print predictions of what a camera sees until Ctrl+C, the end of the video, or the requested number of frames."""
    _require_alone(options)
    work = results.watch_camera(options.run, options.camera, options.device, options.epoch)
    rows: list[dict[str, Any]] = []
    epoch = count = 0
    about = None
    with closing(progress.follow(work)) as events:  # type: ignore[type-var]  # it is a generator
        for event in events:
            if not isinstance(event, CameraFrame):
                continue
            about = about or model_identity.about(options.run)
            count, epoch = count + 1, event.prediction.epoch
            if options.json:
                rows.append(document(event.prediction, () if about.target else about.classes))
            else:
                say(line(event.prediction, about))
            if count == options.frames:
                break
    if options.json:
        say_json({"epoch": epoch, "camera": options.camera, "predictions": rows})
    return 0


def _require_alone(options: argparse.Namespace) -> None:
    """Raise a `UserError` for options that cannot be combined with a camera."""
    if options.camera is None:
        raise UserError("--frames is a number of pictures of a camera.", "Add --camera.")
    others = {"--out": options.out, "--sort-into": options.sort_into, "--next": options.next, "--trace": options.trace}
    used = [name for name, value in others.items() if value] + (["photos"] if options.images else [])
    if used:
        raise UserError(f"--camera cannot be used together with {used[0]}.", "Leave one of them out.")
    if options.frames is not None and options.frames < 1:
        raise UserError(f"{options.frames} pictures cannot be predicted.", "Give a number of 1 or more.")
    if options.json and options.frames is None and isinstance(options.camera, int):
        raise UserError("--json prints one document at the end, but a camera has no end.", "Add --frames N.")
