"""The stand-alone program that is written beside an exported model: it predicts photos without the studio."""

from __future__ import annotations

from studio.engine.export.model.model_format import ModelFormat

SUFFIX = ".predict.py"
"""Added to the name of the model's file."""

START = '''"""Predicts photos with {file}, without Thaw Studio: python {script} PHOTO ...

Needs {packages}. Prints one line of JSON for each photo; without photos on the command line, their paths are read as
one JSON list from the standard input.
"""

import json
import pathlib
import sys
import time

import numpy as np
from PIL import Image, ImageOps

'''

LOAD = "FILE = pathlib.Path(__file__).with_name({file!r})\n"

END = '''
CLASSES, LIMITS = ABOUT["classes"], ABOUT["thresholds"]


def read(path):
    """The photo at `path`, upright, RGB, transparent pixels white: (H, W, 3) uint8."""
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith(("I", "F")):
        raise OSError(f"{path} has more than 8 bits: convert it to 8 bits")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    return np.asarray(image.convert("RGB"))


def answer(shares):
    """The class of a photo with these probabilities, and whether the model is sure of it."""
    best = max(shares, key=shares.get)
    sure = shares[best] >= ABOUT["least_confidence"]
    reached = [name for name in shares if name in LIMITS and shares[name] >= LIMITS[name]]
    others = [name for name in shares if name not in LIMITS]
    if reached:
        best = max(reached, key=shares.get)
    elif best in LIMITS:
        best, sure = (max(others, key=shares.get), sure) if others else (best, False)
    return {"class": best, "sure": sure, "probabilities": shares}


def predict(path):
    """What the model says of the photo at `path`."""
    try:
        image = read(path)
    except Exception as error:  # a broken photo, or one of too many pixels
        return {"photo": path, "error": str(error), "unreadable": True}
    found = outputs(image)
    first = found[ABOUT["outputs"][0]]
    if not np.isfinite(first).all():
        raise ValueError("the output for it is not a number")
    more = {name: found[name].item() for name in ("unlike", "distance") if name in found}
    if "value" in found:
        named = {} if ABOUT["target"] in ("error", "unreadable") else {ABOUT["target"]: float(first)}
        return named | {"photo": path, "value": float(first)} | more
    return {"photo": path} | answer(dict(zip(CLASSES, map(float, first), strict=True))) | more


if __name__ == "__main__":
    for photo in sys.argv[1:] or json.load(sys.stdin):
        start = time.perf_counter()
        try:
            result = predict(photo)
        except Exception as error:  # the others go on
            result = {"photo": photo, "error": str(error)}
        result["seconds"] = time.perf_counter() - start
        print(json.dumps(result), flush=True)
'''


def source(one: ModelFormat, file: str) -> str:
    """Source of the program for a model in the file of this name."""
    packages = ", ".join(dict.fromkeys(("numpy", "Pillow", *one.used)))
    start = START.format(file=file, script=f"{file}{SUFFIX}", packages=packages)
    return f"{start}{LOAD.format(file=file)}{one.script}\n{END}"
