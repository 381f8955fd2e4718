"""JSON that is safe to look at: what a terminal would obey is written as its escape."""

from __future__ import annotations

import json
from typing import Any


def json_text(document: Any) -> str:
    """`document` as indented JSON with a newline at its end; text as it is where it is printable.

    Control, format and bidirectional characters become escapes, as does what of a file name is no text, so
    that the result can be encoded whatever was in the audited project.
    """
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text + "\n"
    # Outside its strings JSON is ASCII, so that an escape never lands anywhere else.
    return "".join(map(_escaped, text)) + "\n"


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
