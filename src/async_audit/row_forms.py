"""The forms that rows of the catalogue have where a user adds them to `[tool.async-audit]`.

They are those of the catalogue's own tables, so that a row can move from one to the other. Checking happens
here, before anything of the project is read, and says which row is wrong and what is allowed instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Field: TypeAlias = "str | bool | tuple[str, ...]"

EFFECTS = ("none", "blocks", "queries", "suspends", "hops")
BLOCKING_KINDS = (
    "sleep",
    "http",
    "subprocess",
    "file",
    "client",
    "store",
    "mail",
    "wait",
    "cpu",
    "django-io",
)
QUERY_KINDS = ("orm-call", "django-call", "transaction", "request-attribute")
SUSPENSION_KINDS = ("network", "timer", "channel", "subprocess", "database", "file")
HOP_KINDS = ("request", "shared")
KINDS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "blocks": BLOCKING_KINDS,
    "queries": QUERY_KINDS,
    "suspends": SUSPENSION_KINDS,
    "hops": HOP_KINDS,
}
"""What `kind` may say, by `effect`."""

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_MEMBER = re.compile(r"([^\W\d]\w*\.)*([^\W\d]\w*|\*)")
_VERSION = re.compile(r"\d+\.\d+")


class MalformedRow(ValueError):
    """A row that has not the form of its table: the message says which one, and what is allowed."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A checked row: its table and its keys with their values, lists made tuples."""

    table: str
    fields: tuple[tuple[str, Field], ...]

    @property
    def tells(self) -> tuple[str, ...]:
        """The names of functions, methods and objects whose own source the row stands in for."""
        if self.table in ("type", "interface"):
            return ()
        return self.names

    @property
    def names(self) -> tuple[str, ...]:
        """The qualified names that the row speaks of."""
        fields = dict(self.fields)
        names, owner = fields["names"], fields.get("of")
        assert isinstance(names, tuple)  # noqa: S101 - what checking has made sure of
        return tuple(f"{owner}.{name}" if owner else name for name in names)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a row: `shape` is text, names, members, name, flag or version; `words` are all it may say."""

    name: str
    shape: str
    required: bool = False
    words: tuple[str, ...] = ()


_NAMES = Key("names", "names", required=True)
_CALL = (
    Key("effect", "text", words=EFFECTS),
    Key("kind", "text"),
    Key("twin", "name"),
    Key("returns", "name"),
    Key("awaitable", "flag"),
    Key("source", "text"),
)
FORMS: Mapping[str, tuple[Key, ...]] = {
    "call": (_NAMES, *_CALL),
    "type": (_NAMES, Key("bases", "names"), Key("source", "text")),
    "method": (Key("of", "name", required=True), Key("names", "members", required=True), *_CALL),
    "object": (_NAMES, Key("type", "name", required=True), Key("source", "text")),
    "special": (
        _NAMES,
        Key("means", "text", required=True, words=("hop", "hop-now", "re-enter")),
        Key("source", "text"),
    ),
    "wrapper": (
        _NAMES,
        Key("coroutines_since", "version", required=True),
        Key("on_methods_since", "version"),
        Key("touches_response", "flag"),
        Key("source", "text"),
    ),
    "interface": (_NAMES, Key("methods", "members"), Key("awaits", "flag"), Key("source", "text")),
}
"""The tables that users may add rows to, with the keys of a row."""


def checked_rows(table: str, value: Any) -> tuple[UserRow, ...]:
    """The rows of a table of `FORMS`. Raises `MalformedRow`."""
    where = f"[[tool.async-audit.{table}]]"
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise MalformedRow(f"{where} must be an array of tables, each under its own {where}")
    return tuple(_checked(table, row, f"{where} row {number}") for number, row in enumerate(value, start=1))


def _checked(table: str, row: Mapping[str, Any], where: str) -> UserRow:
    keys = {key.name: key for key in FORMS[table]}
    for name in row:
        if name not in keys:
            raise MalformedRow(f"{where}: there is no key {name!r}; it knows {', '.join(keys)}")
    for key in keys.values():
        if key.required and key.name not in row:
            raise MalformedRow(f"{where}: the key {key.name!r} is missing")
    fields = tuple((name, _field(keys[name], value, where)) for name, value in row.items())
    if "effect" in keys:
        _check_kind(dict(fields), where)
        if row.get("effect") in ("suspends", "hops") and "awaitable" not in row:
            fields = (*fields, ("awaitable", True))
    return UserRow(table, fields)


def _field(key: Key, value: Any, where: str) -> Field:
    where = f"{where}: {key.name}"
    if key.shape in ("names", "members"):
        return _names(key, value, where)
    if key.shape == "flag":
        if not isinstance(value, bool):
            raise MalformedRow(f"{where} must be true or false, not {value!r}")
        return value
    if not isinstance(value, str):
        raise MalformedRow(f"{where} must be a string, not {value!r}")
    if key.words and value not in key.words:
        raise MalformedRow(f"{where} must be one of {', '.join(key.words)}, not {value!r}")
    if key.shape == "name" and not _NAME.fullmatch(value):
        raise MalformedRow(f"{where} must be a qualified name such as 'package.module.name', not {value!r}")
    if key.shape == "version" and not _VERSION.fullmatch(value):
        raise MalformedRow(f"{where} must be a Django version such as '4.2' ('99.0': none), not {value!r}")
    return value


def _names(key: Key, value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise MalformedRow(f"{where} must be a list of names, not {value!r}")
    pattern, such = (
        (_NAME, "a qualified name such as 'package.module.name'")
        if key.shape == "names"
        else (_MEMBER, "the name of a method, or '*'")
    )
    for name in value:
        if not isinstance(name, str) or not pattern.fullmatch(name):
            raise MalformedRow(f"{where} must hold names, each {such}; {name!r} is none")
        if key.name == "names" and key.shape == "names" and "." not in name:
            raise MalformedRow(f"{where}: {name!r} has no module; write it as 'package.module.{name}'")
    return tuple(value)


def _check_kind(fields: Mapping[str, Field], where: str) -> None:
    effect = str(fields.get("effect", "none"))
    kind = fields.get("kind", "")
    allowed = KINDS[effect]
    if kind and kind not in allowed:
        said = f"one of {', '.join(allowed)}" if allowed else "left out"
        raise MalformedRow(f"{where}: kind must be {said} where effect is {effect!r}, not {kind!r}")
    if not kind and effect in ("blocks", "queries"):
        raise MalformedRow(f"{where}: effect {effect!r} needs a kind, one of {', '.join(allowed)}")
