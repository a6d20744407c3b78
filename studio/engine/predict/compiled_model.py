"""Cache of the compiled network of a run, filled by its first prediction; imports no torch.

Later predictions with the same weights need neither torch nor the network's code: OpenVINO loads the compiled network,
and the head is at most two matrix products.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.catalog import catalog, readouts
from studio.data.images import measuring
from studio.engine.backbones import weight_notes
from studio.engine.cache import artifacts
from studio.engine.extraction.compiled import CompiledNetwork, OpenVinoRuntime, allowed_cores, is_supported
from studio.engine.predict import head_arrays
from studio.engine.predict.head_arrays import SavedHead
from studio.engine.predict.predictor import Predictor
from studio.events import Event, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.spec.structs import asdict
from studio.system import log, paths
from studio.system.failures import is_out_of_memory
from studio.system.files import json_text

VERSION = 1
"""Part of the key; to be increased whenever the content of the cache or its use changes."""

LENGTH_BYTES = 8

GPU_DRIVERS = (Path("/proc/driver/nvidia/version"), Path("/dev/kfd"), Path("C:/Windows/System32/nvcuda.dll"))
"""Files that exist if a GPU may be present, which the device `auto` depends on."""


def load(source: Path, device: str, stop: Stop, which: WeightsChoice | None) -> tuple[Predictor, list[Event]] | None:
    """Load the predictor of a run or an exported head, with the events of loading it; None if it is not in the cache.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        device: Device as the user named it.
        stop: Checked while photos are computed.
        which: The last or the best epoch of a run; None for its result.
    """
    if device not in ("auto", "cpu") or not is_supported() or (saved := head_arrays.read(source, which)) is None:
        return None
    try:
        content = artifacts.read(paths.cache_folder(), _key(saved))
        if content is None:
            return None
        about, blob = _unpack(content)
        if device == "auto" and not about["auto"]:
            return None
        backbone = saved.about.spec.backbone
        predictor = Predictor(
            catalog.preprocess_for(backbone),
            measuring.reading_of(saved.about.value_range),
            saved.about.classes,
            saved.about.target,
            saved.epoch,
            saved.head,
            OpenVinoRuntime(CompiledNetwork(blob, _streams(), stop)),
        )
    except Exception as error:  # after any error of the cached network, torch makes it again
        if is_out_of_memory(error):
            raise
        return None
    loading: list[Event] = [Stage("weights", f"Loading {catalog.find(backbone.name).name}")]
    return predictor, [*loading, *weight_notes.as_events(about["notes"])]


def save(
    source: Path, which: WeightsChoice | None, network: CompiledNetwork, notes: Iterable[Event], auto: bool
) -> None:
    """Store the compiled network of a run or an exported head, for `load`.

    Args:
        source: As in `load`.
        which: As in `load`.
        network: The compiled network.
        notes: Events of loading its weights.
        auto: True if it is valid for the device `auto`, too.
    """
    try:
        if (saved := head_arrays.read(source, which)) is None:
            return
        name = catalog.find(saved.about.spec.backbone.name).name
        about = {"auto": auto, "notes": weight_notes.to_rows(notes, name)}
        description: dict[str, object] = {"backbone": name, "cut": "compiled network"}
        artifacts.write(paths.cache_folder(), _key(saved), _pack(about, network.export()), description)
    except OSError:
        return
    except Exception as error:  # a prediction must not fail because of a cache that only speeds up the next one
        log.defect(error)


def _key(saved: SavedHead) -> str:
    """Key of everything that the rows of the network, and the device it is valid for, depend on.

    Raises:
        FileNotFoundError: The weights file does not exist.
    """
    spec = saved.about.spec
    network = spec.backbone.network  # the crop policy changes the photos, not the network
    file = catalog.weights_file(spec.backbone)
    if file is None and spec.backbone.weights != "none":
        raise FileNotFoundError(spec.backbone.name)
    steps = asdict(catalog.preprocess_for(network))
    readout = readouts.chosen(catalog.find(network.name), network).readout
    return artifacts.key(
        "compiled",
        form=VERSION,
        # The `repr` of the specs before they got more fields, so that stored networks stay valid.
        backbone=f"BackboneSpec(name={network.name!r}, weights={network.weights!r}, image_size={network.image_size!r})",
        seed=spec.train.seed if file is None else 0,
        preprocess=f"PreprocessSpec({', '.join(f'{key}={value!r}' for key, value in steps.items())})",
        weights=saved.about.weights_hash,
        file=artifacts.digest_of(file) if file is not None else "",
        moved=saved.moved,
        processor=_processor(),
        **({"readout": readout} if readout else {}),
        drivers=[str(file) for file in GPU_DRIVERS if file.exists()],
        devices=[os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")],
    )


def _processor() -> str:
    """Type of the processor, on Linux with its instruction sets."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        description = [line for line in lines if line.startswith(("model name", "flags"))][:2]
        return hashlib.blake2b("".join(description).encode(), digest_size=16).hexdigest()
    return f"{platform.machine()} {platform.processor()}"


def _streams() -> int:
    """Number of photos computed in parallel: the cores, but at most the threads that `OMP_NUM_THREADS` allows."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(allowed_cores(), int(threads))) if threads.isdecimal() else allowed_cores()


def _pack(about: dict[str, Any], blob: bytes) -> bytes:
    head = json.dumps(about).encode()
    return len(head).to_bytes(LENGTH_BYTES) + head + blob


def _unpack(content: bytes) -> tuple[dict[str, Any], bytes]:
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES])
    about: dict[str, Any] = json_text.loads(content[LENGTH_BYTES:end])
    return about, content[end:]
