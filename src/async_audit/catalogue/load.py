"""The tables, read from `catalogue/data/*.toml`, checked and indexed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import tomli

from async_audit.catalogue.rows import (
    Action,
    Background,
    CallbackRow,
    CallRow,
    Decides,
    DelegateRow,
    DeploymentFiles,
    Does,
    EntryMethods,
    FieldRow,
    HookRow,
    HttpMethods,
    InterfaceRow,
    MiddlewareRow,
    ModelRow,
    OrderFree,
    OrmRow,
    Protocol,
    QueueRow,
    Registers,
    TypeRow,
    ViewsetAction,
    WrapperRow,
)
from async_audit.row_forms import UserRow

Version: TypeAlias = "tuple[int, int]"
Table: TypeAlias = "dict[str, Any]"


@dataclass(slots=True)
class Catalogue:
    """Every table, indexed by name. Type names are canonical; `canonical` maps their other spellings.

    `own` are the names that the user's rows speak of, `Class.method` for methods.
    """

    calls: dict[str, CallRow] = field(default_factory=dict)
    types: dict[str, TypeRow] = field(default_factory=dict)
    methods: dict[tuple[str, str], CallRow] = field(default_factory=dict)
    queryset: dict[str, OrmRow] = field(default_factory=dict)
    related: dict[str, OrmRow] = field(default_factory=dict)
    instance: dict[str, OrmRow] = field(default_factory=dict)
    fields: dict[str, FieldRow] = field(default_factory=dict)
    models: dict[str, ModelRow] = field(default_factory=dict)
    wrappers: dict[str, WrapperRow] = field(default_factory=dict)
    interfaces: dict[str, InterfaceRow] = field(default_factory=dict)
    specials: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    handlers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    loop_hooks: frozenset[str] = frozenset()
    access_checks: tuple[str, ...] = ()
    middleware: dict[str, tuple[MiddlewareRow, ...]] = field(default_factory=dict)
    servers: dict[str, Decides] = field(default_factory=dict)
    workers: dict[str, Protocol] = field(default_factory=dict)
    no_commands: frozenset[str] = frozenset()
    deployment_files: tuple[DeploymentFiles, ...] = ()
    entry_methods: tuple[EntryMethods, ...] = ()
    registers: tuple[Registers, ...] = ()
    viewset_actions: dict[str, ViewsetAction] = field(default_factory=dict)
    http_methods: dict[str, HttpMethods] = field(default_factory=dict)
    order_free: OrderFree = field(default_factory=OrderFree)
    background: Background = field(default_factory=Background)
    quiet: frozenset[str] = frozenset()
    """Packages that wait for nothing of their own."""
    view_hooks: dict[str, HookRow] = field(default_factory=dict)
    view_delegates: tuple[DelegateRow, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    libraries: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    backends: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)
    """Context managers of one kind alone, and which it is: `asynchronous` or `synchronous`."""
    plain: frozenset[tuple[str, str]] = frozenset()
    """Methods that surely give no awaitable, by class and name."""
    callbacks: dict[str, CallbackRow] = field(default_factory=dict)
    """What runs a plain function that it is given, methods as `Class.method`."""

    def canonical(self, name: str) -> str:
        """The name under which the tables know `name`, which may be imported from several places."""
        return self.aliases.get(name, name)

    def packages(self, means: str) -> frozenset[str]:
        """The top-level packages of everything that has this special meaning."""
        return frozenset(
            name.partition(".")[0] for name, special in self.specials.items() if special == means
        )

    def last_names(self, means: str) -> frozenset[str]:
        """The last names of everything that has this special meaning."""
        return frozenset(
            name.rpartition(".")[2] for name, special in self.specials.items() if special == means
        )

    def is_quiet(self, name: str) -> bool:
        """Whether nothing of the package of `name` needs a running event loop, as far as a table says so."""
        package = name.partition(".")[0]
        is_python = package in sys.stdlib_module_names and package != "asyncio"
        return is_python or package == "django" or package in self.quiet

    def knows(self, name: str) -> bool:
        """Whether a table says, or Python's documentation, what calls of the package of `name` wait for."""
        package = name.partition(".")[0]
        return package in self.libraries or package in self.quiet or package in sys.stdlib_module_names

    def bases(self, name: str) -> tuple[str, ...]:
        """The library class itself and all catalogued bases, nearest first."""
        order: dict[str, None] = {}
        pending = [self.canonical(name)]
        while pending:
            current = pending.pop(0)
            if current in order:
                continue
            order[current] = None
            row = self.types.get(current)
            if row is not None:
                pending.extend(self.canonical(base) for base in row.bases)
        return tuple(order)

    def derives(self, name: str, base: str) -> bool:
        """Whether the library class is `base` or inherits from it."""
        return base in self.bases(name)

    def method(self, cls: str, name: str) -> CallRow | None:
        """The row of a method, own or inherited; a row for `*` answers for every other name."""
        for base in self.bases(cls):
            row = self.methods.get((base, name)) or self.methods.get((base, "*"))
            if row is not None:
                return row
        return None

    def takes_callback(self, cls: str, name: str) -> CallbackRow | None:
        """The row of a method, own or inherited, that runs a plain function which it is given."""
        found = (self.callbacks.get(f"{base}.{name}") for base in self.bases(cls))
        return next((row for row in found if row is not None), None)


