"""Who serves the project: WSGI, ASGI or both, for web requests and for websockets, each with its evidence.

Commands say how a project is served, modules only how it could be: `startproject` writes an `asgi.py` and a
`wsgi.py` for everybody. What stands in tests, examples and documentation serves nobody, but is remembered.
"""

from __future__ import annotations

import enum
import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from async_audit.catalogue.rows import Protocol
from async_audit.mentions import Mention, mention
from async_audit.project.commands import ServerCommand, server_commands
from async_audit.project.interfaces import is_test_module
from async_audit.project.setting_lists import setting_list
from async_audit.syntax.facts import Assign, Evaluate, Import

if TYPE_CHECKING:
    from async_audit.discovery import SourceFile, TextFile
    from async_audit.project.program import Program

_ASGI_ENTRY = mention(
    rb"\bget_asgi_application\s*\(|\bASGIHandler\s*\(|\bProtocolTypeRouter\s*\(",
    b"get_asgi_application",
    b"ASGIHandler",
    b"ProtocolTypeRouter",
)
_WSGI_ENTRY = mention(
    rb"\bget_wsgi_application\s*\(|\bWSGIHandler\s*\(", b"get_wsgi_application", b"WSGIHandler"
)
_ROUTER = mention(rb"\bProtocolTypeRouter\s*\(", b"ProtocolTypeRouter")
_HTTP_ROUTE = mention(rb"""["']http["']\s*:""", b"http")
_ASGI_CODE = mention(
    rb"\buvicorn\.(?:run|Server)\s*\(|\bhypercorn\.asyncio\b|\bdaphne\.server\b|\bGranian\s*\(",
    b"uvicorn",
    b"hypercorn",
    b"daphne",
    b"Granian",
)
_WSGI_CODE = mention(
    rb"\bwaitress\b.*\bserve\b|\bcheroot\.wsgi\b|\bgunicorn\.app\.(?:base|wsgiapp)\b",
    b"waitress",
    b"cheroot",
    b"gunicorn",
)
_WORKER_CLASS = mention(
    rb"""^\s*worker_class\s*(?::\s*\w+\s*)?=\s*["']([\w.]+)["']""", b"worker_class", flags=re.MULTILINE
)
_SERVED = mention(
    rb"sgi_application|SGIHandler|ProtocolTypeRouter|corn|daphne|Granian|waitress|cheroot|worker_class",
    b"sgi_application",
    b"SGIHandler",
    b"ProtocolTypeRouter",
    b"corn",
    b"daphne",
    b"Granian",
    b"waitress",
    b"cheroot",
    b"worker_class",
)
"""What has one of the above has one of these, and most files have none."""
_TESTS = frozenset({"test", "tests", "testing"})
_ASIDE = _TESTS | {"example", "examples", "doc", "docs", "sandbox", "demo", "project_template"}
_PLAIN_IMPORTS = frozenset({"os", "sys", "pathlib", "django", "dotenv", "environ", "__future__"})


class Origin(enum.Enum):
    """What kind of place a fact about serving was read in: the first two say what is served."""

    COMMAND = "command"
    CODE = "code"
    SETTING = "setting"
    ENTRY = "entry module"
    TEMPLATE = "entry module as startproject writes it"


class Serving(enum.Enum):
    """By which protocols requests reach the project."""

    WSGI = "WSGI"
    ASGI = "ASGI"
    BOTH = "WSGI and ASGI"
    UNKNOWN = "unknown"


_CONFIGURED = {"asgi": Serving.ASGI, "wsgi": Serving.WSGI, "both": Serving.BOTH}


@dataclass(frozen=True, slots=True)
class ServingFact:
    """One sign of how the project is served, and where it was read.

    `is_http`: web requests, not only websockets. `is_django`: it is known to serve Django. `is_aside`: it
    stands in tests, examples or documentation. `server` is the server's name where it is known.
    """

    protocol: Protocol
    origin: Origin
    path: str
    line: int
    note: str
    is_http: bool = True
    is_django: bool = True
    is_aside: bool = False
    server: str = ""


