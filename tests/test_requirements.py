"""The project's version of Django: every file that may say it, includes, ranges, and where it was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.config import Config
from async_audit.engine import audit
from async_audit.requirements import django_version
from tests.projects import write_project


def said(root: Path, files: dict[str, str]) -> str:
    found = django_version(write_project(root, files))
    return "" if found is None else "{}.{} {}".format(*found.version, found)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "a==1\n\nDjango==5.2.1\n"}, "5.2 requirements.txt:3"),
        ({"requirements.txt": "Django==3.2.1\n"}, "4.2 the nearest known to `==3.2.1`, requirements.txt:1"),
        (
            {"requirements.txt": "a==1\ndjango \\\n  >=4.2,<6\n"},
            "4.2 the lowest of `<6,>=4.2`, requirements.txt:2",
        ),
        ({"requirements.txt": "-r deps/web.in\n", "deps/web.in": "django~=5.1.0\n"}, "5.1 deps/web.in:1"),
        (
            {"requirements/live.txt": "--requirement=../base.txt\n", "base.txt": "a\ndjango==5.0\n"},
            "5.0 base.txt:2",
        ),
        (
            {"requirements.txt": "-c pins.txt\ndjango>=4.2\n", "pins.txt": "a==1\ndjango==5.1.4\n"},
            "5.1 pins.txt:2",
        ),
        ({"requirements.txt": "django\n", "constraints.txt": "django==5.1.4\n"}, "5.1 constraints.txt:1"),
        ({"requirements.txt": "-r requirements.txt\ndjango==5.1\n"}, "5.1 requirements.txt:2"),
        ({"requirements.txt": "-r gone.txt\n-r https://example.org/r.txt\n"}, ""),
        ({"environment.yml": "dependencies:\n  - python=3.12\n  - django=5.1\n"}, "5.1 environment.yml:3"),
        ({"environment.yml": "dependencies:\n  - conda-forge::django>=5.0,<5.1\n"}, "5.0 environment.yml:2"),
        (
            {"environment.yaml": "dependencies:\n  - pip:\n    - 'Django==4.2.3'  # pinned\n"},
            "4.2 environment.yaml:3",
        ),
        ({"environment.yml": "dependencies:\n  - django-filter=24\n  # - django=5.1\n"}, ""),
        (
            {"pyproject.toml": '[project]\nname = "x"\ndependencies = [\n  "a",\n  "django>=5.2,<5.3",\n]\n'},
            "5.2 pyproject.toml:5",
        ),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "^5.0"\n'},
            "5.0 the lowest of `>=5.0,<6`, pyproject.toml:3",
        ),
        (
            {"pyproject.toml": '[tool.uv]\nconstraint-dependencies = ["django<5.1,>=5"]\n'},
            "5.0 pyproject.toml:2",
        ),
        ({"pyproject.toml": '[tool.pdm.dev-dependencies]\nweb = ["django==5.2"]\n'}, "5.2 pyproject.toml:2"),
        (
            {"poetry.lock": '[[package]]\nname = "a"\n\n[[package]]\nname = "django"\nversion = "5.1"\n'},
            "5.1 poetry.lock:5",
        ),
        ({"setup.cfg": "[options]\ninstall_requires =\n  a\n  django==5.0\n"}, "5.0 setup.cfg:4"),
        ({"setup.py": "setup(\n  install_requires=['a', 'django==5.0'],\n)\n"}, "5.0 setup.py:2"),
        ({"Pipfile": '[packages]\na = "*"\ndjango = "==5.0.*"\n'}, "5.0 Pipfile:3"),
        (
            {"Pipfile.lock": '{"default": {\n"a": {},\n"django": {"version": "==5.2.1"}}}'},
            "5.2 Pipfile.lock:3",
        ),
        ({"backend/requirements.txt": "django==5.1\n"}, "5.1 backend/requirements.txt:1"),
        ({"node_modules/requirements.txt": "django==5.1\n", ".venv/requirements.txt": "django==5.0\n"}, ""),
    ],
)
def test_where_it_is_said(files: dict[str, str], expected: str, tmp_path: Path) -> None:
    assert said(tmp_path, files) == expected


def test_the_folders_above_count_up_to_the_repository(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "django==4.2\n",
        "repo/pyproject.toml": '[project]\ndependencies=["django==5.1"]\n',
    }
    write_project(tmp_path, {**files, "repo/.git/HEAD": "", "repo/backend/manage.py": ""})
    found = django_version(tmp_path / "repo" / "backend")
    assert str(found) == "../pyproject.toml:2"
    (tmp_path / "repo" / "pyproject.toml").unlink()
    assert django_version(tmp_path / "repo" / "backend") is None


@pytest.mark.parametrize(
    ("files", "config", "django", "source"),
    [
        ({"requirements.txt": "django>=4.2\n"}, Config(), "4.2", "the lowest of `>=4.2`, requirements.txt:1"),
        ({"requirements.txt": "django>=4.2\n"}, Config(django_version=(6, 0)), "6.0", "given by hand"),
        ({}, Config(), "5.2", "assumed: the project does not say"),
    ],
)
def test_the_report_says_which_and_why(
    files: dict[str, str], config: Config, django: str, source: str, tmp_path: Path
) -> None:
    write_project(tmp_path, {"manage.py": "", **files})
    report = audit([tmp_path], config)
    assert (report.django, report.django_source) == (django, source)


def test_all_files_that_the_answer_depends_on_are_told(tmp_path: Path) -> None:
    write_project(tmp_path, {"requirements.txt": "-r deps/web.in\n", "deps/web.in": "django==5.1\n"})
    looked_at: list[Path] = []
    django_version(tmp_path, looked_at)
    asked = [path.relative_to(tmp_path).as_posix() for path in looked_at]
    assert asked[0] == "uv.lock"
    assert asked[-2:] == ["requirements.txt", "deps/web.in"]
