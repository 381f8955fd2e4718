"""HTML as values: text becomes markup only by being escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from async_audit.reporters.code_spans import code_spans
from async_audit.reporters.visible import visible

_VOID = frozenset({"input", "meta", "wbr"})
_BREAKABLE = re.compile(r"(?<=[\w>])([./_])(?=\w)")
"""Where a long name may go on in the next line."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of HTML that is safe to place between tags."""

    html: str


Child: TypeAlias = "Markup | str"
Attribute: TypeAlias = "str | int | float | bool"
"""`True` is an attribute without a value, `False` none at all."""


def escaped(text: str) -> str:
    """`text` for content or a quoted attribute; control and bidirectional characters become visible."""
    return html.escape(visible(text))


def element(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """The element with its children in order; a child that is a string is escaped.

    An attribute is written with `-` for `_`; one that ends in `_` (`class_`) loses that.
    """
    head = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{head}>")
    return Markup(f"<{tag}{head}>{joined(children).html}</{tag}>")


def _attribute(name: str, value: Attribute) -> str:
    name = name.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{escaped(str(value))}"'


def joined(children: Iterable[Child], between: str = "") -> Markup:
    """The children one after another, with `between` (a text) in the gaps."""
    parts = [child.html if isinstance(child, Markup) else escaped(child) for child in children]
    return Markup(escaped(between).join(parts) if between else "".join(parts))


def lines(*children: Child) -> Markup:
    """The children each on a line of the source."""
    parts = [child.html if isinstance(child, Markup) else escaped(child) for child in children]
    return Markup("\n".join(part for part in parts if part))


def code(text: str) -> Markup:
    """`text` set as code; a long name may go on in the next line behind each of its parts."""
    pieces = _BREAKABLE.sub(r"\1\n", visible(text)).split("\n")
    return element("code", Markup("<wbr>".join(map(html.escape, pieces))))


def prose(sentence: str) -> Markup:
    """A sentence in which what stands in backticks is set as code."""
    return joined(code(part) if is_code else part for is_code, part in code_spans(sentence))


NOTHING = Markup("")
