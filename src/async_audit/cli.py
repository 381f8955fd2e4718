"""The command line: `async_audit.commands`, each loaded when it is asked for, and how they end."""

from __future__ import annotations

import difflib
import importlib
import os
import pkgutil
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from async_audit import commands
from async_audit.console import complain, say
from async_audit.errors import InputError

_SIGNALLED = 128
"""What shells add to the number of the signal that ended a command."""
_INTERRUPTED = 130
_READER_GONE = 141
_LONGEST_ERROR = 200


class Commands(click.Group):
    """The modules of `async_audit.commands`; an unforeseen end is one line and a status, no traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help."""
        del ctx
        return sorted(info.name for info in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported by now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"async_audit.commands.{cmd_name}")
        found: click.Command = module.command
        found.name = cmd_name
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for. Raises `UsageError`, which says what else may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if Path(args[0]).exists():
                raise click.UsageError(f"{error.message} Is it `async-audit scan {args[0]}`?", ctx) from error
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if close and "Did you mean" not in error.message:
                raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from error
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            try:
                with _ending_when_terminated():
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
        except InputError as error:
            complain(str(error))
            sys.exit(2)
        except Exception as error:  # noqa: BLE001  (whatever it is, its user gets one line)
            _apologise(error)
            sys.exit(2)


@contextmanager
def _ending_when_terminated() -> Iterator[None]:
    """SIGTERM ends the command as an exception does: what was begun is undone, nothing is half-written."""
    # A signal can be handled in the main thread alone, and whoever runs commands in another one decides.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_SIGNALLED + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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


def _show_versions(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001  (click's)
    if not value or context.resilient_parsing:
        return
    from async_audit.versions import versions  # noqa: PLC0415  (asks for installed packages)

    say(versions())
    context.exit()


def _explain(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is None or context.resilient_parsing:
        return
    from async_audit.commands.rule import command  # noqa: PLC0415  (a command as any other)

    context.invoke(command, name=value)
    context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_versions,
    help="Show the versions of what matters, and exit.",
)
@click.option(
    "--explain",
    metavar="CODE",
    is_eager=True,
    expose_value=False,
    callback=_explain,
    help="Show the documentation of a rule, as the command `rule` does, and exit.",
)
def main() -> None:
    """Find out whether a Django project's async code is right."""
