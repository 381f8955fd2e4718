"""`async-audit cache`: what earlier runs kept."""

from __future__ import annotations

import sys

import click

from async_audit.console import complain, say
from async_audit.quantities import quantity


@click.group()
def command() -> None:
    """Tell where the cache is, or empty it."""


@command.command("dir")
def folder() -> None:
    """Print the folder of the cache."""
    from async_audit.cache import default_folder

    say(str(default_folder()))


@command.command()
def clean() -> None:
    """Remove everything from the cache."""
    from async_audit.cache import Cache, default_folder

    cache = Cache.open()
    if cache.folder is None:
        complain(f"{default_folder()}: this folder is no cache of yours, or others may write to it")
        sys.exit(2)
    count = cache.clean()
    say(f"removed {quantity(count, 'file')} from {cache.folder}")
