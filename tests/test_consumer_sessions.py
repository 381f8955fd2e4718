"""The session of a websocket consumer, by the middleware that stands around it.

Each line was run with channels 4.3 under Django 5.2, for a client that has a session.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

CONSUMERS = """\
    from channels.generic.websocket import AsyncWebsocketConsumer


    class Chat(AsyncWebsocketConsumer):
        async def connect(self):
            {what}
            await self.accept()
    """
ASGI = """\
    from channels.auth import AuthMiddlewareStack
    from channels.routing import ProtocolTypeRouter, URLRouter
    from channels.security.websocket import AllowedHostsOriginValidator
    from channels.sessions import CookieMiddleware, SessionMiddleware, SessionMiddlewareStack
    from django.core.asgi import get_asgi_application
    from django.urls import path

    from shop.consumers import Chat
    from shop.layers import Loading

    inner = URLRouter([path("chat", Chat.as_asgi())])
    application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": {stack}})
    """
LAZY = "SessionMiddlewareStack(inner)"
LOADED = "AuthMiddlewareStack(inner)"
GET = 'self.scope["session"].get("name")'


def codes(root: Path, stack: str, what: str) -> list[str]:
    """What is found of the ORM where a consumer does that behind this stack."""
    files = {
        **SHOP,
        "shop/settings.py": """\
            SECRET_KEY = "x"
            INSTALLED_APPS = ["django.contrib.sessions", "channels", "shop"]
            SESSION_ENGINE = "django.contrib.sessions.backends.db"
            """,
        "shop/consumers.py": CONSUMERS.replace("{what}", what),
        "shop/asgi.py": ASGI.replace("{stack}", stack),
    }
    return [code for code in codes_in(write_project(root, files)) if code.startswith("DJA1")]


@pytest.mark.parametrize(
    ("what", "lazy", "loaded"),
    [
        (GET, ["DJA104"], []),
        ('print(self.scope["session"]["name"])', ["DJA104"], []),
        ('self.scope["session"]["name"] = 1', ["DJA104"], []),
        ('print("name" in self.scope["session"])', ["DJA104"], []),
        (f'await self.scope["session"].aget("x"); {GET}', [], []),
        ('self.scope["session"].save()', ["DJA104"], ["DJA104"]),
        ('print(self.scope["url_route"]["kwargs"], self.scope["path"])', [], []),
        ('print(self.scope["user"].is_authenticated)', [], []),
    ],
)
def test_what_a_consumer_does_with_its_session(
    tmp_path: Path, what: str, lazy: list[str], loaded: list[str]
) -> None:
    assert codes(tmp_path / "lazy", LAZY, what) == lazy
    assert codes(tmp_path / "loaded", LOADED, what) == loaded


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (f"AllowedHostsOriginValidator({LAZY})", ["DJA104"]),
        ("CookieMiddleware(SessionMiddleware(inner))", ["DJA104"]),
        (f"AllowedHostsOriginValidator({LOADED})", []),
        (f"Loading({LAZY})", []),
        ("SessionMiddlewareStack(Loading(inner))", []),
        ("inner", []),
    ],
)
def test_a_stack_that_is_not_known_says_nothing(tmp_path: Path, stack: str, expected: list[str]) -> None:
    assert codes(tmp_path, stack, GET) == expected
