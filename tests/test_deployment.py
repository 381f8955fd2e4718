"""Who serves a project, as its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.catalogue.rows import Protocol
from async_audit.config import SERVERS, Config
from async_audit.engine import audit
from async_audit.findings import Confidence, Verdict
from async_audit.project.deployment import Deployment, Origin, Serving
from async_audit.project.program import Program
from tests.projects import SHOP, project_program, write_project

WSGI = (
    "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\n"
    "application = get_wsgi_application()\n"
)
ASGI = WSGI.replace("wsgi", "asgi")
ROUTER = """\
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application

    django_application = get_asgi_application()
    from shop.routes import routes

    application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
    """
TEMPLATE = {"shop/wsgi.py": WSGI, "shop/asgi.py": ASGI}


def program_of(root: Path, files: dict[str, str | bytes]) -> Program:
    return project_program(write_project(root, {**SHOP, **files}))


def deployment_of(root: Path, files: dict[str, str | bytes]) -> Deployment:
    return program_of(root, files).deployment


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Procfile", "web: gunicorn shop.wsgi --log-file -\n"),
        ("Procfile", "web: newrelic-admin run-program gunicorn shop.wsgi:application\n"),
        (
            "Dockerfile",
            'FROM python\nRUN pip install uvicorn\nCMD ["gunicorn", "-b", ":80", "shop.wsgi:application"]\n',
        ),
        ("deploy/web.Dockerfile", "ENTRYPOINT exec gunicorn shop.wsgi -k gthread\n"),
        ("Dockerfile", "CMD gunicorn \\\n  --workers 3 \\\n  shop.wsgi:application\n"),
        ("docker-compose.yml", "services:\n  web:\n    command: gunicorn shop.wsgi\n"),
        (
            "compose.prod.yaml",
            "services:\n  web:\n    command:\n      - gunicorn\n      - shop.wsgi:application\n",
        ),
        (
            "deploy/shop.service",
            "[Service]\nExecStart=/srv/venv/bin/gunicorn --bind unix:/run/s.sock shop.wsgi\n",
        ),
        ("supervisord.conf", "[program:web]\ncommand=/srv/bin/gunicorn shop.wsgi:application\n"),
        (
            "bin/start.sh",
            "#!/bin/sh\n# uvicorn is not used\npython manage.py migrate && exec gunicorn shop.wsgi\n",
        ),
        ("Makefile", "serve:\n\tuv run gunicorn shop.wsgi:application\n"),
        ("package.json", '{"scripts": {"serve": "gunicorn shop.wsgi:application"}}\n'),
        ("uwsgi.ini", "[uwsgi]\nmodule = shop.wsgi:application\n"),
        ("run.sh", "uwsgi --http :80 --module shop.wsgi\n"),
        ("run.sh", "waitress-serve --port=80 shop.wsgi:application\n"),
        ("run.sh", "uvicorn --interface wsgi shop.wsgi:application\n"),
        ("run.sh", "granian --interface wsgi shop.wsgi:application\n"),
    ],
)
def test_commands_say_wsgi(tmp_path: Path, name: str, content: str) -> None:
    found = deployment_of(tmp_path, {**TEMPLATE, name: content})
    assert found.http is Serving.WSGI
    assert found.wsgi_only is not None
    assert found.wsgi_only.path == name
    assert found.wsgi_only.origin is Origin.COMMAND
    line = content.splitlines()[found.wsgi_only.line - 1]
    assert any(server in line for server in ("gunicorn", "uwsgi", "waitress", "uvicorn", "granian", "module"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Procfile", "web: daphne -b 0.0.0.0 -p $PORT shop.asgi:application\n"),
        ("Dockerfile", 'CMD ["uvicorn", "shop.asgi:application", "--host", "0.0.0.0"]\n'),
        ("Procfile", "web: gunicorn shop.asgi:application -k uvicorn.workers.UvicornWorker\n"),
        ("Procfile", "web: gunicorn --worker-class=uvicorn_worker.UvicornWorker shop.asgi\n"),
        ("compose.yml", "services:\n  web:\n    command: hypercorn shop.asgi:application\n"),
        ("shop.service", "ExecStart=/srv/bin/granian --interface asgi shop.asgi:application\n"),
        ("pyproject.toml", '[tool.tasks]\nserve = "uvicorn shop.asgi:application --reload"\n'),
        ("gunicorn.conf.py", 'wsgi_app = "shop.asgi"\nworker_class = "uvicorn.workers.UvicornWorker"\n'),
    ],
)
def test_commands_say_asgi(tmp_path: Path, name: str, content: str) -> None:
    found = deployment_of(tmp_path, {**TEMPLATE, name: content})
    assert found.http is Serving.ASGI
    assert found.wsgi_only is None
    assert found.evidence(Protocol.ASGI)[0].path == name


@pytest.mark.parametrize(
    "content",
    [
        "pip install gunicorn uvicorn daphne\n",
        "systemctl restart gunicorn\n",
        "pkill gunicorn || true\n",
        "# gunicorn shop.wsgi\n",
        "echo gunicorn shop.wsgi\n",
        "gunicorn flaskapp:app\n",
        "gunicorn shop.wsgi -k $WORKER_CLASS\n",
        "gunicorn shop.content:app --worker-class aiohttp.GunicornWebWorker\n",
        "python manage.py runserver\n",
        "dependencies = [\n  'uvicorn == 0.30.6',\n  'daphne',\n  'uwsgi (>=2)',\n]\ngunicorn = '^21.2'\n",
    ],
)
def test_what_serves_nothing_known_is_unknown(tmp_path: Path, content: str) -> None:
    found = deployment_of(tmp_path, {**TEMPLATE, "run.sh": content})
    assert found.http is Serving.UNKNOWN
    assert found.wsgi_only is None


@pytest.mark.parametrize(
    ("files", "serving"),
    [
        ({}, Serving.UNKNOWN),
        (TEMPLATE, Serving.UNKNOWN),
        ({"shop/wsgi.py": WSGI}, Serving.WSGI),
        ({"shop/asgi.py": ASGI}, Serving.ASGI),
        ({**TEMPLATE, "shop/settings.py": "ASGI_APPLICATION = 'shop.asgi.application'\n"}, Serving.BOTH),
        ({**TEMPLATE, "shop/settings.py": "INSTALLED_APPS = ['daphne', 'shop']\n"}, Serving.BOTH),
        ({**TEMPLATE, "Procfile": "web: gunicorn shop.wsgi\nws: daphne shop.asgi:app\n"}, Serving.BOTH),
        ({"tests/wsgi.py": WSGI, "examples/run.sh": "gunicorn shop.wsgi\n"}, Serving.UNKNOWN),
        ({"main.py": "import uvicorn\nfrom django.core.asgi import get_asgi_application\n\n"
          "uvicorn.run(get_asgi_application())\n"}, Serving.ASGI),
    ],
)  # fmt: skip
def test_modules_and_settings(tmp_path: Path, files: dict[str, str | bytes], serving: Serving) -> None:
    assert deployment_of(tmp_path, files).http is serving


def test_websockets_are_told_from_web_requests(tmp_path: Path) -> None:
    procfile = "web: gunicorn shop.wsgi\nsockets: daphne shop.asgi:application\n"
    files = {"shop/wsgi.py": WSGI, "shop/asgi.py": ROUTER, "Procfile": procfile}
    found = deployment_of(tmp_path, dict(files))
    assert (found.http, found.websockets) == (Serving.WSGI, Serving.ASGI)
    assert found.wsgi_only is not None
    assert (found.wsgi_only.path, found.wsgi_only.line) == ("Procfile", 1)


def test_another_application_says_nothing_of_django(tmp_path: Path) -> None:
    files = {
        **TEMPLATE,
        "api.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "run.sh": "uvicorn api:app\n",
    }
    found = deployment_of(tmp_path, dict(files))
    assert found.http is Serving.UNKNOWN
    assert [fact.is_django for fact in found.evidence(Protocol.ASGI) if fact.path == "run.sh"] == [False]


@pytest.mark.parametrize(
    ("served_by", "serving"), [("asgi", Serving.ASGI), ("wsgi", Serving.WSGI), ("both", Serving.BOTH)]
)
@pytest.mark.parametrize("command", ["gunicorn shop.wsgi", "uvicorn shop.asgi:application", "none"])
def test_the_configuration_outranks_all(
    tmp_path: Path, command: str, served_by: str, serving: Serving
) -> None:
    program = program_of(tmp_path, {**TEMPLATE, "Procfile": f"web: {command}\n"})
    program.served_by = served_by
    found = program.deployment
    assert (found.http, found.surely) == (serving, serving)
    assert (found.wsgi_only is not None) is (served_by == "wsgi")


def test_wsgi_may_be_configured_where_nothing_shows_it(tmp_path: Path) -> None:
    program = program_of(tmp_path, {"shop/asgi.py": ASGI})
    program.served_by = "wsgi"
    assert program.deployment.surely is Serving.WSGI
    assert program.deployment.wsgi_only is None


def test_a_configured_server_decides_verdicts(tmp_path: Path) -> None:
    views = """        import httpx
        from django.http import HttpResponse


        async def rates(request):
            async with httpx.AsyncClient() as client:
                response = await client.get("https://rates.example/")
            return HttpResponse(response.text)
        """
    urls = (
        "from django.urls import path\n\nfrom shop.views import rates\n\n"
        "urlpatterns = [path('rates/', rates)]\n"
    )
    root = write_project(tmp_path, {**SHOP, **TEMPLATE, "shop/views.py": views, "shop/urls.py": urls})
    verdicts = {
        served_by: [entry.verdict for entry in audit([root], Config(served_by=served_by)).entry_points]
        for served_by in SERVERS
    }
    assert verdicts == {"asgi": [Verdict.GAINS], "wsgi": [Verdict.CANCELLED], "both": [Verdict.GAINS]}
    found = audit([root], Config(served_by="wsgi", select=("DJA501",))).findings
    assert [finding.confidence for finding in found] == [Confidence.CERTAIN]
    assert "(the configuration says so)" in found[0].message


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe web: gunicorn shop.wsgi\n" + b"\0" * 9, b"x" * (1 << 20) + b"\ngunicorn shop.wsgi\n"],
)
def test_binary_and_large_files_are_not_read(tmp_path: Path, content: bytes) -> None:
    assert deployment_of(tmp_path, {**TEMPLATE, "Procfile": content}).http is Serving.UNKNOWN


def test_what_is_not_utf_8_is_read(tmp_path: Path) -> None:
    content = "# Büro\nweb: gunicorn shop.wsgi\n".encode("latin-1")
    assert deployment_of(tmp_path, {**TEMPLATE, "Procfile": content}).http is Serving.WSGI


def test_links_out_of_the_project_and_broken_ones_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("web: gunicorn shop.wsgi\n")
    root = write_project(tmp_path / "project", {**SHOP, **TEMPLATE})
    (root / "Procfile").symlink_to(outside)
    (root / "start.sh").symlink_to(root / "nowhere")
    assert project_program(root).deployment.http is Serving.UNKNOWN


def test_excluded_folders_are_not_read(tmp_path: Path) -> None:
    files = {
        **TEMPLATE,
        "node_modules/x/run.sh": "gunicorn shop.wsgi\n",
        ".venv/bin/start.sh": "gunicorn shop.wsgi\n",
    }
    assert deployment_of(tmp_path, dict(files)).http is Serving.UNKNOWN