@dataclass(frozen=True)
class Deployment:
    """Everything that was read about who serves the project."""

    facts: tuple[ServingFact, ...]
    configured: Serving = Serving.UNKNOWN

    @cached_property
    def http(self) -> Serving:
        """Who serves web requests: whom the configuration names, else whom the evidence does.

        Commands outrank what could be served; two bare entries say nothing.
        """
        if self.configured is not Serving.UNKNOWN:
            return self.configured
        own = [fact for fact in self.facts if fact.is_django and fact.is_http and not fact.is_aside]
        run = {fact.protocol for fact in own if fact.origin in (Origin.COMMAND, Origin.CODE)}
        meant = {fact.protocol for fact in own if fact.origin in (Origin.SETTING, Origin.ENTRY)}
        if run:
            return _serving(run | (meant & {Protocol.ASGI}))
        possible = {fact.protocol for fact in own}
        if len(possible) > 1 and Protocol.ASGI not in meant:
            return Serving.UNKNOWN
        return _serving(possible)

    @cached_property
    def surely(self) -> Serving:
        """Who serves web requests; WSGI alone only where nothing speaks of ASGI."""
        is_open = self.http is Serving.WSGI and self.configured is Serving.UNKNOWN and self.wsgi_only is None
        return Serving.UNKNOWN if is_open else self.http

    @cached_property
    def websockets(self) -> Serving:
        """Who serves websockets: ASGI or, as far as is known, nobody."""
        is_served = any(fact.protocol is Protocol.ASGI and not fact.is_aside for fact in self.facts)
        return Serving.ASGI if is_served else Serving.UNKNOWN

    @cached_property
    def wsgi_only(self) -> ServingFact | None:
        """The best evidence that nothing but WSGI serves web requests; none where anything says ASGI of them.

        An `asgi.py` as `startproject` writes it speaks of nothing once a command says who serves.
        """
        if self.http is not Serving.WSGI:
            return None
        asgi = [fact for fact in self.facts if fact.protocol is Protocol.ASGI and fact.is_http]
        is_contradicted = any(fact.origin is not Origin.TEMPLATE for fact in asgi)
        if is_contradicted and self.configured is Serving.UNKNOWN:
            return None
        return next(iter(self.evidence(Protocol.WSGI)), None)

    def evidence(self, protocol: Protocol) -> tuple[ServingFact, ...]:
        """The facts that speak for a protocol, the strongest first."""
        rank = list(Origin)
        own = (fact for fact in self.facts if fact.protocol is protocol and not fact.is_aside)
        return tuple(
            sorted(own, key=lambda fact: (not fact.is_django, rank.index(fact.origin), fact.path, fact.line))
        )


def _serving(protocols: set[Protocol]) -> Serving:
    if len(protocols) > 1:
        return Serving.BOTH
    if not protocols:
        return Serving.UNKNOWN
    return Serving.ASGI if Protocol.ASGI in protocols else Serving.WSGI


def deployment(program: Program) -> Deployment:
    """Who serves the project, from its modules, settings and deployment files."""
    served = [file for file in program.files if file.mentions(_SERVED)]
    entries = [fact for file in served for fact in _of_python(program, file)]
    asgi = [fact for fact in entries if fact.protocol is Protocol.ASGI and fact.origin is not Origin.CODE]
    http_paths = {fact.path for fact in asgi if fact.is_http}
    only_websockets = bool(asgi) and not http_paths
    facts = [
        *(fact for file in program.texts for fact in _of_text(program, file, only_websockets)),
        *_of_settings(program, only_websockets=only_websockets),
        *entries,
    ]
    return Deployment(tuple(facts), _CONFIGURED.get(program.served_by, Serving.UNKNOWN))


def is_aside(path: str) -> bool:
    """Whether a file belongs to tests, examples or documentation, by the folders it is in and by its name."""
    *folders, name = path.split("/")
    parts = re.split(r"[._-]", name)
    return is_test_module(path) or not _ASIDE.isdisjoint(folders) or not _TESTS.isdisjoint(parts)


def _of_text(program: Program, file: TextFile, only_websockets: bool) -> Iterator[ServingFact]:  # noqa: FBT001
    name = file.relative.rpartition("/")[2]
    for kind in program.catalogue.deployment_files:
        if kind.kind == "environment" or not any(fnmatch.fnmatch(name, pattern) for pattern in kind.names):
            continue
        for command in server_commands(file, kind.kind, program.catalogue):
            yield ServingFact(
                command.protocol,
                Origin.COMMAND,
                command.path,
                command.line,
                f"`{command.server}` is started" + (f" with `{command.target}`" if command.target else ""),
                is_http=not (only_websockets and command.protocol is Protocol.ASGI),
                is_django=_serves_django(program, command),
                is_aside=is_aside(file.relative),
                server=_server(command),
            )
        return


def _server(command: ServerCommand) -> str:
    """The server in words; gunicorn speaks ASGI through workers of another one."""
    if command.server == "gunicorn" and command.protocol is Protocol.ASGI:
        return "gunicorn with ASGI workers"
    return command.server


