"""The picture of a run in the README: a real one, of the project that `docs/index.md` builds."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from scripts.documentation.sessions import Session, on_a_terminal
from scripts.documentation.snippets import Snippet, snippets_of

PAGE = "docs/index.md"
_COMMAND = "async-audit scan"

# Rich's own frame loads fonts from elsewhere; a reader's browser should not.
_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run_picture() -> str:
    """An SVG of what a scan of the example prints on a terminal with colours."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(PAGE, Path(folder))
        for snippet in _first_files():
            session.write(snippet)
        environment = {**session.environment(), "TERM": "xterm-256color"}
        del environment["NO_COLOR"]
        output = on_a_terminal(["bash", "-c", f"{_COMMAND} 2>/dev/null"], session.folder, environment)
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, _environ={})
    console.print(Text.from_ansi(f"$ {_COMMAND}\n{output.rstrip()}"))
    return console.export_svg(title="async-audit", theme=DIMMED_MONOKAI, code_format=_FRAME, unique_id="run")


def _first_files() -> list[Snippet]:
    """The files of the page up to its first command: what comes later repairs them."""
    files: list[Snippet] = []
    for snippet in snippets_of(PAGE):
        if snippet.language == "console" and not snippet.not_run:
            return files
        if snippet.title:
            files.append(snippet)
    return files
