"""The commands that start a server, in the text files that say how a project is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from async_audit.catalogue.load import Catalogue
from async_audit.catalogue.rows import Decides, Protocol
from async_audit.discovery import TextFile

_TARGET = re.compile(r"(?!unix:|fd:|tcp:|http)[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*(?:\(\))?)?")
_OUTSIDE_WORDS = re.compile(r"""["',\[\]]""")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_NO_ARGUMENT = re.compile(r"[=<>~!^({}@]|\d+(?:\.\d+)+$")
"""What follows the name of a package among the requirements of a project."""
_SEPARATORS = frozenset({"&&", "||", "|", ";", "&"})
_LIST_OF_WORDS = re.compile(r"^(?P<indent>\s*)(?:- )?(?:command|entrypoint|args|cmd):\s*$")
_LIST_ITEM = re.compile(r"^(?P<indent>\s*)-\s+(?P<item>.*)$")
_INI_MODULE = re.compile(r"^\s*(?:module|wsgi|wsgi-file|mount)\s*=\s*(?P<target>\S+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command, and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A command that serves an application. `target` is empty where the command does not name it."""

    server: str
    protocol: Protocol
    target: str
    path: str
    line: int


def server_commands(file: TextFile, kind: str, catalogue: Catalogue) -> Iterator[ServerCommand]:
    """The commands in a file that start a server whose protocol is known."""
    if kind == "uwsgi":
        yield from _uwsgi(file)
        return
    for command in commands(file):
        found = _server_command(file, command, catalogue)
        if found is not None:
            yield found
        for word in command:
            # A worker class may also stand in a variable that a command takes it from.
            name = word.text.rpartition("=")[2]
            if found is None and "." in name and catalogue.workers.get(name) is Protocol.ASGI:
                yield ServerCommand("gunicorn", Protocol.ASGI, "", file.relative, word.line)


def commands(file: TextFile) -> Iterator[tuple[Word, ...]]:
    """The commands of a file, word by word; what continues on the next line is one with it."""
    words: list[Word] = []
    indent: int | None = None
    for number, line in enumerate(file.lines, start=1):
        text = _COMMENT.sub("", line).rstrip()
        item = _LIST_ITEM.match(text)
        if indent is not None and item is not None and len(item["indent"]) >= indent:
            words.extend(_words(item["item"], number))
            continue
        if indent is not None:
            yield from _split(words)
            words, indent = [], None
        words.extend(_words(text.removesuffix("\\"), number))
        head = _LIST_OF_WORDS.match(text)
        if head is not None:
            indent = len(head["indent"])
        elif not text.endswith("\\"):
            yield from _split(words)
            words = []
    yield from _split(words)


def _words(text: str, line: int) -> Iterator[Word]:
    for word in _OUTSIDE_WORDS.sub(" ", text).split():
        bare = word.rstrip(";")
        if bare:
            yield Word(bare, line)
        if bare != word:
            yield Word(";", line)


def _split(words: list[Word]) -> Iterator[tuple[Word, ...]]:
    command: list[Word] = []
    for word in words:
        if word.text in _SEPARATORS:
            if command:
                yield tuple(command)
            command = []
        else:
            command.append(word)
    if command:
        yield tuple(command)


def _server_command(file: TextFile, command: tuple[Word, ...], catalogue: Catalogue) -> ServerCommand | None:
    for position, word in enumerate(command):
        if word.text in catalogue.no_commands:
            return None
        name = re.split(r"[/=]", word.text)[-1]
        decides = catalogue.servers.get(name)
        if decides is None:
            continue
        rest = [other.text for other in command[position + 1 :]]
        if not rest or _NO_ARGUMENT.match(rest[0]):
            continue
        target = _target(rest)
        protocol = _protocol(decides, target, rest, catalogue)
        if protocol is not None:
            return ServerCommand(name, protocol, target, file.relative, word.line)
    return None


def _target(rest: list[str]) -> str:
    """The application among the words of a command: `module:name`, or a module called by its protocol."""
    for before, word in zip(("", *rest), rest, strict=False):
        if _TARGET.fullmatch(word) and before != "--interface":
            module = word.partition(":")[0]
            if ":" in word or module.rpartition(".")[2] in {"asgi", "wsgi"}:
                return word
    return ""


def _protocol(decides: Decides, target: str, rest: list[str], catalogue: Catalogue) -> Protocol | None:
    """The protocol that a command speaks; none where that is not said."""
    match decides:
        case Decides.ASGI:
            return Protocol.WSGI if _option(rest, "--interface") == "wsgi" else Protocol.ASGI
        case Decides.WSGI:
            return Protocol.WSGI
        case Decides.INTERFACE:
            interface = _option(rest, "--interface")
            if interface.startswith("asgi"):
                return Protocol.ASGI
            return Protocol.WSGI if interface == "wsgi" else None
        case Decides.WORKER:
            worker = _option(rest, "--worker-class") or _option(rest, "-k")
            if worker:
                return catalogue.workers.get(worker)
            return Protocol.WSGI if target else None


def _option(rest: list[str], name: str) -> str:
    """The value of an option; empty where it is not given."""
    for position, word in enumerate(rest):
        if word == name:
            return rest[position + 1] if position + 1 < len(rest) else ""
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


def _uwsgi(file: TextFile) -> Iterator[ServerCommand]:
    for number, line in enumerate(file.lines, start=1):
        found = _INI_MODULE.match(line)
        if found is not None:
            target = found["target"].removesuffix(".py").replace("/", ".")
            yield ServerCommand("uwsgi", Protocol.WSGI, target, file.relative, number)
