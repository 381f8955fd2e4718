"""The program: everything that is known of a project without evaluating a function body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from async_audit.catalogue.load import Catalogue, Version
from async_audit.catalogue.rows import Action
from async_audit.discovery import SourceFile, TextFile
from async_audit.mentions import mention
from async_audit.parsing import Parse, parse_file
from async_audit.project.authenticators import Authenticators
from async_audit.project.classes import Classes
from async_audit.project.databases import database_options
from async_audit.project.deployment import Deployment, Serving, deployment, is_aside
from async_audit.project.environment import GUARD, Variable, unguarded_tests, variables
from async_audit.project.installed import Installed
from async_audit.project.interfaces import is_test_module
from async_audit.project.middleware import Chain, chain
from async_audit.project.modules import Modules
from async_audit.project.names import Names
from async_audit.project.orm import Models
from async_audit.project.overriding import Subclasses
from async_audit.project.queues import TaskQueue, task_queue
from async_audit.project.reassigned import Reassigned
from async_audit.project.receivers import Receivers
from async_audit.project.registrations import Registration, registrations
from async_audit.project.routes import Routing, routing
from async_audit.project.setting_values import SettingValue, setting_value
from async_audit.project.settings import Settings
from async_audit.project.templates import Templates
from async_audit.project.websocket_stack import ScopeSession, scope_session
from async_audit.syntax.facts import Import, ModuleFacts


@dataclass
class Program:
    """The read-only view of one project for one Django version."""

    files: list[SourceFile]
    catalogue: Catalogue
    django: Version
    read_texts: Callable[[], list[TextFile]] = list
    installed: Installed = field(default_factory=Installed)
    parse: Parse = parse_file
    served_by: str = ""
    modules: Modules = field(init=False)
    names: Names = field(init=False)
    classes: Classes = field(init=False)
    settings: Settings = field(init=False)
    models: Models = field(init=False)
    templates: Templates = field(init=False)
    receivers: Receivers = field(init=False)
    authenticators: Authenticators = field(init=False)
    subclasses: Subclasses = field(init=False)
    reassigned: Reassigned = field(init=False)
    _called: dict[str, bool] = field(init=False, default_factory=dict)
    _values: dict[tuple[str, ...], SettingValue] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.modules = Modules(self.files, self.parse)
        self.names = Names(self.modules)
        self.classes = Classes(self.modules, self.names, self.catalogue)
        self.settings = Settings(self.modules, self.names, self.classes)
        self.models = Models(self.modules, self.classes, self.settings, self.catalogue)
        self.templates = Templates(self.files)
        self.receivers = Receivers(self.modules, self.classes)
        self.authenticators = Authenticators(self.files)
        self.subclasses = Subclasses(self.modules, self.classes)
        self.reassigned = Reassigned(self.modules, self.subclasses)

    def setting(self, name: str, *keys: str) -> SettingValue:
        """What `NAME[key][key]` of the settings may be."""
        asked = (name, *keys)
        known = self._values.get(asked)
        if known is None:
            known = self._values[asked] = setting_value(self, name, *keys)
        return known

    def is_access_check(self, name: str) -> bool:
        """Whether a function is by its name asked whether somebody may do something."""
        bare = name.lstrip("_").removeprefix("a")
        prefixes = self.catalogue.access_checks
        return name.lstrip("_").startswith(prefixes) or bare.startswith(prefixes)

    def is_called_somewhere(self, name: str) -> bool:
        """Whether some file of the project calls a function of that name."""
        known = self._called.get(name)
        if known is None:
            word = name.encode()
            called = mention(rb"(?<!def )(?<![\w])" + re.escape(word) + rb"\s*\(", word)
            known = self._called[name] = any(file.mentions(called) for file in self.files)
        return known

    def is_awaited_somewhere(self, name: str) -> bool:
        """Whether some file awaits the result of calling a function of that name."""
        word = name.encode()
        awaited = mention(rb"\bawait\s+(?:[\w.]+\.)?" + re.escape(word) + rb"\s*\(", word)
        return any(file.mentions(awaited) for file in self.files)

    def imports_other_framework(self, path: str) -> bool:
        """Whether the module at `path` imports a web framework whose requests are not Django's."""
        return self._imports(path, frozenset({"other framework", "framework of coroutines"}))

    def imports_framework_of_coroutines(self, path: str) -> bool:
        """Whether the module at `path` imports one that has no threads for plain functions."""
        return self._imports(path, frozenset({"framework of coroutines"}))

    def modules_naming(self, packages: frozenset[str]) -> Iterator[ModuleFacts]:
        """The modules but for tests in which the name of a package stands; most files are spared a parse."""
        words = [name.encode() for name in sorted(packages)]
        named = mention(rb"\b(?:" + b"|".join(words) + rb")\b", *words)
        for file in self.files:
            if not is_test_module(file.relative) and file.mentions(named):
                facts = self.modules.readable(file.relative)
                if facts is not None:
                    yield facts

    def _imports(self, path: str, meanings: frozenset[str]) -> bool:
        facts = self.modules.readable(path)
        return facts is not None and any(
            self.catalogue.specials.get(name) in meanings
            for statements in facts.bindings.values()
            for imported in statements
            if isinstance(imported, Import) and not imported.level
            for name in _packages(imported)
        )

    @cached_property
    def serves_asgi_only(self) -> bool:
        """Whether web requests reach the project through ASGI alone, as far as is known."""
        return self.deployment.http is Serving.ASGI

    @cached_property
    def scope_session(self) -> ScopeSession:
        """What is known of the session of a websocket consumer where it begins."""
        return scope_session(self)

    @cached_property
    def texts(self) -> tuple[TextFile, ...]:
        """The files that are no Python and say how the project is run."""
        return tuple(self.read_texts())

    @cached_property
    def guard_variables(self) -> tuple[Variable, ...]:
        """Where the project sets the variable that switches off Django's guard of coroutines."""
        return tuple(variables(self, GUARD))

    @cached_property
    def unguarded_tests(self) -> tuple[str, ...]:
        """The starts of the paths of tests in which synchronous database calls raise nothing."""
        return unguarded_tests(self)

    @cached_property
    def deployment(self) -> Deployment:
        """Who serves the project."""
        return deployment(self)

    @cached_property
    def middleware(self) -> Chain | None:
        """The middleware chain, where the settings say it."""
        return chain(self)

    @cached_property
    def routes(self) -> dict[str, tuple[str, ...]]:
        """Every view that a URL configuration names, by qualified name, with its routes."""
        return self.routing.views

    @cached_property
    def routing(self) -> Routing:
        """Where requests go, by URL configurations and routers."""
        return routing(self)

    @cached_property
    def registrations(self) -> dict[str, tuple[Registration, ...]]:
        """What the project hands to other web frameworks, by the qualified name of the function."""
        return registrations(self)

    @cached_property
    def opens_transactions(self) -> bool:
        """Whether a setting opens a transaction for each request, which refuses coroutines."""
        return any(
            option.value and not option.is_fallback and not is_aside(option.path)
            for option in database_options(self, "ATOMIC_REQUESTS")
        )

    @cached_property
    def task_queue(self) -> TaskQueue | None:
        """The task queue that the project has."""
        return task_queue(self)

    @cached_property
    def coroutine_names(self) -> frozenset[str]:
        """Last names under which a call may give a coroutine: the project's own and Django's `a…` methods."""
        own = (name for file in self.files for name in file.coroutine_names)
        tables = (self.catalogue.queryset, self.catalogue.related, self.catalogue.instance)
        twins = (name for table in tables for name, row in table.items() if row.action is Action.TWIN)
        methods = (name for (_, name), row in self.catalogue.methods.items() if row.awaitable)
        functions = (name.rpartition(".")[2] for name, row in self.catalogue.calls.items() if row.awaitable)
        return frozenset((*own, *twins, *methods, *functions))


def _packages(imported: Import) -> tuple[str, str]:
    """What an import is looked up by: the top package, and the name below it as in `aiohttp.web`."""
    parts = f"{imported.module}.{imported.member}".split(".")
    return parts[0], ".".join(parts[:2])
