"""The options that several commands share, and the configuration that comes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from async_audit.config import Config, ConfigError, parse_codes, parse_version, read_config

_Command = TypeVar("_Command", bound=Callable[..., Any])


def paths_argument(command: _Command) -> _Command:
    """Give a command `paths`: the files and folders to audit, none for this folder."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))(command)


def format_option(formats: tuple[str, ...], about: str) -> Callable[[_Command], _Command]:
    """Give a command `output_format`: one of `formats`, the first of them if none is asked for."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=about,
    )


def django_version_option(command: _Command) -> _Command:
    """Give a command `django_version`: as text, `None` if it is not given."""
    return click.option(
        "--django-version", metavar="X.Y", help="Django's version, else found from the project."
    )(command)


def exclude_option(command: _Command) -> _Command:
    """Give a command `exclude`: patterns of files to leave out."""
    return click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out these files.")(command)


def cache_option(command: _Command) -> _Command:
    """Give a command `no_cache`: whether nothing of earlier runs is used, and nothing kept."""
    return click.option(
        "--no-cache", is_flag=True, help="Use nothing that earlier runs kept, and keep nothing."
    )(command)


def jobs_option(command: _Command) -> _Command:
    """Give a command `jobs`: how many processes it may use, 0 for one a core."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Use at most N processes, by default one for each core; 1 starts no other process ahead.",
    )(command)


def rule_options(command: _Command) -> _Command:
    """Give a command `select`, `extend_select` and `ignore`: codes or their beginnings."""
    options = (
        ("--select", "Only these rules."),
        ("--extend-select", "Also these rules."),
        ("--ignore", "Not these rules."),
    )
    # Decorators apply from the last to the first: the help lists them in this order.
    return reduce(
        lambda given, option: click.option(
            option[0], multiple=True, callback=_codes, metavar="CODES", help=option[1]
        )(given),
        reversed(options),
        command,
    )


def _codes(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return parse_codes(code for item in value for code in item.split(",") if code.strip())
    except ConfigError as error:
        raise click.BadParameter(str(error)) from error


def configuration(
    root: Path,
    *,
    django_version: str | None = None,
    select: tuple[str, ...] = (),
    extend_select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
) -> Config:
    """The project's configuration with what the options say. Raises `ConfigError`."""
    config = read_config(root)
    version = config.django_version
    if django_version:
        version = parse_version(django_version, "--django-version")
    return replace(
        config,
        django_version=version,
        select=select or config.select,
        extend_select=(*config.extend_select, *extend_select),
        ignore=(*config.ignore, *ignore),
        exclude=(*config.exclude, *exclude),
    )
