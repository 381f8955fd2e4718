"""The command line: options in, text out; no analysis."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from async_audit._version import __version__
from async_audit.config import Config, ConfigError, parse_version, read_config
from async_audit.discovery import DiscoveryError, project_root


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
@click.option(
    "--extend-select", multiple=True, callback=_codes, metavar="CODES", help="Also these rules."
)
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="Not these rules.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out these files.")
def scan(  # noqa: PLR0913  (one parameter an option)
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
    from async_audit.engine import audit  # noqa: PLC0415  (the parser is slow to import)

    targets = list(paths) or [Path()]
    try:
        config = _configured(targets[0], django_version)
        config = replace(
            config,
            select=select or config.select,
            extend_select=(*config.extend_select, *extend_select),
            ignore=(*config.ignore, *ignore),
            exclude=(*config.exclude, *exclude),
        )
        report = audit(targets, config)
    except (DiscoveryError, ConfigError) as error:
        click.echo(f"async-audit: {error}", err=True)
        sys.exit(2)
    _write(report, output_format)
    sys.exit(1 if report.failed else 0)


def _configured(target: Path, django_version: str | None) -> Config:
    if not target.exists():
        raise DiscoveryError(f"{target}: there is no such file or folder")
    config = read_config(project_root(target.resolve()))
    if django_version:
        config = replace(config, django_version=parse_version(django_version, "--django-version"))
    return config


def _write(report: object, output_format: str) -> None:
    import importlib  # noqa: PLC0415  (only the chosen format is imported)

    reporter = importlib.import_module(f"async_audit.reporters.{output_format}")
    if output_format == "text":
        reporter.show(report)
        return
    click.echo(reporter.render(report), nl=False)


@main.command()
@click.argument("name", required=False)
def rule(name: str | None) -> None:
    """Show the documentation of the rule NAME (its code or slug), or the table of all rules."""
    from async_audit.rulebook import rule_for, rules  # noqa: PLC0415  (as for scan)

    if name is None:
        for known in rules():
            off = "" if known.default else " (off by default)"
            click.echo(f"{known.code}  {known.severity.value:<8} {known.slug:<28} {known.summary}{off}")
        return
    found = rule_for(name)
    if found is None:
        click.echo(f"async-audit: there is no rule {name!r}; `async-audit rule` lists them", err=True)
        sys.exit(2)
    click.echo(f"# {found.code} {found.slug} ({found.severity.value})\n\n{found.documentation.strip()}")
