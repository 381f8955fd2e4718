"""`async-audit config`: what is configured, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from async_audit.console import say, write_utf8
from async_audit.options import (
    configuration,
    django_version_option,
    exclude_option,
    format_option,
    paths_argument,
    rule_options,
)


@click.command()
@paths_argument
@format_option(("text", "json"), "How the configuration is written.")
@django_version_option
@rule_options
@exclude_option
def command(paths: tuple[Path, ...], output_format: str, **given: Any) -> None:
    """Show the configuration for PATHS with these options, and where each value came from."""
    from async_audit.engine import root_of
    from async_audit.origins import effective

    root = root_of(list(paths) or [Path()])
    settings = effective(root, configuration(root, **given), given)
    if output_format == "json":
        from async_audit.reporters.documents import json_text

        write_utf8(json_text({each.key: {"value": each.value, "origin": each.origin} for each in settings}))
        return
    for each in settings:
        say(f"{each.key} = {_written(each.value)}\n    {_shown(each.origin)}")


def _written(value: Any) -> str:
    """A value on one line, nearly as TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(key)} = {_written(codes)}" for key, codes in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return f'"{_shown(value)}"' if value else '""'


def _shown(text: str) -> str:
    from async_audit.reporters.visible import visible

    return visible(text)
