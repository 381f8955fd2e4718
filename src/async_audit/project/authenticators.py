"""Authenticators of ninja's operations: the functions, and whether one puts the user into the request.

An authenticator runs before the operation (`ninja/operation.py`). One that assigns `request.user` replaces
the lazy user, so that the operation, and whatever it passes the request to, finds one that is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from async_audit.discovery import SourceFile
from async_audit.mentions import mention
from async_audit.project.async_views import URL_PATTERNS
from async_audit.project.deployment import is_aside

_ASSIGNED = mention(rb"\brequest\.user\s*=(?!=)", b"request.user")
_SECURITY = mention(rb"\bninja(?:_extra)?\.security\b", b".security")
_IMPORTED = mention(rb"\b(?:from|import)\s+ninja(?:_extra)?\b", b"ninja")


class Authenticators:
    """What the files of one program say of its authenticators."""

    def __init__(self, files: list[SourceFile]) -> None:
        self._files = files
        self._remembered: dict[str, bool] = {}

    def assign_user(self) -> bool:
        """Whether an authenticator of the project puts the user into the request."""
        return self._answer("", self._is_assigned)

    def run_before(self, name: str) -> bool:
        """Whether one does, and no URL pattern names a function of that name: operations call it."""
        return self.assign_user() and self._answer(name, lambda: not self._is_routed(name))

    def include(self, name: str) -> bool:
        """Whether operations are given a function of that name to authenticate with: `auth=name`."""
        return self._answer("has operations", self._has_operations) and self._answer(
            f"auth={name}", lambda: self._is_given(name)
        )

    def _answer(self, key: str, find: Callable[[], bool]) -> bool:
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = find()
        return known

    def _is_assigned(self) -> bool:
        return any(
            file.mentions(_SECURITY) and file.mentions(_ASSIGNED) and not is_aside(file.relative)
            for file in self._files
        )

    def _has_operations(self) -> bool:
        return any(file.mentions(_IMPORTED) for file in self._files)

    def _is_given(self, name: str) -> bool:
        word = name.encode()
        given = mention(rb"\bauth\s*=(?!=)[^\n]*?(?<![\w.])" + re.escape(word) + rb"\b(?!\s*\()", word)
        return any(file.mentions(given) for file in self._files)

    def _is_routed(self, name: str) -> bool:
        word = name.encode()
        named = mention(rb"(?<!def )(?<![\w])" + re.escape(word) + rb"\b", word)
        return any(file.mentions(URL_PATTERNS) and file.mentions(named) for file in self._files)
