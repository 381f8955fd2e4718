"""How the fixtures' coroutines are called where their parameters do not say it."""

from __future__ import annotations

SETTINGS = {"bookshop": "config.settings", "rules": "project.settings", "modern": "lending.settings"}


def first(label: str):
    """Return a function that fetches the first instance of a model."""

    def fetch():
        from django.apps import apps

        return apps.get_model(label)._default_manager.order_by("pk").first()

    return fetch


def model(label: str):
    """Return a function that returns the model."""

    def fetch():
        from django.apps import apps

        return apps.get_model(label)

    return fetch


def repository(name: str):
    """Return a function that makes a repository of the lending project."""

    def make():
        import importlib

        return getattr(importlib.import_module("lending.repositories"), name)()

    return make


async def http_client():
    import httpx
    from django.conf import settings

    return httpx.AsyncClient(base_url=settings.STOCK_URL)


def websocket(message: dict | None, *, event: dict | None = None):
    """Return a way that connects to the order consumer and sends it one message."""

    def way(driver):
        async def call():
            from channels.testing import WebsocketCommunicator
            from orders.consumers import OrderStatusConsumer

            communicator = WebsocketCommunicator(OrderStatusConsumer.as_asgi(), "/ws/orders/1/")
            communicator.scope["url_route"] = {"kwargs": {"pk": 1}}
            communicator.scope["user"] = None
            await communicator.connect()
            if event:
                from channels.layers import get_channel_layer

                await get_channel_layer().group_send("order-1", event)
                import asyncio

                await asyncio.sleep(0.05)
            if message is not None:
                await communicator.send_json_to(message)
                await communicator.receive_json_from(timeout=2)
            await communicator.disconnect()

        return call

    return way


def on_instance(module: str, make: str, method: str, *arguments):
    """Return a way that awaits `make` in the module and then calls a method of what it gives."""

    def way(driver):
        async def call():
            import importlib
            import operator

            instance = await operator.attrgetter(make)(importlib.import_module(module))(*arguments)
            return await getattr(instance, method)()

        return call

    return way


def on_repository(method: str):
    """Return a way that calls a method of the lending project's tool repository."""

    def way(driver):
        async def call():
            from lending.models import Tool
            from lending.repositories import repositories

            if method == "stream":
                return [tool async for tool in repositories.tools.stream()]
            arguments = {"find": [1], "save": [await Tool.objects.afirst()]}.get(method, [])
            return await getattr(repositories.tools, method)(*arguments)

        return call

    return way


def get_response():
    """Return the rest of a middleware chain."""

    async def respond(request):
        from django.http import HttpResponse

        return HttpResponse("x")

    return respond


def coroutine(function):
    """Return a way that runs `async def function()`."""
    return lambda driver: function


def viewset(name: str, actions: dict[str, str], **kwargs):
    """Return a way that sends a request to a viewset of dja410."""

    def way(driver):
        import importlib

        found = getattr(importlib.import_module("dja410_async_handler_unsupported.api"), name)
        return lambda: driver.request(found.as_view(actions), "get", kwargs)

    return way


async def await_twice():
    from dja409_sync_only_wrapper.views import total

    await total()
    await total()


async def load_of_synchronous_view():
    from dja408_mixed_handlers.views import SynchronousView

    await SynchronousView().load()


async def load_of_api_view():
    from dja410_async_handler_unsupported.api import HelpfulView

    await HelpfulView().load()


async def serializer_validates():
    from asgiref.sync import sync_to_async
    from dja410_async_handler_unsupported.api import VolumeSerializer

    await sync_to_async(VolumeSerializer(data={"title": "x"}).is_valid)()


async def subject_form_validates():
    from asgiref.sync import sync_to_async
    from dja410_async_handler_unsupported.handlers import SubjectForm

    await sync_to_async(SubjectForm({"name": "x"}).is_valid)()


async def title_form_validates():
    from asgiref.sync import sync_to_async
    from dja410_async_handler_unsupported.handlers import TitleForm

    await sync_to_async(TitleForm({"title": "x"}).is_valid)()


async def admin_acts():
    from asgiref.sync import sync_to_async
    from dja410_async_handler_unsupported.handlers import VolumeAdmin
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.test import RequestFactory

    from library.models import Volume

    def act():
        model_admin = VolumeAdmin(Volume, admin.site)
        request = RequestFactory().post("/", {"action": "archive", "_selected_action": ["1"], "index": "0"})
        request.user = User(is_superuser=True, is_active=True)
        return model_admin.response_action(request, Volume.objects.all())

    await sync_to_async(act)()


def rendered(text: str):
    """Return a coroutine function that renders a template with dja410's tags in a thread."""

    async def render():
        from asgiref.sync import sync_to_async
        from dja410_async_handler_unsupported.handlers import register
        from django.template import Context, Engine

        engine = Engine()
        engine.template_builtins.append(register)
        await sync_to_async(engine.from_string(text).render)(Context())

    return render


async def shelfmark_saves():
    from dja410_async_handler_unsupported.handlers import Shelfmark

    await Shelfmark(text="x").asave()


async def shelfmark_label():
    from dja410_async_handler_unsupported.handlers import Shelfmark

    await Shelfmark(text="x").label()


