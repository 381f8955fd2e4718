"""Small projects on disk, and what an audit says of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

from async_audit.audit import Audit, audit_runtime
from async_audit.config import Config, everything
from async_audit.discovery import source_files
from async_audit.engine import audit
from async_audit.findings import Finding, Report
from async_audit.project.modules import Modules
from async_audit.project.names import Names
from async_audit.project.program import Program
from async_audit.syntax.extract import extract
from async_audit.syntax.facts import ModuleFacts

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PROJECTS = tuple(sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
"""The fixture projects, by the name of their folder."""

EVERY_RULE = everything(Config(), None)

SHOP = {
    "manage.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/__init__.py": "",
    "shop/settings.py": "SECRET_KEY = 'x'\nINSTALLED_APPS = ['shop']\n",
    "shop/models.py": """\
        from django.db import models


        class Author(models.Model):
            name = models.CharField(max_length=100)


        class Book(models.Model):
            title = models.CharField(max_length=100)
            author = models.ForeignKey(Author, on_delete=models.CASCADE)
        """,
}
"""A project with two models; a test adds the files it is about."""


def write_project(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write `files`, text dedented and in UTF-8, below `root`, which comes back."""
    for relative, content in files.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
    return root


def facts_of(source: str) -> ModuleFacts:
    """The facts of a module called `module`."""
    return extract(dedent(source), path="module.py", name="module", is_package=False)


def names_of(root: Path) -> Names:
    """What the names in the modules of a project mean."""
    return Names(Modules(source_files(root)))


def project_program(root: Path) -> Program:
    """The program of a project as an audit reads it."""
    return Audit(root.resolve(), EVERY_RULE).program


def report_on(root: Path, config: Config = EVERY_RULE) -> Report:
    """The report on a project, every rule on unless a configuration says otherwise."""
    return audit([root], config, root=root.resolve())


def codes_in(root: Path, config: Config = EVERY_RULE) -> list[str]:
    """The codes of a project's findings, in the order of the report."""
    return [finding.code for finding in report_on(root, config).findings]


@lru_cache(maxsize=len(PROJECTS))
def fixture_audit(project: str) -> Audit:
    """A fixture project that was read with every rule on, once in a process."""
    return Audit(FIXTURES / project, EVERY_RULE)


@lru_cache(maxsize=len(PROJECTS))
def fixture_findings(project: str) -> tuple[Finding, ...]:
    """The findings of a fixture project with every rule on, file by file."""
    work = fixture_audit(project)
    with audit_runtime():
        return tuple(finding for file in work.program.files for finding in work.findings(file)[0])


def place(finding: Finding) -> tuple[str, int, str]:
    """Path, line and code of a finding."""
    return finding.location.path, finding.location.line, finding.code