def _serves_django(program: Program, command: ServerCommand) -> bool:
    """Whether the target of a command is Django's, by what its module calls or by the name of the module."""
    module = command.target.partition(":")[0]
    if not module:
        return False
    file = program.modules.find(module, "")
    if file is None:
        return module.rpartition(".")[2] == command.protocol.value
    pattern = _ASGI_ENTRY if command.protocol is Protocol.ASGI else _WSGI_ENTRY
    return file.mentions(pattern)


def _of_settings(program: Program, *, only_websockets: bool) -> Iterator[ServingFact]:
    found = program.settings.expression("ASGI_APPLICATION")
    if found is not None and program.settings.text("ASGI_APPLICATION"):
        path, expr = found
        note = "the settings name an ASGI application"
        yield ServingFact(
            Protocol.ASGI,
            Origin.SETTING,
            path,
            _line(program, path, expr.start),
            note,
            is_http=not only_websockets,
            is_aside=is_aside(path),
        )
    apps = setting_list(program, "INSTALLED_APPS")
    if apps is not None and any(entry.name == "daphne" for entry in apps.entries):
        line = _line(program, apps.path, apps.start)
        note = "`daphne` is among the installed apps"
        yield ServingFact(Protocol.ASGI, Origin.SETTING, apps.path, line, note, is_aside=is_aside(apps.path))


def _line(program: Program, path: str, offset: int) -> int:
    facts = program.modules.readable(path)
    return facts.line_and_column(offset)[0] if facts is not None else 1


def _of_python(program: Program, file: SourceFile) -> Iterator[ServingFact]:
    """What one Python file says: which applications it makes, which servers and workers it starts."""
    path, aside = file.relative, is_aside(file.relative)
    for protocol, pattern in ((Protocol.ASGI, _ASGI_ENTRY), (Protocol.WSGI, _WSGI_ENTRY)):
        line = _line_of(file, pattern)
        if line:
            is_http = not file.mentions(_ROUTER) or file.mentions(_HTTP_ROUTE)
            origin = Origin.TEMPLATE if _is_plain(program, path) else Origin.ENTRY
            note = f"this module makes {'an ASGI' if protocol is Protocol.ASGI else 'a WSGI'} application"
            yield ServingFact(protocol, origin, path, line, note, is_http=is_http, is_aside=aside)
    for protocol, pattern, entry in (
        (Protocol.ASGI, _ASGI_CODE, _ASGI_ENTRY),
        (Protocol.WSGI, _WSGI_CODE, _WSGI_ENTRY),
    ):
        line = _line_of(file, pattern)
        if line:
            note = f"this module starts {'an ASGI' if protocol is Protocol.ASGI else 'a WSGI'} server"
            serves_django = file.mentions(entry)
            yield ServingFact(
                protocol,
                Origin.CODE,
                path,
                line,
                note,
                is_django=serves_django,
                is_aside=aside,
                server=_started(program, file, pattern),
            )
    line = _line_of(file, _WORKER_CLASS)
    if line:
        found = _WORKER_CLASS.search(file.content)
        worker = found[1].decode() if found is not None else ""
        if program.catalogue.workers.get(worker) is Protocol.ASGI:
            yield ServingFact(
                Protocol.ASGI,
                Origin.COMMAND,
                path,
                line,
                f"gunicorn's workers are `{worker}`",
                is_aside=aside,
                server="gunicorn with ASGI workers",
            )


def _started(program: Program, file: SourceFile, pattern: Mention) -> str:
    """The server that a pattern for starting one found in a file."""
    found = pattern.search(file.content)
    words = re.findall(r"[a-z]+", found[0].decode().lower()) if found is not None else []
    return next((name for name in program.catalogue.servers if name.partition("-")[0] in words), "")


def _line_of(file: SourceFile, pattern: Mention) -> int:
    """The line of the first match in a file; 0 where there is none."""
    try:
        found = pattern.search(file.content)
    except OSError:
        return 0
    return file.content.count(b"\n", 0, found.start()) + 1 if found is not None else 0


def _is_plain(program: Program, path: str) -> bool:
    """Whether an entry module does no more than the one that `startproject` writes."""
    facts = program.modules.readable(path)
    if facts is None:
        return False
    for statement in facts.body:
        match statement:
            case Import(module=module, level=0) if module.partition(".")[0] in _PLAIN_IMPORTS:
                pass
            case Evaluate() | Assign():
                pass
            case _:
                return False
    return sum(isinstance(statement, Assign) for statement in facts.body) == 1
