"""What commands write: text to standard output, complaints to standard error, whatever their encodings."""

from __future__ import annotations

import sys

import click

from async_audit.reporters.visible import encodable, visible


def say(text: str) -> None:
    """Print `text` and a newline; what standard output cannot encode is escaped."""
    click.echo(encodable(text, sys.stdout.encoding))


def write(text: str) -> None:
    """Print `text` as it is; what standard output cannot encode is escaped."""
    click.echo(encodable(text, sys.stdout.encoding), nl=False)


def write_utf8(text: str) -> None:
    """Print `text` as UTF-8, whatever the terminal's encoding is.

    A file name that is no text is written with escapes.
    """
    click.echo(text.encode(errors="backslashreplace"), nl=False)


def complain(message: str) -> None:
    """Print one line about what went wrong on standard error, control characters escaped."""
    click.echo(encodable(f"async-audit: {visible(message)}", sys.stderr.encoding), err=True)
