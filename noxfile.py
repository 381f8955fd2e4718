"""Checks that need other versions of Django or Python than the one that `make test` installs."""

from __future__ import annotations

import nox

nox.options.sessions = []


@nox.session
def django_releases(session: nox.Session) -> None:
    """Hold the catalogue against the source of every supported Django, fetched from the package index."""
    session.install("--constraint", "constraints.txt", "--editable", ".")
    arguments = session.posargs or ["--check"]
    session.run("python", "-m", "scripts.django_releases", "--cache", session.create_tmp(), *arguments)
