"""Checks that need other versions of Django or Python than the one that `make test` installs."""

from __future__ import annotations

import re
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.options.sessions = []

ORACLE = [
    ("3.11", "4.2"),
    ("3.11", "5.0"),
    ("3.11", "5.1"),
    ("3.11", "5.2"),
    ("3.12", "6.0"),
    ("3.12", "6.1"),
]
"""The Python that each supported Django runs on; the fixtures need 3.11."""

FOLLOW_DJANGO = ("adrf", "channels", "django", "djangorestframework")
"""What is pinned for the Django of `constraints.txt` and has other versions for the others."""


@nox.session
@nox.parametrize(("python", "django"), ORACLE)
def oracle(session: nox.Session, django: str) -> None:
    """Hold the analysis to what the fixtures do under each Django; the counts go to docs/accuracy.md."""
    constraints = Path(session.create_tmp()) / "constraints.txt"
    pinned = Path("constraints.txt").read_text(encoding="utf-8").splitlines()
    free = re.compile(rf"({'|'.join(FOLLOW_DJANGO)})==", re.IGNORECASE)
    constraints.write_text("\n".join(line for line in pinned if not free.match(line)), encoding="utf-8")
    needed = ("adrf", "blockbuster", "channels", "djangorestframework", "httpx", "redis", "requests")
    session.install("--constraint", str(constraints), f"django~={django}.0", *needed, "--editable", ".")
    session.run("python", "-m", "tests.oracle.measure", "--write", "docs/accuracy.md", *session.posargs)


@nox.session
def django_releases(session: nox.Session) -> None:
    """Hold the catalogue against the source of every supported Django, fetched from the package index."""
    session.install("--constraint", "constraints.txt", "--editable", ".")
    arguments = session.posargs or ["--check"]
    session.run("python", "-m", "scripts.django_releases", "--cache", session.create_tmp(), *arguments)


@nox.session
def library_rows(session: nox.Session) -> None:
    """Check that what the catalogue's rows name exists, in every library that can be installed.

    The names of distributions after `--` limit the session to these.
    """
    session.install("--constraint", "constraints.txt", "pytest", "django", "--editable", ".")
    listing = (
        "from tests.catalogue.tables import read_rows; print(*{row.distribution for row in read_rows()})"
    )
    listed = session.run("python", "-c", listing, silent=True)
    distributions = session.posargs or sorted(set(str(listed).split()) - {"stdlib"})
    absent = []
    for distribution in distributions:
        try:
            session.install(distribution)
        except CommandFailed:
            absent.append(distribution)
    if absent:
        session.warn(f"{len(absent)} of {len(distributions)} could not be installed: {', '.join(absent)}")
    session.run("pytest", "tests/catalogue/test_rows_exist.py", env={"CHECK_DJANGO_ROWS": "1"})
