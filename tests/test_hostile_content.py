"""Nothing of an audited project runs, and nothing in it reaches the terminal as a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import write_project

# Each file, where it were run, imported or rendered, would leave `RAN` behind.
_PYTHON = """\
import pathlib
pathlib.Path(__file__).with_name("RAN").write_text("python")

from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


async def view(request):
    return Book.objects.first()
"""
_PLACES = (
    *(
        "manage.py",
        "setup.py",
        "conftest.py",
        "noxfile.py",
        "sitecustomize.py",
        "usercustomize.py",
        "tasks.py",
    ),
    *(
        "shop/__init__.py",
        "shop/settings.py",
        "shop/urls.py",
        "shop/asgi.py",
        "shop/wsgi.py",
        "shop/views.py",
    ),
    *(
        "shop/models.py",
        "shop/apps.py",
        "shop/middleware.py",
        "shop/templatetags/tags.py",
        "gunicorn.conf.py",
    ),
    *("django/__init__.py", "libcst/__init__.py", "click/__init__.py", "rich/__init__.py", "json.py"),
    *("shop/management/commands/seed.py", "shop/migrations/0001_initial.py", "tests/conftest.py"),
)
_SHELL = "#!/bin/sh\ntouch RAN\n"
_OTHERS = {
    "pyproject.toml": (
        "[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n"
        "[tool.async-audit]\nexclude = ['$(touch RAN)', '; touch RAN']\n"
        "[tool.pytest.ini_options]\naddopts = '-p conftest'\n"
    ),
    "setup.cfg": "[flake8:local-plugins]\nextension =\n    X = setup:view\n",
    "Procfile": "web: touch RAN; $(touch RAN) uvicorn shop.asgi:application\n",
    "Dockerfile": "FROM scratch\nRUN touch RAN\nCMD uvicorn shop.asgi:application\n",
    "Makefile": "$(shell touch RAN)\nall:\n\ttouch RAN\n",
    "requirements.txt": "django==5.2\n-e .\n--extra-index-url `touch RAN`\n",
    "entrypoint.sh": _SHELL,
    ".git/hooks/pre-commit": _SHELL,
    ".git/config": '[core]\n\tfsmonitor = "touch RAN"\n\tpager = "touch RAN"\n',
    "shop/templates/page.html": "{% load tags %}{{ books }}{% include 'page.html' %}\n",
    "compose.yaml": "services:\n  web:\n    command: !!python/object/apply:os.system ['touch RAN']\n",
    "evil.pth": "import pathlib; pathlib.Path('RAN').touch()\n",
}
COMMANDS = (
    ("scan",),
    ("scan", "--format", "json"),
    ("scan", "shop/views.py"),
    ("verdicts",),
    ("why", "shop.views.view"),
    ("report", "--html", "-"),
)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A project whose every file wants to run."""
    root = write_project(tmp_path / "project", {**dict.fromkeys(_PLACES, _PYTHON), **_OTHERS})
    for script in ("entrypoint.sh", ".git/hooks/pre-commit"):
        (root / script).chmod(0o755)
    return root


def ran(root: Path) -> list[str]:
    """What was left behind by files that ran."""
    return [path.relative_to(root).as_posix() for path in root.rglob("RAN")]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_nothing_of_the_project_runs(arguments: tuple[str, ...], planted: Path) -> None:
    # As installed: `python -m` would put the current folder on the path by itself.
    command = [str(Path(sys.executable).with_name("async-audit")), *arguments]
    done = subprocess.run(command, cwd=planted, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert ran(planted) == []
    assert "view" in done.stdout


def test_flake8_runs_nothing_of_the_project(planted: Path) -> None:
    command = [str(Path(sys.executable).with_name("flake8")), "--isolated", "--select=DJA", "shop"]
    done = subprocess.run(command, cwd=planted, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert ran(planted) == []


def test_a_planted_file_would_tell(planted: Path) -> None:
    subprocess.run([sys.executable, "-I", str(planted / "tasks.py")], capture_output=True, check=False)
    assert ran(planted) == ["RAN"]


_ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
_HOSTILE_SOURCE = f"""\
import time


async def f(request):
    time.sleep(1)  # {_ESCAPE} [bold]markup[/bold] <script>alert(1)</script>
    open("{_ESCAPE}")
"""


@pytest.mark.parametrize(
    "format_", ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"]
)
def test_nothing_in_a_project_commands_the_terminal(format_: str, tmp_path: Path) -> None:
    root = write_project(
        tmp_path / "project", {"pyproject.toml": "", "a\x1b[31m\u202e[red].py": _HOSTILE_SOURCE}
    )
    command = [str(Path(sys.executable).with_name("async-audit")), "scan", "--format", format_]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1, done.stderr
    assert "DJA201" in done.stdout
    for text in (done.stdout, done.stderr):
        assert not {character for character in text if character in "\x1b\x07\x9b\u202e"}
