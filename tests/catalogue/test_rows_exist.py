"""Every name in the catalogue's tables exists in the library that it names.

Rows of the standard library are always checked; rows of a distribution are checked where it is installed.
What a row may say beyond a plain name:

- the name of a method may be a path of attributes, `chat.completions.create`, and may end in `*`, which
  stands for every method that no other row names;
- operators are written as the methods they call: `__iter__`, `__aiter__`, `__getitem__`, `__call__`;
- `runtime = true` marks what only instances have: it is looked up on an instance where
  `OFFLINE_ARGUMENTS` can make one, and taken on trust where not.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import warnings
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.catalogue.circumstances import (
    DJANGO_APPS,
    DJANGO_SETTINGS,
    ENVIRONMENT,
    NEED_DJANGO_SETTINGS,
    OFFLINE_ARGUMENTS,
    is_installed,
    is_out_of_reach,
)
from tests.catalogue.tables import Row, read_rows, rows_of


def rows_by_file_and_distribution() -> list[Any]:
    """Return one parameter for each table and distribution: what is missing skips nothing else."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_rows():
        groups[row.table, row.distribution].append(row)
    return [
        pytest.param(distribution, rows, id=f"{table}-{distribution}")
        for (table, distribution), rows in sorted(groups.items())
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("distribution", "rows"), rows_by_file_and_distribution())
def test_names_exist(distribution: str, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_installed(distribution):
        pytest.skip(f"the distribution {distribution!r} is not installed")
    if distribution in NEED_DJANGO_SETTINGS and not has_django_settings():
        pytest.skip(f"{distribution!r} cannot be imported without Django settings")
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problems = [f"{row}: {problem}" for row in rows for problem in problems_of(row)]
    assert not problems, "\n".join(problems)


@functools.cache
def has_django_settings() -> bool:
    """Whether Django is set up: with every application that is installed, in the session for rows."""
    settings = importlib.import_module("django.conf").settings
    if not settings.configured and os.environ.get("CHECK_DJANGO_ROWS"):
        installed = [app for name, apps in DJANGO_APPS.items() if is_installed(name) for app in apps]
        settings.configure(**DJANGO_SETTINGS, INSTALLED_APPS=installed)
        importlib.import_module("django").setup()
    return bool(settings.configured)


def problems_of(row: Row) -> Iterator[str]:
    """Say what the row claims and the library does not have."""
    yield from {"call": problems_of_call, "type": problems_of_type, "method": problems_of_method}[row.kind](
        row
    )
    returned = row.fields.get("returns")
    if returned and not is_out_of_reach(returned) and (reason := reason_missing(returned)):
        yield f"returns {returned}: {reason}"


def problems_of_call(row: Row) -> Iterator[str]:
    for name in row.names:
        if is_out_of_reach(name):
            continue
        if reason := reason_missing(name):
            yield f"{name}: {reason}"
        elif not callable(find(name)):
            yield f"{name} is not callable"
        else:
            yield from problems_of_awaiting(name, find(name), row)


def problems_of_type(row: Row) -> Iterator[str]:
    names = [name for name in row.names if not is_out_of_reach(name)]
    missing = [f"{name}: {reason}" for name in names if (reason := reason_missing(name))]
    if missing:
        yield from missing
        return
    if len({id(find(name)) for name in names}) > 1:
        yield f"{', '.join(names)} are different objects"
    for base in row.fields["bases"]:
        if names and not issubclass(class_of(names[0]), class_of(base)):
            yield f"{names[0]} is not a subclass of {base}"


def problems_of_method(row: Row) -> Iterator[str]:
    owner = row.fields["of"]
    if is_out_of_reach(owner):
        return
    if reason := reason_missing(owner):
        yield f"{owner}: {reason}"
        return
    for name, qualified in zip(row.names, row.qualified_names, strict=True):
        if is_out_of_reach(qualified):
            continue
        on_instances_only = "runtime" in row.fields or "." in name
        start = instance_of(owner) if on_instances_only else None
        if start is None and "runtime" in row.fields:
            continue
        path = [part for part in name.split(".") if part != "*"]
        try:
            member = follow(class_of(owner) if start is None else start, path)
        except AttributeError:
            yield f"{owner} has no {name}"
            continue
        if name == "*":
            yield from problems_of_catch_all(owner, row)
        elif path == name.split("."):
            yield from problems_of_awaiting(qualified, member, row)


def problems_of_catch_all(owner: str, row: Row) -> Iterator[str]:
    """Say which public methods, named by no other row, are not what the row for `*` says of them."""
    named = {
        name.partition(".")[0]
        for other in rows_of("method")
        for name in other.names
        if other.fields["of"] == owner
    }
    cls = class_of(owner)
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if not name.startswith("_") and name not in named and inspect.isfunction(member):
            yield from problems_of_awaiting(f"{owner}.{name}", member, row)


def problems_of_awaiting(name: str, member: object, row: Row) -> Iterator[str]:
    """Say where `awaitable` contradicts the way the function is defined.

    What an operator calls, such as `__aenter__`, is awaited by the operator itself.
    """
    function = inspect.unwrap(cast("Any", member)) if callable(member) else member
    awaitable = row.fields.get("awaitable", False)
    if inspect.iscoroutinefunction(function) and not awaitable and not name.endswith("__"):
        yield f"{name} is a coroutine function, but the row is not awaitable"
    if awaitable and (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
        yield f"{name} is a generator function, but the row is awaitable"


@functools.cache
def find(name: str) -> object:
    """Return the object that the name means in an expression or, failing that, in an import.

    The two differ where a package has a function of the name of one of its modules: `dramatiq.actor` is
    the function, `from dramatiq.actor import Actor` asks the module.
    """
    try:
        return find_in_expression(name)
    except (ImportError, AttributeError):
        module, _, attribute = name.rpartition(".")
        return follow(importlib.import_module(module), [attribute])


def find_in_expression(name: str) -> object:
    root, *path = name.split(".")
    found: object = importlib.import_module(root)
    for length, part in enumerate(path, start=1):
        try:
            found = follow(found, [part])
        except AttributeError:
            if not inspect.ismodule(found):
                raise
            found = importlib.import_module(".".join([root, *path[:length]]))
    return found


def reason_missing(name: str) -> str:
    """Return why the name cannot be found, and nothing if it can."""
    try:
        find(name)
    except (ImportError, AttributeError) as error:
        return str(error)
    return ""


def follow(start: object, path: list[str]) -> object:
    for part in path:
        try:
            start = getattr(start, part)
        except AttributeError:
            # A descriptor may refuse to be looked up on the class.
            start = inspect.getattr_static(start, part)
    return start


def class_of(name: str) -> type:
    """Return the class that a type row means: some, such as `threading.Lock`, are factory functions."""
    found = find(name)
    return found if inspect.isclass(found) else type(instance_of(name))


@functools.cache
def instance_of(name: str) -> object | None:
    """Return an instance that has connected to nothing, or None if there is no known way to make one."""
    arguments = OFFLINE_ARGUMENTS.get(name)
    if arguments is None:
        return None
    try:
        made: object = cast("Any", find(name))(**arguments)
    except (ImportError, ValueError) as error:
        # Clients say with either that a package they can do without, but not here, is missing.
        pytest.skip(f"{name} cannot be constructed here: {error}")
    return made
