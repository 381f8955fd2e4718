"""Count the hops to a thread that real Django makes for one ASGI request, for each of several chains.

    python -m tests.oracle.hops ROOT < chains.json

`chains.json` is a list of `MIDDLEWARE` settings whose own entries are modules below ROOT. The answer is a
list of counts on standard output, those hops left out that the handler makes without any middleware.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from unittest.mock import patch

import django
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

OF_THE_HANDLER = 3
"""The synchronous receivers of `request_started`, the synchronous view, and `response.close`."""


def view(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse("ok")


urlpatterns = [path("", view)]


def configure() -> None:
    settings.configure(
        SECRET_KEY="hops",  # noqa: S106 - nothing is deployed
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        LOGIN_URL="/",
    )
    django.setup()


async def request(application: Any) -> int:
    """Send one request; the status of the response comes back."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"example.com"), (b"remote-user", b"reader")],
    }
    sent = asyncio.Event()
    status = 0
    bodies = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if bodies:
            return bodies.pop()
        await sent.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await application(scope, receive, send)
    return status


def hops(middleware: list[str]) -> int:
    """The hops of one request through a chain. Raises `RuntimeError` where it fails."""
    from django.core.handlers.asgi import ASGIHandler  # noqa: PLC0415 - after the settings

    count = 0
    original = SyncToAsync.__call__

    async def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return await original(self, *args, **kwargs)

    with override_settings(MIDDLEWARE=middleware):
        application = ASGIHandler()
        with patch.object(SyncToAsync, "__call__", counting):
            status = asyncio.run(request(application))
    if status != 200:
        raise RuntimeError(f"{middleware}: status {status}")
    return count - OF_THE_HANDLER


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    configure()
    json.dump([hops(chain) for chain in json.load(sys.stdin)], sys.stdout)
