"""Output of `thaw project`."""

from __future__ import annotations

import argparse
import os
from typing import Any

from studio.cli import layer_table, progress
from studio.cli.options.specs import run_of
from studio.commands import runs
from studio.commands.automation import projects
from studio.events import ProjectOpened, RunsListed, Saved
from studio.formatting import run_code
from studio.formatting.numbers import many, plain
from studio.spec import UserError
from studio.spec.encoding.serialization import to_json
from studio.system.output import say, say_json


def project(options: argparse.Namespace) -> int:
    """Save, show or open a project."""
    if options.action == "save":
        return _save(options)
    restore = options.action == "open"
    events = progress.drain(projects.open_project(options.file, options.data, restore))
    opened = next(event for event in events if isinstance(event, ProjectOpened))
    if restore and opened.missing_folder:
        raise UserError(
            f"The photos of the project are not in {opened.missing_folder}.",
            "Say where they are now: --data FOLDER.",
            opened.missing_folder,
        )
    if options.json:
        say_json(document(opened))
        return 0
    _say(opened, restore)
    return 0


def document(opened: ProjectOpened) -> dict[str, Any]:
    """The JSON document of a project."""
    return {
        "file": opened.file,
        "folder": opened.spec.dataset.folder,
        "folder_found": not opened.missing_folder,
        "spec": to_json(opened.spec),
        "command": run_code.command(opened.spec),
        "runs": list(opened.runs),
        "missing_runs": list(opened.missing_runs),
        "missing_files": list(opened.missing_files),
        "shown": opened.shown,
        "choices_added": opened.choices,
        "choices_merged": opened.merged,
    }


def _say(opened: ProjectOpened, restore: bool) -> None:
    gone = " (not on this computer; --data says where they are now)" if opened.missing_folder else ""
    say(f"Photos: {opened.spec.dataset.folder}{gone}")
    missing = f", {len(opened.missing_runs)} more not on this computer" if opened.missing_runs else ""
    say(f"Runs: {len(opened.runs)}{missing}")
    for run in opened.runs:
        say(f"  {run}")
    for file in opened.missing_files:
        say(f"Not on this computer: {file}")
    if restore:
        how = " as one that can be undone" if opened.merged else ""
        say(f"Choices: {plain(many(opened.choices, 'entry', 'entries'))} added to the journal{how}")
    say(run_code.command(opened.spec))


def _save(options: argparse.Namespace) -> int:
    spec = run_of(options, layer_table.for_fine_tuning(options))
    chosen = options.runs
    if not chosen:
        listed = next(event for event in progress.drain(runs.list_runs()) if isinstance(event, RunsListed))
        here = os.path.realpath(spec.dataset.folder)
        chosen = [run.path for run in listed.runs if os.path.realpath(run.spec.dataset.folder) == here]
    events = progress.drain(projects.save(options.file, spec, chosen))
    file = next(event.path for event in events if isinstance(event, Saved))
    if options.json:
        say_json({"file": file, "runs": chosen})
    else:
        say(f"Project: {file}, {plain(many(len(chosen), 'run'))}")
    return 0
