"""What a version specifier allows, as pip, Poetry and conda write it, among the versions that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from async_audit.config import SUPPORTED

_PIN = re.compile(r"\d+(?:\.\d+)*")
_FIXES = 40
"""How many releases of one version are tried: more than Django ever made."""


def allowed_versions(spec: str) -> tuple[tuple[int, int], ...]:
    """The known versions that a specifier such as `>=4.2,<6` allows; none where it says nothing.

    Of one that allows no known version, the nearest known.
    """
    return _versions(spec)[0]


def is_nearest(spec: str) -> bool:
    """Whether a specifier allows no known version, so that `allowed_versions` has the nearest known."""
    return not _versions(spec)[1]


def _versions(spec: str) -> tuple[tuple[tuple[int, int], ...], bool]:
    """What `allowed_versions` has, and whether the specifier allows it."""
    # It is slow to import, and many projects say nothing.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    try:
        allowed = SpecifierSet(spec)
    except InvalidSpecifier:
        return (), True
    if all(clause.operator == "!=" for clause in allowed):
        return (), True
    named = [clause.version.removesuffix(".*") for clause in allowed if clause.operator != "!="]
    found = []
    for major, minor in SUPPORTED:
        own = [text for text in named if text == f"{major}.{minor}" or text.startswith(f"{major}.{minor}.")]
        releases = [f"{major}.{minor}", *(f"{major}.{minor}.{fix}" for fix in range(_FIXES)), *own]
        if any(allowed.contains(release, prereleases=True) for release in releases if _PIN.match(release)):
            found.append((major, minor))
    return tuple(found) or _nearest(named), bool(found)


def _nearest(named: list[str]) -> tuple[tuple[int, int], ...]:
    numbers = [match[0].split(".") for text in named if (match := _PIN.match(text))]
    if not numbers:
        return ()
    lowest = min((int(parts[0]), int(parts[1]) if len(parts) > 1 else 0) for parts in numbers)
    return (min(max(lowest, SUPPORTED[0]), SUPPORTED[-1]),)


def from_poetry(constraint: str) -> Iterator[str]:
    """A constraint as Poetry writes it, as specifiers; one for each of its alternatives."""
    for alternative in re.split(r"\|\|?", constraint):
        clauses = [clause for clause in re.split(r"[,\s]+(?=[\^~<>=!\d])", alternative.strip()) if clause]
        yield ",".join(_poetry_clause(clause) for clause in clauses)


def _poetry_clause(clause: str) -> str:
    match = re.fullmatch(r"(\^|~(?!=)|)\s*(\d+)(?:\.(\d+))?((?:\.\w+)*(?:\.\*)?)", clause)
    if match is None:
        return clause
    sign, major, minor, rest = match.groups()
    version = ".".join(part for part in (major, minor) if part) + rest
    if not sign:
        return f"=={version}"
    is_minor = sign == "~" and minor is not None
    return f">={version},<{major}.{int(minor) + 1}" if is_minor else f">={version},<{int(major) + 1}"


def from_conda(constraint: str) -> str:
    """A constraint as conda writes it, where one `=` stands for all releases that begin so."""
    clauses = [clause.strip() for clause in constraint.replace(" ", "").split(",") if clause.strip()]
    return ",".join(
        f"=={clause.lstrip('=').removesuffix('.*')}.*" if re.match(r"=(?!=)|\d", clause) else clause
        for clause in clauses
    )
