"""Jobs on the feature cache: its size, its limit, emptying it."""

from __future__ import annotations

from studio.events import Events, Stage, Warned
from studio.jobs.protocol import Stop, Work
from studio.session import settings
from studio.system import paths


def cache(limit_gb: float | None = None, clear: bool = False) -> Work:
    """List the content of the feature cache, after setting its limit and emptying it if requested."""

    def work(_stop: Stop) -> Events:
        from studio.engine.cache import eviction

        if limit_gb is not None:
            settings.save_cache_limit(limit_gb)
        yield Stage("cache", "Reading the cache")
        root, limit = paths.cache_folder(), paths.cache_limit()
        if clear:
            eviction.clear(root)
        elif limit_gb is not None:
            eviction.prune(root, limit)
        yield eviction.contents(root, limit)

    return work


def say_cache_folder() -> Events:
    """Warn if the cache's own folder cannot be written, and name the folder used instead."""
    if not paths.can_write(own := paths.own_cache_folder()):
        yield Warned(f"{own} cannot be written, so computed features are stored in {paths.cache_folder()}.")
