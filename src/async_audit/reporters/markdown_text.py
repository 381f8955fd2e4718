"""Text from an audited project as Markdown that means nothing but that text.

GitHub makes mentions, references and links of plain words: such words are kept apart by a comment.
"""

from __future__ import annotations

import re

from async_audit.reporters.code_spans import code_spans
from async_audit.reporters.visible import visible

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|~&$])")
_AUTOMATIC = re.compile(r"@|#(?=\d)|(?<=\w):(?=//)|www(?=\.)|GH(?=-\d)")
_PIPE = re.compile(r"(\\*)\|")


def code(value: str, *, in_table: bool = False) -> str:
    """`value` as a code span that it cannot leave."""
    shown = visible(value)
    if in_table:
        shown = _PIPE.sub(_escaped_pipe, shown)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    # A space on both sides is taken away again; it is needed beside a backtick or another space.
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _escaped_pipe(match: re.Match[str]) -> str:
    """A `|` in a row, which GitHub cuts there unless an odd number of backslashes stands before it."""
    backslashes = match[1] + "\\"
    return f"{backslashes}|" if len(backslashes) % 2 else f"{backslashes}\\|"


def text(value: str) -> str:
    """`value` as plain text: no markup, no mention, no link comes of it."""
    escaped = _PUNCTUATION.sub(r"\\\1", visible(value))
    return _AUTOMATIC.sub(lambda match: f"{match[0]}<!-- -->", escaped)


def sentence(value: str, *, in_table: bool = False) -> str:
    """A sentence of a report: what stands in backticks becomes code, the rest plain text."""
    return "".join(
        code(part, in_table=in_table) if is_code else text(part) for is_code, part in code_spans(value)
    )
