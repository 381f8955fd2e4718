"""The command line: options in, text out; no analysis."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from async_audit._version import __version__
from async_audit.config import Config, ConfigError, parse_version, read_config
from async_audit.discovery import DiscoveryError
from async_audit.reporters.visible import encodable, visible

_INTERRUPTED = 130
"""128 and the signal's number, as shells have it."""
_READER_GONE = 141
_LONGEST_ERROR = 200


class _Guarded(click.Group):
    """Commands whose unforeseen end is an exit status and at most one line, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        except BrokenPipeError:
            _discard_output()
            sys.exit(_READER_GONE)
        except Exception as error:  # noqa: BLE001  (whatever it is, its user gets one line)
            _apologise(error)
            sys.exit(2)


def _discard_output() -> None:
    """Let what is still buffered go nowhere, so that Python does not complain when it exits."""
    # A stand-in for stdout may have no number.
    with Path(os.devnull).open("wb") as nowhere, suppress(OSError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _apologise(error: Exception) -> None:
    debugging = os.environ.get("ASYNC_AUDIT_DEBUG") == "1"
    if debugging:
        traceback.print_exc()
    what = " ".join(ascii(error).split())
    what = what if len(what) <= _LONGEST_ERROR else f"{what[:_LONGEST_ERROR]}..."
    hint = "" if debugging else " with what ASYNC_AUDIT_DEBUG=1 shows"
    click.echo(f"async-audit: internal error: {what}; this is a bug, please report it{hint}", err=True)


@click.group(cls=_Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="async-audit")
def main() -> None:
    """Find out whether a Django project's async code is right."""


def _codes(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for item in value for code in item.split(",") if code.strip())


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "concise", "json"]),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.option("--django-version", metavar="X.Y", help="Django's version, else found from the project.")
@click.option("--select", multiple=True, callback=_codes, metavar="CODES", help="Only these rules.")
@click.option("--extend-select", multiple=True, callback=_codes, metavar="CODES", help="Also these rules.")
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="Not these rules.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out these files.")
def scan(
    paths: tuple[Path, ...],
    output_format: str,
    django_version: str | None,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
) -> None:
    """Report what is wrong below PATHS (this folder, if none is given).

    Exit status: 0 nothing found, 1 something found, 2 could not run.
    """
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    targets = list(paths) or [Path()]
    notices: list[str] = []
    try:
        root = root_of(targets)
        config = _configured(root, django_version)
        config = replace(
            config,
            select=select or config.select,
            extend_select=(*config.extend_select, *extend_select),
            ignore=(*config.ignore, *ignore),
            exclude=(*config.exclude, *exclude),
        )
        with progress_bar() as progress:
            report = audit(targets, config, root=root, progress=progress, notice=notices.append)
    except (DiscoveryError, ConfigError) as error:
        _complain(str(error))
        sys.exit(2)
    for notice in notices:
        _complain(notice)
    if not report.files:
        sys.exit(2)
    _write(report, output_format)
    sys.exit(1 if report.failed else 0)


def _configured(root: Path, django_version: str | None) -> Config:
    config = read_config(root)
    if django_version:
        config = replace(config, django_version=parse_version(django_version, "--django-version"))
    return config


def _complain(message: str) -> None:
    click.echo(encodable(f"async-audit: {visible(message)}", sys.stderr.encoding), err=True)


def _say(text: str) -> None:
    click.echo(encodable(text, sys.stdout.encoding))


def _write(report: object, output_format: str) -> None:
    import importlib

    reporter = importlib.import_module(f"async_audit.reporters.{output_format}")
    if output_format == "text":
        reporter.show(report)
    elif output_format == "json":
        # Whatever the terminal's encoding, JSON is UTF-8; of a file name that is no text its escape is left.
        click.echo(reporter.render(report).encode(errors="backslashreplace"), nl=False)
    else:
        click.echo(encodable(reporter.render(report), sys.stdout.encoding), nl=False)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the verdicts are written.",
)
@click.option("--django-version", metavar="X.Y", help="Django's version, else found from the project.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out these files.")
def verdicts(
    paths: tuple[Path, ...], output_format: str, django_version: str | None, exclude: tuple[str, ...]
) -> None:
    """Tell for each asynchronous entry point below PATHS whether async adds anything there.

    Entry points are what a server, a channel layer, a task queue or a command runs: views, API operations,
    consumers, middleware, signal receivers, tasks and commands.

    Exit status: 0, whatever the verdicts are, and 2 where it could not run.
    """
    from async_audit.engine import audit, root_of
    from async_audit.progress import progress_bar

    targets = list(paths) or [Path()]
    try:
        root = root_of(targets)
        config = _configured(root, django_version)
        config = replace(config, exclude=(*config.exclude, *exclude))
        with progress_bar() as progress:
            report = audit(targets, config, root=root, progress=progress, notice=_complain)
    except (DiscoveryError, ConfigError) as error:
        _complain(str(error))
        sys.exit(2)
    if not report.files:
        sys.exit(2)
    _write(report, "verdicts" if output_format == "text" else output_format)


@main.command()
@click.argument("target")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="A folder of the project.")
@click.option("--django-version", metavar="X.Y", help="Django's version, else found from the project.")
def why(target: str, root: Path, django_version: str | None) -> None:
    """Show all that is believed of TARGET: a function's name, or FILE:LINE.

    Its effects with their chains, what it awaits, what its variables are, and what is not known.
    """
    from async_audit.engine import Audit, root_of
    from async_audit.explaining import explain
    from async_audit.reporters.evidence import render

    path, _, line = target.rpartition(":")
    start = Path(path) if line.isdigit() and Path(path).exists() else root
    try:
        top = root_of([start])
        config = _configured(top, django_version)
    except (DiscoveryError, ConfigError) as error:
        _complain(str(error))
        sys.exit(2)
    found = list(explain(Audit(top, config), target))
    if not found:
        _complain(f"{target}: no such function; write it as shop.views.checkout or FILE:LINE")
        sys.exit(2)
    _say("\n".join(render(evidence) for evidence in found))


@main.command()
@click.argument("name", required=False)
def rule(name: str | None) -> None:
    """Show the documentation of the rule NAME (its code or slug), or the table of all rules."""
    from async_audit.rulebook import rule_for, rules

    if name is None:
        for known in rules():
            off = "" if known.default else " (off by default)"
            _say(f"{known.code}  {known.severity.value:<8} {known.slug:<28} {known.summary}{off}")
        return
    found = rule_for(name)
    if found is None:
        _complain(f"there is no rule {name!r}; `async-audit rule` lists them")
        sys.exit(2)
    _say(f"# {found.code} {found.slug} ({found.severity.value})\n\n{found.documentation.strip()}")
