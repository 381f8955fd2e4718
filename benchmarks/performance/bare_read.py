"""Reads the files that are named in a list: `python bare_read.py LIST`."""

import sys
from pathlib import Path

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    Path(line).read_bytes()