async def command_runs():
    from asgiref.sync import sync_to_async
    from dja410_async_handler_unsupported.handlers import CountCommand
    from django.core.management import call_command

    await sync_to_async(call_command)(CountCommand())


async def admin_counts():
    from dja410_async_handler_unsupported.handlers import VolumeAdmin
    from django.contrib import admin

    from library.models import Volume

    await VolumeAdmin(Volume, admin.site).count()


HANDLERS = "dja410_async_handler_unsupported.handlers:"
API = "dja410_async_handler_unsupported.api:"
CONSUMER = "orders.consumers:OrderStatusConsumer."
WAYS = {
    "bookshop": {
        CONSUMER + "connect": websocket(None),
        CONSUMER + "disconnect": websocket(None),
        CONSUMER + "receive_json": websocket({"want": "total"}),
        CONSUMER + "send_state": websocket({"want": "state"}),
        CONSUMER + "send_titles": websocket({"want": "titles"}),
        CONSUMER + "order_changed": websocket(None, event={"type": "order.changed", "state": "paid"}),
    },
    "modern": {f"lending.repositories:Repository.{name}": on_repository(name) for name in ("find", "stream", "save", "load_all")},
    "rules": {
        "dja103_lazy_attribute_access.loading:Desk.shelfmark": on_instance("dja103_lazy_attribute_access.loading", "Desk.open", "shelfmark", 1),
        "dja409_sync_only_wrapper.views:total": coroutine(await_twice),
        "dja408_mixed_handlers.views:SynchronousView.load": coroutine(load_of_synchronous_view),
        API + "HelpfulView.load": coroutine(load_of_api_view),
        API + "VolumeSerializer.validate_title": coroutine(serializer_validates),
        API + "AuthorViewSet.list": viewset("AuthorViewSet", {"get": "list"}),
        API + "AuthorViewSet.oldest": viewset("AuthorViewSet", {"get": "oldest"}),
        API + "VolumeViewSet.retrieve": viewset("VolumeViewSet", {"get": "retrieve"}, pk=1),
        HANDLERS + "SubjectForm.clean": coroutine(subject_form_validates),
        HANDLERS + "TitleForm.clean_title": coroutine(title_form_validates),
        HANDLERS + "VolumeAdmin.archive": coroutine(admin_acts),
        HANDLERS + "VolumeAdmin.count": coroutine(admin_counts),
        HANDLERS + "volume_count": coroutine(rendered("{% volume_count %}")),
        HANDLERS + "loud": coroutine(rendered("{{ 'x'|loud }}")),
        HANDLERS + "Shelfmark.save": coroutine(shelfmark_saves),
        HANDLERS + "Shelfmark.label": coroutine(shelfmark_label),
        HANDLERS + "CountCommand.handle": coroutine(command_runs),
    },
}
VALUES = {
    "*": {"pk": 1},
    "bookshop": {
        "slug": "book-1-1", "name": "Poetry", "slugs": lambda: ["book-1-1", "book-1-2"], "http": http_client, "reader": first("accounts.Reader"),
        "order": first("orders.Order"), "state": "paid", "kind": "test", "parcels": list,
    },
    "rules": {
        "year": 2001, "shelfmark": "v-1", "name": "Epics", "client": None, "text": "some text", "parts": lambda: ["a", "b"], "path": "/x", "data": dict, "model": model("library.Volume"),
        "value": "1", "instance": first("library.Volume"), "content": lambda: {"pk": 1}, "connection": None, "opened": None, "title": "other", "callbacks": list, "coroutines": list, "selections": list, "slug": "harbour", "code": "harbour",
        "volume": first("library.Volume"), "author": first("library.Author"), "copy": first("library.Copy"), "member": first("auth.User"),
        "user": first("auth.User"), "loan": first("library.Loan"), "branch": first("library.Branch"), "label": first("library.Label"),
    },
    "modern": {
        "name": "axe", "names": lambda: ["a", "b"], "number": "1", "text": "x", "sender": None, "loan": first("lending.Loan"), "kind": "tools",
        "loans": list, "get_response": get_response, "repository": repository("ToolRepository"), "borrower": first("auth.User"),
    },
}  # fmt: skip
FORM = {
    "bookshop": {
        "words": "Volume", "email": "ada@example.com", "name": "Essay", "stars": "4", "text": "x", "username": "ada", "password": "secret",
        "amount": "3", "accepted": "on",
    },
    "rules": {"name": "Hill", "code": "hill", "title": "Hill", "page": "1"},
}  # fmt: skip
METHODS = {
    "rules": {f"dja106_sync_django_call.views:{name}": "post" for name in ("add_branch", "form_saved_in_thread")},
    "bookshop": {f"accounts.views:{name}": "post" for name in ("sign_in", "register", "subscribe")},
}
# Functions that only a framework can call in earnest: their lines are not judged here.
PERMITTED: dict[str, set[str]] = {
    "rules": {
        "dja301_async_without_await.interfaces:EchoConsumer.disconnect",
        "dja301_async_without_await.interfaces:EchoConsumer.receive",
        "dja301_async_without_await.interfaces:Timing.__call__",
        "dja301_async_without_await.interfaces:Timing.process_view",
    },
}
