"""Runs async-audit and writes the digest of each source that it parses: `record_parses.py FILE ARGUMENTS…`.

What is parsed in a forked worker is written too.
"""

import hashlib
import os
import sys
from typing import Any

import libcst

_parse = libcst.parse_module
_output = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def _recorded(source: "str | bytes", *arguments: Any, **options: Any) -> Any:
    content = source.encode() if isinstance(source, str) else source
    os.write(_output, f"{hashlib.sha256(content).hexdigest()}\n".encode())
    return _parse(source, *arguments, **options)


libcst.parse_module = _recorded

from async_audit.cli import main  # noqa: E402  (after the parser is replaced)

main(sys.argv[2:])
