"""The reference of the command line, read from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import entry_points

import click

from scripts.documentation.markdown import spaced, table


def command_line_page() -> str:
    """A section for each command, with its usage, what it does and its options."""
    parts = [
        "# Command line",
        "`async-audit COMMAND --help` prints the same.",
        *(part for names, command in _commands() for part in _section(names, command)),
    ]
    return "\n\n".join(parts) + "\n"


def _commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command behind the installed `async-audit`, each with the words that call it."""
    (script,) = entry_points(group="console_scripts", name="async-audit")
    yield from _below(("async-audit",), script.load())


def _below(names: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _below((*names, name), inner)
    elif not command.hidden:
        yield names, command


def _section(names: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(names))
    yield f"## {' '.join(names)}"
    usage = " ".join((*names, *command.collect_usage_pieces(context)))
    yield f"`{usage}`"
    yield spaced(inspect.cleandoc(command.help or "").replace("\b\n", ""))
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    rows = [_row(option) for option in options if not option.hidden and option.name != "help"]
    if rows:
        yield table(("option", "meaning"), rows)


def _row(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag and not option.count:
        names += f" {option.metavar or _metavar(option)}"
    meaning = option.help or ""
    if isinstance(option.type, click.Choice):
        meaning += f" One of {', '.join(f'`{choice}`' for choice in option.type.choices)}."
    if option.show_default and option.default not in {None, ()}:
        meaning += f" Default: `{option.default}`."
    if option.multiple:
        meaning += " May be given more than once."
    return names, meaning.strip()


def _metavar(option: click.Option) -> str:
    return "CHOICE" if isinstance(option.type, click.Choice) else option.type.name.upper()
