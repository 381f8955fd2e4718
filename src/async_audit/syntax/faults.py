"""Where a source text is no Python: LibCST says that it is not, Python itself says where and why."""

from __future__ import annotations

import ast
import warnings
from enum import Enum


class Valid(Enum):
    """Python's word on a source that LibCST does not read, where it finds no fault in it."""

    YES = "it is valid"
    UNKNOWN = "it is too much for Python, too"


def fault_of(source: str) -> tuple[int, str] | Valid:
    """The line of the first syntax error, counted from 1, and what is wrong, or whether there is none.

    The running Python may be older or newer than what the source is written for. This is slow, and for source
    that has already been found to be at fault; it must have passed `limits`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return max(error.lineno or 1, 1), error.msg
    except (ValueError, RecursionError, MemoryError):
        return Valid.UNKNOWN
    return Valid.YES
