"""JSON that is safe to look at: what a terminal would obey is written as its escape."""

from __future__ import annotations

import json
import re
from typing import Any


def json_text(document: Any) -> str:
    """`document` as indented JSON with a newline at its end; text as it is where it is printable.

    Control, format and bidirectional characters become escapes, as does what of a file name is no text, so
    that the result can be encoded whatever was in the audited project.
    """
    text = json.dumps(document, indent=1, ensure_ascii=False)
    # Outside its strings JSON is printable ASCII, so that an escape never lands anywhere else.
    return _UNUSUAL.sub(_escaped, text) + "\n"


_UNUSUAL = re.compile(r"[^\n -~]")


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
