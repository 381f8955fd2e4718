"""Parses the files named on the lines of standard input's file with LibCST, and does nothing else.

`python bare_parse.py LIST`: the least that any linter on LibCST spends on these files.
"""

import sys
from pathlib import Path

import libcst

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    source = Path(line).read_bytes()
    try:
        libcst.parse_module(source)
    except (libcst.ParserSyntaxError, UnicodeDecodeError):
        continue
