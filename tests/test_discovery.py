"""Which files a project has, what they are called, and which Django it says it uses."""

# ruff: noqa: E501  (quoted files stay on their line)

from __future__ import annotations

import os
from pathlib import Path

import pytest

from async_audit.audit import Audit
from async_audit.discovery import may_hold_coroutines, project_root, python_files, source_files
from async_audit.requirements import django_version
from tests.projects import EVERY_RULE, codes_in, write_project


def relative(root: Path, *exclude: str) -> list[str]:
    """The Python files below a folder."""
    return [path.relative_to(root).as_posix() for path in python_files(root, exclude)]


def names(root: Path) -> dict[str, str]:
    """The module name of each file."""
    return {file.relative: file.name for file in source_files(root)}


class TestFiles:
    def test_python_files_alone_are_found(self, tmp_path: Path) -> None:
        write_project(
            tmp_path, {"b.py": "", "a/c.py": "", "a/d.pyi": "", "e.txt": "", "f.py.bak": "", "g.pyc": b""}
        )
        assert relative(tmp_path) == ["b.py", "a/c.py"]

    @pytest.mark.parametrize(
        "folder",
        [".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", "lib/python3.12/site-packages"],
    )
    def test_folders_that_hold_no_source_are_left_out(self, folder: str, tmp_path: Path) -> None:
        assert relative(write_project(tmp_path, {f"{folder}/a.py": "", "b.py": ""})) == ["b.py"]

    def test_a_virtual_environment_of_any_name_is_left_out(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"py/pyvenv.cfg": "", "py/lib/a.py": "", "b.py": ""})
        assert relative(tmp_path) == ["b.py"]
        assert relative(tmp_path / "py") == ["lib/a.py"]

    @pytest.mark.parametrize(
        ("pattern", "left"),
        [
            ("a.py", ["b/a.py", "b/c.py", "b/d/a.py", "e/d/a.py"]),
            ("b", ["a.py", "e/d/a.py"]),
            ("b/", ["a.py", "e/d/a.py"]),
            ("d", ["a.py", "b/a.py", "b/c.py"]),
            ("b/*.py", ["a.py", "e/d/a.py"]),
            ("*/d/*", ["a.py", "b/a.py", "b/c.py"]),
            ("*a.py", ["b/c.py"]),
            ("B", ["a.py", "b/a.py", "b/c.py", "b/d/a.py", "e/d/a.py"]),
            ("nothing", ["a.py", "b/a.py", "b/c.py", "b/d/a.py", "e/d/a.py"]),
            ("./b", ["a.py", "e/d/a.py"]),
        ],
    )
    def test_excludes(self, pattern: str, left: list[str], tmp_path: Path) -> None:
        files = {"a.py": "", "b/a.py": "", "b/c.py": "", "b/d/a.py": "", "e/d/a.py": ""}
        assert sorted(relative(write_project(tmp_path, files), pattern)) == left

    def test_symlink_loops_end(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a/b.py": ""})
        (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "a" / "self").symlink_to(tmp_path / "a", target_is_directory=True)
        (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
        assert relative(tmp_path) == ["a/b.py"]

    def test_a_link_to_itself_is_no_file(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a/b.py": ""})
        (tmp_path / "round.py").symlink_to(tmp_path / "round.py")
        assert relative(tmp_path) == ["a/b.py"]

    def test_a_link_does_not_hide_the_folder_itself(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"shop/__init__.py": "", "shop/views.py": ""})
        (tmp_path / "current").symlink_to(tmp_path / "shop", target_is_directory=True)
        assert "shop/views.py" in relative(tmp_path)

    def test_a_link_out_of_the_project_is_followed_once(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"far/a.py": "", "shop/b.py": ""})
        (tmp_path / "shop" / "one").symlink_to(tmp_path / "far", target_is_directory=True)
        (tmp_path / "shop" / "two").symlink_to(tmp_path / "far", target_is_directory=True)
        (tmp_path / "shop" / "up").symlink_to(tmp_path, target_is_directory=True)
        assert relative(tmp_path / "shop") == ["b.py", "one/a.py"]

    def test_a_pipe_is_no_file(self, tmp_path: Path) -> None:
        os.mkfifo(write_project(tmp_path, {"a.py": ""}) / "pipe.py")
        os.mkfifo(tmp_path / "requirements.txt")
        assert relative(tmp_path) == ["a.py"]
        assert django_version(tmp_path) is None

    @pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to root")
    def test_a_closed_folder_is_left_out(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": "", "closed/b.py": ""})
        (tmp_path / "closed").chmod(0)
        try:
            assert relative(tmp_path) == ["a.py"]
            assert project_root(tmp_path / "closed" / "b.py").is_absolute()
        finally:
            (tmp_path / "closed").chmod(0o700)

    def test_a_folder_called_like_a_module_is_no_file(self, tmp_path: Path) -> None:
        assert relative(write_project(tmp_path, {"a.py/b.py": ""})) == ["a.py/b.py"]

    def test_an_absent_root_has_no_files(self, tmp_path: Path) -> None:
        assert relative(tmp_path / "nowhere") == []

    @pytest.mark.parametrize(
        ("content", "may"),
        [
            (b"async def f(): pass", True),
            (b"async  def f(): pass", True),
            (b"import asyncio", True),
            (b"from asgiref.sync import async_to_sync", True),
            (b"# \xff\nasync def f(): pass", True),
            (b"def f(): pass", False),
            (b"asynchronous = 'await'", False),
            (b"", False),
        ],
    )
    def test_the_prefilter(self, content: bytes, may: bool, tmp_path: Path) -> None:  # noqa: FBT001
        write_project(tmp_path, {"a.py": content})
        assert may_hold_coroutines(tmp_path / "a.py") is may
        assert source_files(tmp_path)[0].mentions_async is may

    def test_the_prefilter_lets_unreadable_files_through(self, tmp_path: Path) -> None:
        assert may_hold_coroutines(tmp_path / "nowhere.py")


class TestRoot:
    @pytest.mark.parametrize("marker", ["manage.py", "pyproject.toml", "setup.cfg", "setup.py", ".git/HEAD"])
    def test_the_nearest_folder_with_a_marker(self, marker: str, tmp_path: Path) -> None:
        write_project(tmp_path, {marker: "", "a/b/c.py": ""})
        for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b" / "c.py"):
            assert project_root(path) == tmp_path

    def test_the_inner_one_of_two(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"pyproject.toml": "", "backend/manage.py": "", "backend/a.py": ""})
        assert project_root(tmp_path / "backend" / "a.py") == tmp_path / "backend"

    @pytest.mark.parametrize("inner", ["backend/manage.py", "backend/pyproject.toml", "backend/setup.py"])
    @pytest.mark.parametrize("table", ["[tool.async-audit]\nignore = ['DJA2']\n", "[tool.async-audit\n"])
    def test_the_outer_one_that_is_configured(self, table: str, inner: str, tmp_path: Path) -> None:
        write_project(tmp_path, {"pyproject.toml": table, inner: "", "backend/a.py": ""})
        assert project_root(tmp_path / "backend" / "a.py") == tmp_path

    def test_of_two_that_are_configured_the_inner_one(self, tmp_path: Path) -> None:
        table = "[tool.async-audit]\nignore = ['DJA2']\n"
        files = {"pyproject.toml": table, "backend/pyproject.toml": table, "backend/shop/a.py": ""}
        assert (
            project_root(write_project(tmp_path, files) / "backend" / "shop" / "a.py") == tmp_path / "backend"
        )

    def test_what_is_configured_outside_of_the_repository_is_not_asked(self, tmp_path: Path) -> None:
        table = "[tool.async-audit]\nignore = ['DJA2']\n"
        write_project(tmp_path, {"pyproject.toml": table, "clone/.git/HEAD": "", "clone/shop/manage.py": ""})
        assert project_root(tmp_path / "clone" / "shop") == tmp_path / "clone" / "shop"

    def test_a_dependency_is_no_configuration(self, tmp_path: Path) -> None:
        files = {"pyproject.toml": "[project]\ndependencies = ['async-audit']\n", "backend/manage.py": ""}
        assert project_root(write_project(tmp_path, files) / "backend") == tmp_path / "backend"


class TestModuleNames:
    def test_packages_and_modules(self, tmp_path: Path) -> None:
        files = {"manage.py": "", "a.py": "", "b/__init__.py": "", "b/c.py": "", "d/e.py": ""}
        assert names(write_project(tmp_path, files)) == {
            "manage.py": "manage",
            "a.py": "a",
            "b/__init__.py": "b",
            "b/c.py": "b.c",
            "d/e.py": "d.e",
        }

    def test_packages_are_said_to_be(self, tmp_path: Path) -> None:
        files = source_files(write_project(tmp_path, {"b/__init__.py": "", "b/c.py": ""}))
        assert [file.is_package for file in files] == [True, False]

    @pytest.mark.parametrize(
        ("files", "path", "name"),
        [
            ({"src/a/__init__.py": "", "src/a/b.py": ""}, "src/a/b.py", "a.b"),
            ({"src/__init__.py": "", "src/a/b.py": ""}, "src/a/b.py", "src.a.b"),
            ({"backend/manage.py": "", "backend/a/b.py": ""}, "backend/a/b.py", "a.b"),
            ({"x/backend/manage.py": "", "x/backend/a/b.py": ""}, "x/backend/a/b.py", "a.b"),
            ({"api/pyproject.toml": "", "api/a/b.py": ""}, "api/a/b.py", "a.b"),
            ({"lib/setup.py": "", "lib/a/b.py": ""}, "lib/a/b.py", "a.b"),
            ({"one/manage.py": "", "two/manage.py": "", "two/a.py": ""}, "two/a.py", "a"),
        ],
    )
    def test_source_roots(self, files: dict[str, str], path: str, name: str, tmp_path: Path) -> None:
        assert names(write_project(tmp_path, files))[path] == name

    def test_a_root_that_is_itself_a_package(self, tmp_path: Path) -> None:
        write_project(
            tmp_path / "shop", {"__init__.py": "", "models.py": "", "sub/__init__.py": "", "sub/a.py": ""}
        )
        assert names(tmp_path / "shop")["sub/a.py"] == "shop.sub.a"

    def test_imports_work_below_each_source_root(self, tmp_path: Path) -> None:
        files = {
            "src/helpers/__init__.py": "",
            "src/helpers/slow.py": "import time\n\n\ndef wait():\n    time.sleep(1)\n",
            "backend/manage.py": "",
            "backend/shop/views.py": "from helpers.slow import wait\n\n\nasync def view():\n    wait()\n",
            "pyproject.toml": "",
        }
        assert codes_in(write_project(tmp_path, files)) == ["DJA210"]


class TestDjangoVersion:
    @pytest.mark.parametrize(
        ("path", "content", "version"),
        [
            ("requirements.txt", "Django==5.2.1\n", (5, 2)),
            ("requirements.txt", "a==1\ndjango>=4.2,<5.0  # why\n", (4, 2)),
            ("requirements.txt", "django<6,>=5.1\n", (5, 1)),
            ("requirements.txt", "Django~=4.2.0\n", (4, 2)),
            ("requirements.txt", "django[argon2] == 5.0 ; python_version > '3.9' \\\n  --hash=sha256:1\n", (5, 0)),
            ("requirements.txt", "django==5.2\r\n", (5, 2)),
            ("requirements.txt", "DJANGO===5.2\n", (5, 2)),
            ("requirements.txt", "django>=5\n", (5, 0)),
            ("requirements.txt", "django-environ==0.11\ndjango_extensions==3.2\n", None),
            ("requirements.txt", "# django==3.2\n", None),
            ("requirements.txt", "django\n", None),
            ("requirements.txt", "djangorestframework==3.15\n", None),
            ("requirements.txt", "django4pure==1.0\n", None),
            ("requirements/base.txt", "django==5.1.3\n", (5, 1)),
            ("requirements/production.txt", "django==5.1.3\n", (5, 1)),
            ("pyproject.toml", '[project]\ndependencies = [\n  "django>=5.1,<6",\n]\n', (5, 1)),
            ("pyproject.toml", '[project]\ndependencies = ["django>=5.1"]\n', (5, 1)),
            ("pyproject.toml", '[project]\ndependencies = ["a", "django>=5.1"]\n', (5, 1)),
            ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "^5.0"\n', (5, 0)),
            ("pyproject.toml", '[tool.poetry.dependencies]\nDjango = "~5.1"\n', (5, 1)),
            ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = {version = "^5.0", extras = ["bcrypt"]}\n', (5, 0)),
            (
                "pyproject.toml",
                '[tool.poetry.dependencies]\ndjango = {extras = ["bcrypt"], version = "^5.0"}\n',
                (5, 0)),
            ("pyproject.toml", '[project]\nclassifiers = [\n  "Framework :: Django :: 4.2",\n]\n', None),
            ("setup.cfg", "[options]\ninstall_requires =\n    a\n    Django>=4.2\n", (4, 2)),
            ("setup.cfg", "[options]\ninstall_requires = Django>=4.2\n", (4, 2)),
            ("setup.py", "setup(install_requires=['Django>=4.2'])\n", (4, 2)),
            ("setup.py", "setup(\n    install_requires=[\n        'Django>=4.2',\n    ],\n)\n", (4, 2)),
            ("Pipfile", '[packages]\ndjango = "==5.0.*"\n', (5, 0)),
            ("Pipfile", '[packages]\ndjango = {version = "~=5.1.0"}\n', (5, 1)),
            ("Pipfile", '[packages]\ndjango = "*"\n', None),
            ("uv.lock", '[[package]]\nname = "django"\nversion = "5.2.19"\n', (5, 2)),
            ("uv.lock", '[[package]]\nname = "django-cors"\nversion = "4.9"\n', None),
            ("poetry.lock", '[[package]]\nname = "Django"\nversion = "4.2.9"\n', (4, 2)),
            ("pdm.lock", '[[package]]\nname = "django"\nversion = "5.1"\n', (5, 1)),
            ("Pipfile.lock", '{"default": {"django": {"version": "==5.2.1"}}}', (5, 2)),
            ("requirements.in", "django>=5.1\n", (5, 1)),
            ("requirements-dev.txt", "Django==5.1.4\n", (5, 1)),
            ("requirements/live.txt", "--index-url x\n-r base.txt\ndjango==5.2.1 \\\n    --hash=sha256:0\n    # via -r live.in\n", (5, 2)),
            ("requirements/live.in", "django<6\n", (4, 2)),
            ("requirements.txt", "django-foo==4\n", None),
            ("requirements.txt", "django @ https://example.org/django-5.2.tar.gz\n", None),
            ("requirements.txt", "django!=5.0\n", None),
            ("requirements.txt", "django>=3.2,<6\n", (4, 2)),
            ("requirements.txt", "django>4.2.3,!=5.0.*\n", (4, 2)),
            ("requirements.txt", "django==2.2\n", (4, 2)),
            ("requirements.txt", "django==9.9\n", (6, 1)),
            ("requirements.txt", "django==six\n", None),
            ("pyproject.toml", '[project.optional-dependencies]\nweb = ["Django[argon2]>=5.0,<6"]\n', (5, 0)),
            ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "x"}, "django~=5.1"]\n', (5, 1)),
            ("pyproject.toml", '[tool.poetry.group.web.dependencies]\ndjango = "5.0.*"\n', (5, 0)),
            ("pyproject.toml", '[tool.poetry.dependencies.django]\nversion = ">=5.1 <6"\n', (5, 1)),
            ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "^4.2 || ^5.2"\n', (4, 2)),
            ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = "~5"\n', (5, 0)),
            ("pyproject.toml", '[tool.poetry.dependencies]\ndjango = [{version = "^5.1"}, {version = "^5.0"}]\n', (5, 0)),
            ("pyproject.toml", 'project = "django>=5"\n', None),
            ("pyproject.toml", "[tool.poetry]\ngroup = 'django'\n", None),
            ("setup.cfg", "[options.extras_require]\nweb = a; Django>=4.2\n  django>=5.0\n", (5, 0)),
            ("setup.cfg", "Django>=4.2\n", None),
            ("setup.py", "a = 'django-foo==4', 'Django'\n", None),
            ("setup.py", "Django>=(\n", None),
            ("Pipfile.lock", '{"default": ["django"]}', None),
            ("Pipfile.lock", '["django"', None),
            ("pylock.toml", '[[packages]]\nname = "django"\nversion = "5.2.1"\n', (5, 2)),
        ],
    )  # fmt: skip
    def test_forms(self, path: str, content: str, version: tuple[int, int] | None, tmp_path: Path) -> None:
        found = django_version(write_project(tmp_path, {path: content.encode()}))
        said = None if found is None else (found.version, found.path)
        assert said == (None if version is None else (version, path))

    def test_a_lock_file_says_more_than_a_requirement(self, tmp_path: Path) -> None:
        lock = '[[package]]\nname = "django"\nversion = "5.2.1"\n'
        write_project(tmp_path, {"requirements.txt": "django>=4.2\n", "uv.lock": lock})
        assert str(django_version(tmp_path)) == "uv.lock:2"

    def test_a_project_that_does_not_say(self, tmp_path: Path) -> None:
        assert django_version(tmp_path) is None

    def test_a_text_in_utf_16(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"requirements.txt": "django==5.1\r\n".encode("utf-16")})
        assert str(django_version(tmp_path)) == "requirements.txt:1"

    @pytest.mark.parametrize(("said", "used"), [("3.2", (4, 2)), ("4.2", (4, 2)), ("6.0", (6, 0))])
    def test_the_engine_takes_it(self, said: str, used: tuple[int, int], tmp_path: Path) -> None:
        write_project(tmp_path, {"manage.py": "", "requirements.txt": f"django~={said}\n"})
        assert Audit(tmp_path, EVERY_RULE).program.django == used

    def test_a_version_of_the_future_is_no_reason_to_stop(self, tmp_path: Path) -> None:
        files = {"requirements.txt": "django>=9.1\n", "a.py": "async def f():\n    open('x')\n"}
        assert codes_in(write_project(tmp_path, files)) == ["DJA204"]
