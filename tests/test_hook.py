"""The hook, run by the real pre-commit when something is committed to a real git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.projects import SHOP, write_project

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"

VIEWS = """\
import time
from shop.helper import first


async def view(request):
    return first()
"""
HELPER = "from shop.models import Book\n\n\ndef first():\n    return Book.objects.first()\n"
LEGACY = "import time\n\n\nasync def slow():\n    time.sleep(1)\n"


class Repository:
    """A git repository in which pre-commit is installed with the hook of this package."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))
        }
        self.environment = {
            **own,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PRE_COMMIT_HOME": str(home),
            "PRE_COMMIT_COLOR": "never",
        }
        self.git("init", "--quiet", "--initial-branch=main")
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration()), encoding="utf-8")
        self.run(sys.executable, "-m", "pre_commit", "install", check=True)

    def run(self, *command: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=check
        )

    def git(self, *arguments: str) -> None:
        self.run("git", *arguments, check=True)

    def commit(self, *paths: str, hook: bool = True) -> subprocess.CompletedProcess[str]:
        """Commit these files; whether that succeeds, and what was said."""
        self.git("add", "--", *paths)
        options = ["--quiet", "--message", "Change", *([] if hook else ["--no-verify"])]
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
        return self.run("git", *identity, "commit", *options)


def configuration() -> dict[str, Any]:
    """A configuration with the hook, run by this Python instead of in an environment of its own."""
    (hook,) = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()
    assert program == "async-audit"
    hook["entry"] = " ".join([f"'{sys.executable}'", "-m", "async_audit", *arguments])
    hook["language"] = "system"
    return {"repos": [{"repo": "local", "hooks": [hook]}]}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project with a finding in a file that nobody touches."""
    project = write_project(
        tmp_path / "project", {**SHOP, "shop/helper.py": HELPER, "shop/legacy.py": LEGACY}
    )
    made = Repository(project, tmp_path / "home")
    assert made.commit(".", hook=False).returncode == 0
    return made


def test_the_manifest_is_one() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_only_staged_files_with_what_the_whole_project_knows(repository: Repository) -> None:
    write_project(repository.folder, {"shop/views.py": VIEWS})
    done = repository.commit("shop/views.py")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "DJA110" in said
    assert "shop/helper.py:5" in said
    assert "DJA201" not in said
    assert "1 finding in 1 file" in said


def test_a_repaired_file_is_committed(repository: Repository) -> None:
    write_project(repository.folder, {"shop/views.py": VIEWS})
    assert repository.commit("shop/views.py").returncode == 1
    fixed = "import asyncio\n\n\nasync def view(request):\n    await asyncio.sleep(1)\n"
    write_project(repository.folder, {"shop/views.py": fixed})
    done = repository.commit("shop/views.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_staged_does_not_count(repository: Repository) -> None:
    write_project(repository.folder, {"shop/views.py": "X = 1\n", "shop/legacy.py": LEGACY + "\n\nX = 1\n"})
    done = repository.commit("shop/views.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_that_are_no_modules_are_left_to_others(repository: Repository) -> None:
    files = {"run": "#!/usr/bin/env python3\nprint()\n", "shop/stubs.pyi": "x: int\n", "notes.txt": "\n"}
    write_project(repository.folder, files)
    (repository.folder / "run").chmod(0o755)
    done = repository.commit(*files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no files to check" in done.stdout + done.stderr


def test_files_that_the_configuration_leaves_out(repository: Repository) -> None:
    excluded = "[tool.async-audit]\nexclude = ['shop/legacy.py']\n"
    write_project(repository.folder, {"pyproject.toml": excluded, "shop/legacy.py": LEGACY + "\n\nX = 1\n"})
    done = repository.commit("pyproject.toml", "shop/legacy.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_baseline_is_kept(repository: Repository) -> None:
    configured = "[tool.async-audit]\nbaseline = 'known.json'\n"
    write_project(repository.folder, {"pyproject.toml": configured})
    repository.run(sys.executable, "-m", "async_audit", "scan", "--update-baseline", check=True)
    write_project(repository.folder, {"shop/legacy.py": f"# Legacy.\n{LEGACY}"})
    done = repository.commit("pyproject.toml", "known.json", "shop/legacy.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_project_below_the_configuration_of_its_repository(repository: Repository) -> None:
    configured = "[tool.async-audit]\nignore = ['DJA110']\nbaseline = 'known.json'\n"
    backend = {f"backend/{path}": content for path, content in SHOP.items() if path != "pyproject.toml"}
    write_project(
        repository.folder,
        {**backend, "backend/manage.py": "", "backend/shop/legacy.py": LEGACY, "pyproject.toml": configured},
    )
    repository.run(sys.executable, "-m", "async_audit", "scan", "--update-baseline", check=True)
    write_project(repository.folder, {"backend/shop/legacy.py": f"# Legacy.\n{LEGACY}"})
    done = repository.commit(".")
    assert done.returncode == 0, done.stdout + done.stderr
