"""Text from an audited project, made safe for a terminal."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """`text` on one line, every control, format or bidirectional character in it written as its escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(visible_character, text))


def visible_character(character: str) -> str:
    """A character that a terminal only draws, or its escape."""
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def encodable(text: str, encoding: str | None) -> str:
    """`text` with escapes for the characters that the encoding of an output lacks."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
    return text
