"""Computes features of a folder of photos with ONNX Runtime and Pillow alone; run by `extraction.py` as a process.

    python onnx_loop.py PHOTOS NETWORK.onnx RESIZE

The network takes batches of 8. Threads decode the next photos while it computes.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

BATCH = 8


def main() -> None:
    """Compute the features and print their number."""
    photos, network, resize = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    name, side = session.get_inputs()[0].name, session.get_inputs()[0].shape[2]
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    rows = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        waiting = [threads.submit(_photo, file, resize, side) for file in files]
        for start in range(0, len(files), BATCH):
            batch = np.stack([one.result() for one in waiting[start : start + BATCH]])
            filled = np.concatenate([batch, np.zeros((BATCH - len(batch), *batch.shape[1:]), np.float32)])
            rows.append(session.run(None, {name: filled})[0][: len(batch)])
    print(len(np.concatenate(rows)))


def _photo(file: Path, resize: int, side: int) -> np.ndarray:
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    share = resize / min(image.size)
    image = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    pixels = np.asarray(image.crop((left, top, left + side, top + side)), np.float32)
    return np.ascontiguousarray((pixels / 127.5 - 1).transpose(2, 0, 1))


if __name__ == "__main__":
    main()
