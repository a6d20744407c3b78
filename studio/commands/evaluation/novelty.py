"""Stores with a run the features by which photos unlike its training photos are recognized."""

from __future__ import annotations

from pathlib import Path

from studio.events import Events, Warned
from studio.jobs.protocol import Interrupted, Stop
from studio.spec import UserError
from studio.system import log
from studio.system.failures import is_out_of_memory


def fit_after_training(run: Path, device: str, stop: Stop, data: str = "") -> Events:
    """Store the features that recognize unlike photos, after a run. Errors are warnings: the run is complete.

    Args:
        run: Folder of the run.
        device: Device to compute on.
        stop: Checked while photos are computed.
        data: Current folder of the photos; "" for that of the record.
    """
    from studio.engine.predict import novelty_fit

    try:
        yield from novelty_fit.fit(run, device, stop, data)
    except Interrupted:
        return
    except UserError as error:
        yield Warned(f"Photos unlike the training photos will not be recognized: {error.title}", error.hint)
    except Exception as error:
        if not is_out_of_memory(error):
            log.defect(error)
        yield Warned("Photos unlike the training photos will not be recognized.", f"{type(error).__name__}: {error}")