class CatalogueError(Exception):
    """A table that is not well-formed: names the file and the row."""


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """The catalogue that comes with the package. Raises `CatalogueError` where a table is malformed."""
    catalogue = Catalogue()
    libraries: set[str] = set()
    for entry in sorted(files(__package__).joinpath("data").iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            table = tomli.loads(entry.read_text(encoding="utf-8"))
            try:
                _add(catalogue, table)
            except (KeyError, ValueError, TypeError) as error:
                message = f"{entry.name}: malformed row: {error!r}"
                raise CatalogueError(message) from error
    libraries.update(name.partition(".")[0] for name in catalogue.calls)
    libraries.update(name.partition(".")[0] for name in catalogue.types)
    catalogue.libraries = frozenset(libraries)
    return catalogue


def extended(catalogue: Catalogue, rows: tuple[UserRow, ...]) -> Catalogue:
    """The catalogue with a user's rows, which replace those of the same names."""
    if not rows:
        return catalogue
    more = replace(catalogue)
    for entry in fields(catalogue):
        table = getattr(catalogue, entry.name)
        if isinstance(table, dict):
            setattr(more, entry.name, dict(table))
    more.own = frozenset(name for row in rows for name in row.tells)
    more.libraries |= frozenset(name.partition(".")[0] for row in rows for name in row.names)
    for row in rows:
        _add(more, {row.table: [dict(row.fields)]})
    return more


def _add(catalogue: Catalogue, table: Table) -> None:
    library = table.get("library", {})
    source = str(library.get("source", ""))
    near = bool(library.get("near"))
    for row in table.get("alias", ()):
        for name in row["names"]:
            catalogue.aliases[name] = row["of"]
    for row in table.get("type", ()):
        names = row["names"]
        catalogue.types[names[0]] = TypeRow(names[0], tuple(row.get("bases", ())))
        for other in names[1:]:
            catalogue.aliases[other] = names[0]
    for row in table.get("call", ()):
        for name in row["names"]:
            catalogue.calls[name] = _call_row(row, name, source, near=near)
    for row in table.get("method", ()):
        for name in row["names"]:
            catalogue.methods[row["of"], name] = _call_row(row, name, source, near=near)
    for kind in ("queryset", "related", "instance"):
        index: dict[str, OrmRow] = getattr(catalogue, kind)
        for row in table.get(kind, ()):
            index.update((orm_row.name, orm_row) for orm_row in _orm_rows(row))
    _add_declarations(catalogue, table)
    _add_conventions(catalogue, table)
    _add_kinds(catalogue, table)
    _add_stack(catalogue, table)
    _add_entry_points(catalogue, table)
    _add_background(catalogue.background, table)


def _add_declarations(catalogue: Catalogue, table: Table) -> None:
    for row in table.get("field", ()):
        for name in row["names"]:
            catalogue.fields[name] = FieldRow(name, row["relation"])
    for row in table.get("model", ()):
        fields = tuple((f["name"], f["relation"], f["target"]) for f in row.get("fields", ()))
        unique = frozenset(f["name"] for f in row.get("fields", ()) if f.get("unique"))
        catalogue.models[row["name"]] = ModelRow(
            row["name"], tuple(row.get("bases", ())), fields, unique, row.get("manager", "")
        )
    for row in table.get("wrapper", ()):
        for name in row["names"]:
            catalogue.wrappers[name] = WrapperRow(
                name,
                _version(row.get("coroutines_since", "99.0")),
                _version(row.get("on_methods_since", "99.0")),
                row.get("touches_response", True),
            )
    for row in table.get("interface", ()):
        for name in row["names"]:
            methods = tuple(row.get("methods", ()))
            catalogue.interfaces[name] = InterfaceRow(name, methods, row.get("awaits", True))


def _add_conventions(catalogue: Catalogue, table: Table) -> None:
    for row in table.get("handlers", ()):
        for name in row["names"]:
            catalogue.handlers[name] = tuple(row["methods"])
    for row in table.get("loop_hooks", ()):
        catalogue.loop_hooks |= frozenset(row["methods"])
    for row in table.get("access_checks", ()):
        catalogue.access_checks += tuple(row["prefixes"])
    for row in table.get("object", ()):
        for name in row["names"]:
            catalogue.objects[name] = row["type"]
    for row in table.get("quiet", ()):
        catalogue.quiet |= frozenset(row["packages"])
    for row in table.get("view_delegate", ()):
        through, not_of = frozenset(row.get("through", ())), tuple(row.get("not_of", ()))
        named = (row["attribute"], tuple(row["methods"]), frozenset(row["handlers"]))
        catalogue.view_delegates += (DelegateRow(*named, through, not_of),)
    for row in table.get("view_hook", ()):
        through = frozenset(row.get("through", ()))
        hook = HookRow(frozenset(row["handlers"]), tuple(row.get("of", ())), through)
        catalogue.view_hooks.update((name, hook) for name in row["names"])
    for row in table.get("special", ()):
        for name in row["names"]:
            catalogue.specials[name] = row["means"]


def _add_kinds(catalogue: Catalogue, table: Table) -> None:
    """What is asynchronous and what is not: context managers, takers of functions, methods with namesakes."""
    for row in table.get("context_manager", ()):
        catalogue.contexts.update((name, row["kind"]) for name in row["names"])
    for row in table.get("plain_method", ()):
        catalogue.plain |= frozenset((row["of"], name) for name in row["names"])
    for row in table.get("callback", ()):
        callback = CallbackRow(
            row["position"],
            row["keyword"],
            row["instead"],
            row.get("on_loop", False),
            row.get("gives", False),
        )
        owner = f"{row['of']}." if "of" in row else ""
        catalogue.callbacks.update((f"{owner}{name}", callback) for name in row["names"])


def _add_stack(catalogue: Catalogue, table: Table) -> None:
    """What stands around the views: middleware, servers, and the files that name them."""
    for row in table.get("middleware", ()):
        for name in row["names"]:
            middleware_row = MiddlewareRow(
                name,
                tuple(row["hooks"]),
                row.get("native", False),
                row.get("sync_only", False),
                row.get("loads_user", False),
                _version(row.get("since", "0.0")),
                _version(row.get("until", "99.0")),
            )
            catalogue.middleware[name] = (*catalogue.middleware.get(name, ()), middleware_row)
    for row in table.get("server", ()):
        catalogue.servers.update((name, Decides(row["protocol"])) for name in row["names"])
    for row in table.get("worker", ()):
        catalogue.workers.update((name, Protocol(row["protocol"])) for name in row["names"])
    for row in table.get("backend", ()):
        catalogue.backends.update((scheme, row["name"]) for scheme in row["schemes"])
    for row in table.get("no_command", ()):
        catalogue.no_commands |= frozenset(row["words"])
    for row in table.get("deployment_file", ()):
        catalogue.deployment_files += (DeploymentFiles(row["kind"], tuple(row["names"])),)


def _add_entry_points(catalogue: Catalogue, table: Table) -> None:
    """What frameworks call, and at which HTTP methods; which awaits may run in any order."""
    for row in table.get("entry_methods", ()):
        methods = EntryMethods(tuple(row["of"]), tuple(row["methods"]), row["kind"])
        catalogue.entry_methods += (methods,)
    for row in table.get("registers", ()):
        names, own = tuple(row.get("names", ())), tuple(row.get("methods", ()))
        catalogue.registers += (Registers(names, own, row["handler"], row["kind"]),)
    for row in table.get("viewset_action", ()):
        action = ViewsetAction(row["method"], row.get("of_one", False))
        catalogue.viewset_actions.update((name, action) for name in row["names"])
    for row in table.get("order_free", ()):
        catalogue.order_free.awaits.update((row["of"], name) for name in row["methods"])
    for row in table.get("harmless", ()):
        catalogue.order_free.methods.update(row["methods"])
        catalogue.order_free.functions.update(row["functions"])
    for row in table.get("http_methods", ()):
        answers = HttpMethods(tuple(row.get("methods", ())), tuple(row.get("default", ())))
        catalogue.http_methods.update((name, answers) for name in row["names"])


def _add_background(background: Background, table: Table) -> None:
    """What belongs in a task queue, and the queues that there are."""
    for row in table.get("slow", ()):
        background.calls.update((name, row["what"]) for name in row.get("calls", ()))
        for name in row.get("methods", ()):
            background.methods[row["of"], name] = row["what"]
            background.method_names.add(name)
    for row in table.get("slow_program", ()):
        background.programs.update((name, row["what"]) for name in row["names"])
    for row in table.get("runs_program", ()):
        background.runners.update(row["names"])
    for row in table.get("queue", ()):
        lists = (tuple(row.get(key, ())) for key in ("settings", "made_by", "imports"))
        background.queues += (QueueRow(row["name"], *lists),)


def _call_row(row: Table, name: str, source: str, *, near: bool) -> CallRow:
    kind = row.get("kind", "")
    # What stands beside the application answers sooner than another service: its waits are told apart.
    is_store = kind == "client" and row.get("near", near)
    return CallRow(
        name=name,
        does=Does(row.get("effect", "none")),
        kind="store" if is_store else kind,
        twin=row.get("twin", ""),
        returns=row.get("returns", ""),
        awaitable=row.get("awaitable", False),
        since=_version(row.get("since", "0.0")),
        until=_version(row.get("until", "99.0")),
        twin_since=_version(row.get("twin_since", "0.0")),
        source=row.get("source", source),
        special=row.get("special", ""),
    )


def _orm_rows(row: Table) -> Iterator[OrmRow]:
    """The rows of `names`, and of the coroutine twins that the same row gives them."""
    twin_since = row.get("twin_since")
    for name in row["names"]:
        twin = f"a{name}" if twin_since else ""
        yield OrmRow(
            name,
            Action(row["action"]),
            row["returns"],
            twin,
            _version(row.get("since", "0.0")),
            _version(twin_since or "99.0"),
            row.get("unless_empty", False),
        )
        if twin:
            yield OrmRow(twin, Action.TWIN, row["returns"], "", _version(twin_since or "0.0"))


def _version(text: str) -> Version:
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)
