"""Frozen dataclasses as JSON and back, checked against their declared types when they are read.

A dataclass is the list of its fields, in the order in which they are declared; a tuple or frozen set is a
list, an enumeration its value. What is read may be anybody's: every value is checked, and nothing but the
asked type and the types of its fields is ever made.
"""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_Decoder = Callable[[Any], Any]


class Mismatch(Exception):
    """JSON that is not what the asked type is written as."""


def encode(value: object) -> Any:
    """The JSON value of a frozen dataclass, or of what its fields may hold. Raises `TypeError`."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(encode(item) for item in value)
    if isinstance(value, dict):
        return [[encode(key), encode(item)] for key, item in value.items()]
    if dataclasses.is_dataclass(value):
        return [encode(getattr(value, field.name)) for field in dataclasses.fields(value)]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def decode(expected: type[_T], value: Any) -> _T:
    """The `expected` object that `value` is the JSON of. Raises `Mismatch`."""
    read: _Decoder = _decoder(expected)  # type: ignore[arg-type]
    decoded: _T = read(value)
    return decoded


@cache
def _decoder(expected: Any) -> _Decoder:
    """What makes an object of a type from its JSON, and raises `Mismatch` where it is not that."""
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, types.UnionType):
        return _optional(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _sequence(_decoder(arguments[0]), tuple)
    if origin is tuple:
        return _row([_decoder(argument) for argument in arguments], lambda *items: items)
    if origin is frozenset:
        return _sequence(_decoder(arguments[0]), frozenset)
    if origin is dict:
        pair = _row([_decoder(argument) for argument in arguments], lambda *items: items)
        return _sequence(pair, dict)
    if isinstance(expected, type) and issubclass(expected, enum.Enum):
        return _member({member.value: member for member in expected})
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        hints = get_type_hints(expected)
        return _row([_decoder(hints[field.name]) for field in dataclasses.fields(expected)], expected)
    if expected in (str, int, float, bool, type(None)):
        return _plain(expected)
    raise TypeError(f"{expected!r} has no form in JSON")


def _plain(expected: type) -> _Decoder:
    def read(value: Any) -> Any:
        # `True` is an `int` to Python, and no count.
        if type(value) is not expected:
            raise Mismatch(f"{value!r:.80} is no {expected.__name__}")
        return value

    return read


def _member(members: dict[Any, enum.Enum]) -> _Decoder:
    def read(value: Any) -> Any:
        try:
            return members[value]
        except (KeyError, TypeError) as error:
            raise Mismatch(f"{value!r:.80} is no member of an enumeration") from error

    return read


def _sequence(item: _Decoder, make: Callable[[list[Any]], Any]) -> _Decoder:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Mismatch(f"{value!r:.80} is no list")
        return make([item(element) for element in value])

    return read


def _row(items: list[_Decoder], make: Callable[..., Any]) -> _Decoder:
    def read(value: Any) -> Any:
        if type(value) is not list or len(value) != len(items):
            raise Mismatch(f"{value!r:.80} is no row of {len(items)}")
        return make(*(item(element) for item, element in zip(items, value, strict=True)))

    return read


def _optional(arguments: tuple[Any, ...]) -> _Decoder:
    some = [argument for argument in arguments if argument is not type(None)]
    if len(some) != 1 or len(arguments) != 2:
        raise TypeError(f"{arguments!r} has no form in JSON: only `None` may be the other choice")
    read_some = _decoder(some[0])

    def read(value: Any) -> Any:
        return None if value is None else read_some(value)

    return read
