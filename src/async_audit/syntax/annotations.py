"""Annotations written as strings, read into the same facts as those written as code."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from async_audit.syntax.facts import Attribute, Display, Expr, Literal, Name, Operation, Subscript


@lru_cache(maxsize=4096)
def parse_annotation(text: str) -> Expr | None:
    """The expression that a string annotation holds; nothing where it is no type."""
    if len(text) > 1000:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(text.strip(), mode="eval").body
        return _convert(node)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _convert(node: ast.expr) -> Expr:
    match node:
        case ast.Name(id=name):
            return Name(0, 0, name)
        case ast.Attribute(value=value, attr=name):
            return Attribute(0, 0, _convert(value), name)
        case ast.Subscript(value=value, slice=index):
            return Subscript(0, 0, _convert(value), _convert(index))
        case ast.Tuple(elts=elements):
            return Display(0, 0, "tuple", tuple(_convert(element) for element in elements))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Operation(0, 0, ("|",), (_convert(left), _convert(right)))
        case ast.Constant(value=str() | None | bool() | int() as value):
            return Literal(0, 0, value)
        case ast.List(elts=elements):
            return Display(0, 0, "list", tuple(_convert(element) for element in elements))
        case _:
            message = "not a type"
            raise ValueError(message)
