"""The smaller commands and options: configuration, versions, explanations, completion; the action."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from async_audit._version import __version__
from async_audit.cli import main
from async_audit.config import OPTIONS, SUPPORTED
from async_audit.rulebook import rules
from tests.projects import SHOP, write_project

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sysconfig.get_path("scripts")) / "async-audit"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


class TestConfig:
    @staticmethod
    def settings(*arguments: object) -> dict[str, dict[str, Any]]:
        result = run("config", "--format", "json", *arguments)
        assert result.exit_code == 0, result.output
        found: dict[str, dict[str, Any]] = json.loads(result.stdout)
        return found

    def test_every_option_is_shown(self, tmp_path: Path) -> None:
        found = self.settings(write_project(tmp_path, SHOP))
        assert list(found) == ["root", *(option.key for option in OPTIONS), "rules"]
        assert found["root"]["value"] == tmp_path.as_posix()
        assert found["select"] == {"value": [], "origin": "default"}
        assert found["django-version"] == {"value": "5.2", "origin": "default: the project names none"}
        on = [rule.code for rule in rules() if rule.default]
        assert found["rules"] == {"value": on, "origin": f"{len(on)} of {len(rules())}, by the options above"}

    def test_where_values_came_from(self, tmp_path: Path) -> None:
        table = (
            "[tool.async-audit]\nselect = ['DJA1']\nignore = ['DJA101']\nbaseline = 'known.json'\n"
            "[tool.async-audit.per-file-ignores]\n'shop' = ['DJA102']\n"
            "[[tool.async-audit.call]]\nnames = ['acme.fetch']\neffect = 'blocks'\nkind = 'http'\n"
        )
        root = write_project(
            tmp_path, {**SHOP, "pyproject.toml": table, "requirements.txt": "django==4.2.1\n"}
        )
        file = str(root / "pyproject.toml")
        found = self.settings(root / "shop", "--select", "DJA2", "--ignore", "DJA201", "--exclude", "old")
        assert found["select"] == {"value": ["DJA2"], "origin": "--select"}
        assert found["ignore"] == {"value": ["DJA101", "DJA201"], "origin": f"{file} and --ignore"}
        assert found["exclude"] == {"value": ["old"], "origin": "--exclude"}
        assert found["baseline"] == {"value": "known.json", "origin": file}
        assert found["per-file-ignores"] == {"value": {"shop": ["DJA102"]}, "origin": file}
        assert found["django-version"] == {"value": "4.2", "origin": f"{root}, requirements.txt:1"}
        assert found["call"] == {"value": ["acme.fetch"], "origin": file}
        assert found["method"] == {"value": [], "origin": "default"}
        assert "DJA201" not in found["rules"]["value"]
        assert "DJA202" in found["rules"]["value"]

    @pytest.mark.parametrize("how", ["option", "file"])
    def test_the_django_version_that_was_given(self, how: str, tmp_path: Path) -> None:
        write_project(tmp_path, {**SHOP, "requirements.txt": "django==4.2.1\n"})
        if how == "option":
            found = self.settings(tmp_path, "--django-version", "5.1")["django-version"]
            assert found == {"value": "5.1", "origin": "--django-version"}
        else:
            write_project(tmp_path, {"pyproject.toml": "[tool.async-audit]\ndjango-version = '5.1'\n"})
            found = self.settings(tmp_path)["django-version"]
            assert found == {"value": "5.1", "origin": str(tmp_path / "pyproject.toml")}

    def test_for_people(self, tmp_path: Path) -> None:
        table = '[tool.async-audit]\nignore = ["DJA1", "DJA2"]\nexclude = ["\\u001b[31m"]\n'
        write_project(tmp_path, {**SHOP, "pyproject.toml": table})
        result = run("config", tmp_path)
        assert f'ignore = ["DJA1", "DJA2"]\n    {tmp_path / "pyproject.toml"}\n' in result.stdout
        assert 'exclude = ["\\x1b[31m"]' in result.stdout

    def test_mistakes_end_it(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"pyproject.toml": "[tool.async-audit]\nselekt = []\n"})
        assert run("config", tmp_path).exit_code == 2


class TestVersion:
    def test_what_matters_is_named(self) -> None:
        lines = run("--version").stdout.splitlines()
        assert lines[0] == f"async-audit {__version__}"
        assert f"libcst {version('libcst')}" in lines[1]
        assert f"{sys.version_info.major}.{sys.version_info.minor}." in lines[1]
        assert lines[2] == "knows Django " + ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)


class TestExplain:
    @pytest.mark.parametrize("name", ["DJA101", "dja101", "sync-orm-call"])
    def test_it_is_another_name_for_rule(self, name: str) -> None:
        result = run("--explain", name)
        assert result.exit_code == 0
        assert result.stdout == run("rule", name).stdout
        assert result.stdout.startswith("# DJA101")

    def test_no_rule(self) -> None:
        result = run("--explain", "E501")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "E501" in result.stderr


@pytest.mark.skipif(not PROGRAM.exists(), reason="async-audit is not installed as a program")
class TestCompletion:
    @staticmethod
    def completed(words: str, shell: str = "bash_complete") -> list[str]:
        """What bash would offer for the last of the words."""
        given = {"_ASYNC_AUDIT_COMPLETE": shell, "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(
            [PROGRAM], env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_script(self, shell: str) -> None:
        environment = {**os.environ, "_ASYNC_AUDIT_COMPLETE": f"{shell}_source"}
        done = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=False)
        # click asks the bash that is there for its version, and says so where it is too old.
        assert "_ASYNC_AUDIT_COMPLETE" in done.stdout
        assert "async-audit" in done.stdout

    def test_commands(self) -> None:
        assert self.completed("async-audit sc") == ["scan", "schema"]

    def test_options_and_their_values(self) -> None:
        assert self.completed("async-audit scan --since") == ["--since"]
        assert self.completed("async-audit scan --format sa") == ["sarif"]

    def test_rules(self) -> None:
        assert self.completed("async-audit rule dja10") == [
            rule.code for rule in rules() if rule.code.startswith("DJA10")
        ]
        assert self.completed("async-audit rule blocking-sl") == ["blocking-sleep"]


@pytest.mark.skipif(
    find_spec("check_jsonschema") is None,
    reason="check-jsonschema, which ships the schemas of GitHub and GitLab, needs Python 3.11",
)
class TestFilesOfServices:
    @staticmethod
    def complaints(schema: str, file: Path) -> str:
        """What is wrong with a file by a schema; nothing where it is right."""
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def test_the_action(self) -> None:
        assert self.complaints("vendor.github-actions", ROOT / "action.yml") == ""

    @pytest.mark.parametrize(
        ("title", "schema"),
        [
            (".github/workflows/async-audit.yml", "vendor.github-workflows"),
            (".gitlab-ci.yml", "vendor.gitlab-ci"),
        ],
    )
    def test_what_the_documentation_shows(self, title: str, schema: str, tmp_path: Path) -> None:
        page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
        block = page.partition(f'```yaml title="{title}"\n')[2].partition("```")[0]
        assert block
        file = tmp_path / "file.yml"
        file.write_text(block, encoding="utf-8")
        assert self.complaints(schema, file) == ""
        file.write_text(block.replace("script:", "scripts: 1\n  skript:").replace("runs-on", "runs"), "utf-8")
        assert self.complaints(schema, file) != ""


class TestAction:
    ACTION = ROOT / "action.yml"

    def steps(self) -> list[dict[str, Any]]:
        action = yaml.safe_load(self.ACTION.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = action["runs"]["steps"]
        return found

    def test_no_input_is_pasted_into_a_script(self) -> None:
        assert all("${{" not in step["run"] for step in self.steps())

    def run(
        self,
        step: dict[str, Any],
        project: Path,
        given: dict[str, str],
        *,
        source: Path = ROOT,
        programs: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the script of a step as a runner does, in the checked out project and with these inputs."""
        inputs = yaml.safe_load(self.ACTION.read_text(encoding="utf-8"))["inputs"]
        values = {f"inputs.{name}": about["default"] for name, about in inputs.items()}
        values |= {f"inputs.{name}": value for name, value in given.items()}
        values |= {"github.action_path": str(source), "steps.install.outputs.programs": str(programs)}
        environment = {
            name: values[re.fullmatch(r"\$\{\{ (\S+) \}\}", expression)[1]]  # type: ignore[index]
            for name, expression in step["env"].items()
        }
        temporary = project.parent / "runner temp"
        temporary.mkdir(exist_ok=True)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=project,
            env={
                **os.environ,
                **environment,
                "RUNNER_TEMP": str(temporary),
                "GITHUB_OUTPUT": str(project.parent / "output"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        source = "import time\n\n\nasync def f():\n    time.sleep(1)\n"
        return write_project(tmp_path / "my project", {**SHOP, "shop/views.py": source})

    @pytest.mark.skipif(not PROGRAM.exists(), reason="async-audit is not installed as a program")
    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"paths": "manage.py shop"}, 1),
            ({"paths": "manage.py\nshop\n"}, 1),
            ({"args": "--ignore DJA201"}, 0),
            ({"args": "--select DJA1\n--ignore DJA201"}, 0),
            ({"args": "--nothing"}, 2),
            ({"args": "--select DJA2 --exclude x"}, 1),
            ({"paths": "nowhere"}, 2),
        ],
    )
    def test_the_audit_runs(self, given: dict[str, str], status: int, project: Path) -> None:
        done = self.run(self.steps()[-1], project, {**given, "output": "out.sarif"}, programs=PROGRAM.parent)
        assert done.returncode == status, done.stdout + done.stderr
        assert done.stdout.startswith("::error ") is (status == 1)
        assert (project / "out.sarif").exists() is (status != 2)

    def test_it_installs_itself_from_what_a_runner_checked_out(self, project: Path) -> None:
        source = project.parent / "async audit"
        hidden = shutil.ignore_patterns(".*", "__pycache__", "site")
        shutil.copytree(ROOT, source, ignore=hidden)
        install, audit = self.steps()
        done = self.run(install, project, {"python": sys.executable}, source=source)
        if "No matching distribution" in done.stderr or "connection" in done.stderr.lower():
            pytest.skip("pip reaches no package index here")
        assert done.returncode == 0, done.stdout + done.stderr
        written = (project.parent / "output").read_text(encoding="utf-8")
        programs = Path(written.removeprefix("programs=").rstrip("\n"))
        assert programs.is_relative_to(project.parent / "runner temp")
        done = self.run(audit, project, {}, programs=programs)
        assert (done.returncode, done.stdout.count("::error ")) == (1, 1), done.stdout + done.stderr
        assert "file=shop/views.py,line=5" in done.stdout
