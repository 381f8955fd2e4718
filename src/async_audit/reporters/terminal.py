"""The terminal that standard output is, if it is one."""

from __future__ import annotations

import shutil
import sys


def terminal_width() -> int | None:
    """The cells of a line, as `COLUMNS` or the terminal says; `None` where the output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
