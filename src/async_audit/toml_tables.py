"""Reading TOML that may be hostile: what takes the parser the square of its length is refused before it.

The time for a dotted key grows with the square of its parts. Everything else is linear, or refused by the
parser.
"""

from __future__ import annotations

import re
from typing import Any

import tomli

DEEPEST_KEY = 100
"""Parts of a key such as `tool.async-audit.select`."""

_NOISE = re.compile(
    r"""
    "{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* (?: "{3} | \\? \Z )
  | '{3} [^']* (?: '(?!'') [^']* )* (?: '{3} | \Z )
  | " [^"\\\n]* (?: \\[^\n] [^"\\\n]* )* (?: " | (?=\n) | \\ (?=\n) | \\? \Z )
  | ' [^'\n]* (?: ' | (?=\n) | \Z )
  | \# [^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_BARE = re.compile(r"[\w \t-]+")


class TomlError(ValueError):
    """A text that cannot be read as TOML; the message says why."""


def table_of(text: str) -> dict[str, Any]:
    """The table that a text is in TOML. Raises `TomlError`."""
    # Without strings, comments and the names themselves, a key is a row of dots.
    if "." * DEEPEST_KEY in _BARE.sub("", _NOISE.sub("", text)):
        raise TomlError(f"a key has more than {DEEPEST_KEY} parts")
    try:
        return tomli.loads(text)
    except RecursionError as error:
        raise TomlError("it is nested too deeply") from error
    except ValueError as error:  # an integer of too many digits is no `TOMLDecodeError`
        raise TomlError(str(error)) from error
