"""How the fixtures' coroutines are called where their parameters do not say it."""

from __future__ import annotations

import asyncio
import importlib
import operator
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.oracle.calls import Caller

Way: TypeAlias = Callable[["Caller"], Callable[[], Awaitable[Any]]]
Steps: TypeAlias = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Ways:
    """What one project needs. Keys of calls, methods, unjudged and missed_before are `module:qualname`.

    `missed_before`: functions whose failure the analysis is known to miss in versions before this one.
    """

    settings: str
    calls: Mapping[str, Way] = field(default_factory=dict)
    values: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    unjudged: frozenset[str] = frozenset()
    missed_before: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()


def load(path: str) -> Any:
    """What `module:attribute.attribute` names; nothing of a project is imported before Django is set up."""
    module, _, attributes = path.partition(":")
    return operator.attrgetter(attributes)(importlib.import_module(module))


def model(label: str) -> Any:
    """The model."""
    return load("django.apps:apps").get_model(label)


def first(label: str) -> Callable[[], Any]:
    """A maker of the first instance of a model."""
    return lambda: model(label)._default_manager.order_by("pk").first()


def constant(value: Any) -> Callable[[], Any]:
    """A maker of the value."""
    return lambda: value


def threaded(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The function, run in a thread."""
    bridged: Callable[..., Awaitable[Any]] = load("asgiref.sync:sync_to_async")(function)
    return bridged


def steps(function: Steps) -> Way:
    """The way that runs a coroutine function."""
    return lambda _: function


def method(made: str, name: str, *arguments: Any) -> Way:
    """The way that calls a method of what `made` returns."""
    return lambda _: lambda: getattr(load(made)(), name)(*arguments)


def in_thread(made: str, name: str, *arguments: Any) -> Way:
    """The way that calls, in a thread, a synchronous method of what `made` returns for the arguments."""

    def call() -> Any:
        return getattr(load(made)(*arguments), name)()

    return lambda _: threaded(call)


async def http_client() -> Any:
    """A client for the warehouse."""
    return load("httpx:AsyncClient")(base_url=load("django.conf:settings").STOCK_URL)


def get_response() -> Any:
    """The rest of a middleware chain."""

    async def respond(_request: object) -> Any:
        return load("django.http:HttpResponse")("x")

    return respond


def websocket(message: str = "", event: Mapping[str, str] | None = None) -> Way:
    """The way that connects to the consumer of orders and sends it a message or an event."""

    async def call() -> None:
        consumer = load("orders.consumers:OrderStatusConsumer").as_asgi()
        scope = {"type": "websocket", "path": "/", "url_route": {"kwargs": {"pk": 1}}, "user": None}
        socket = load("asgiref.testing:ApplicationCommunicator")(consumer, scope)
        await socket.send_input({"type": "websocket.connect"})
        await socket.receive_output()
        if event:
            await load("channels.layers:get_channel_layer")().group_send("order-1", dict(event))
            await asyncio.sleep(0.05)
        if message:
            await socket.send_input({"type": "websocket.receive", "text": message})
            await socket.receive_output(timeout=2)
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait()

    return steps(call)


CONSUMER = "orders.consumers:OrderStatusConsumer."

BOOKSHOP = Ways(
    settings="config.settings",
    requires=("channels", "redis", "requests"),
    calls={
        CONSUMER + "connect": websocket(),
        CONSUMER + "disconnect": websocket(),
        CONSUMER + "receive_json": websocket('{"want": "total"}'),
        CONSUMER + "send_state": websocket('{"want": "state"}'),
        CONSUMER + "send_titles": websocket('{"want": "titles"}'),
        CONSUMER + "order_changed": websocket(event={"type": "order.changed", "state": "paid"}),
    },
    values={
        "http": http_client,
        "kind": constant("test"),
        "name": constant("Poetry"),
        "order": first("orders.Order"),
        "parcels": list,
        "reader": first("accounts.Reader"),
        "slug": constant("book-1-1"),
        "slugs": lambda: ["book-1-1", "book-1-2"],
        "state": constant("paid"),
    },
    form={
        "accepted": "on",
        "amount": "3",
        "email": "ada@example.com",
        "name": "Essay",
        "password": "secret",
        "stars": "4",
        "text": "x",
        "username": "ada",
        "words": "Volume",
    },
    methods={f"accounts.views:{name}": "post" for name in ("sign_in", "register", "subscribe")},
)


async def desk_shelfmark() -> None:
    """Open a desk in the way that the project opens desks."""
    desk = await load("dja103_lazy_attribute_access.loading:Desk").open(1)
    await desk.shelfmark()


async def total_twice() -> None:
    """Await a cached coroutine twice."""
    await load("dja409_sync_only_wrapper.views:total")()
    await load("dja409_sync_only_wrapper.views:total")()


def viewset(name: str, action: str, **keywords: int) -> Way:
    """The way that sends a request to an action of a viewset."""

    def way(caller: Caller) -> Callable[[], Awaitable[Any]]:
        return lambda: caller.request(load(API + name).as_view({"get": action}), "get", keywords)

    return way


def rendered(text: str) -> Way:
    """The way that renders a template with the tags of dja410 in a thread."""

    async def call() -> None:
        engine = load("django.template:Engine")()
        engine.template_builtins.append(load(HANDLERS + "register"))
        await threaded(engine.from_string(text).render)(load("django.template:Context")())

    return steps(call)


async def admin_acts() -> None:
    """Choose an action in the admin."""

    def act() -> None:
        volumes = model("library.Volume")
        post = {"action": "archive", "_selected_action": ["1"], "index": "0"}
        request = load("django.test:RequestFactory")().post("/", post)
        request.user = load("django.contrib.auth.models:User")(is_superuser=True, is_active=True)
        admin = load(HANDLERS + "VolumeAdmin")(volumes, load("django.contrib.admin:site"))
        admin.response_action(request, volumes.objects.all())

    await threaded(act)()


async def admin_counts() -> None:
    """Call a method of the admin that Django does not call."""
    admin = load(HANDLERS + "VolumeAdmin")(model("library.Volume"), load("django.contrib.admin:site"))
    await admin.count()


async def shelfmark_saves() -> None:
    """Save an instance whose `save` is a coroutine function."""
    await load(HANDLERS + "Shelfmark")(text="x").asave()


async def command_runs() -> None:
    """Run a command whose `handle` is a coroutine function."""
    await threaded(load("django.core.management:call_command"))(load(HANDLERS + "CountCommand")())


async def serializer_validates() -> None:
    """Validate with a serializer whose method is a coroutine function."""
    await threaded(load(API + "VolumeSerializer")(data={"title": "x"}).is_valid)()


HANDLERS = "dja410_async_handler_unsupported.handlers:"
API = "dja410_async_handler_unsupported.api:"
RULES_OF_ACCESS = "dja411_access_check_not_awaited.rules:"
VIEWS_OF_ACCESS = "dja411_access_check_not_awaited.views:"
INTERFACES = "dja301_async_without_await.interfaces:"

RULES = Ways(
    settings="project.settings",
    requires=("adrf", "channels", "redis", "requests", "rest_framework"),
    calls={
        "dja103_lazy_attribute_access.loading:Desk.shelfmark": steps(desk_shelfmark),
        "dja408_mixed_handlers.views:SynchronousView.load": method(
            "dja408_mixed_handlers.views:SynchronousView", "load"
        ),
        "dja409_sync_only_wrapper.views:total": steps(total_twice),
        API + "AuthorViewSet.list": viewset("AuthorViewSet", "list"),
        API + "AuthorViewSet.oldest": viewset("AuthorViewSet", "oldest"),
        API + "HelpfulView.load": method(API + "HelpfulView", "load"),
        API + "VolumeSerializer.validate_title": steps(serializer_validates),
        API + "VolumeViewSet.retrieve": viewset("VolumeViewSet", "retrieve", pk=1),
        HANDLERS + "CountCommand.handle": steps(command_runs),
        HANDLERS + "Shelfmark.label": method(HANDLERS + "Shelfmark", "label"),
        HANDLERS + "Shelfmark.save": steps(shelfmark_saves),
        HANDLERS + "SubjectForm.clean": in_thread(HANDLERS + "SubjectForm", "is_valid", {"name": "x"}),
        HANDLERS + "TitleForm.clean_title": in_thread(HANDLERS + "TitleForm", "is_valid", {"title": "x"}),
        HANDLERS + "VolumeAdmin.archive": steps(admin_acts),
        HANDLERS + "VolumeAdmin.count": steps(admin_counts),
        HANDLERS + "loud": rendered("{{ 'x'|loud }}"),
        HANDLERS + "volume_count": rendered("{% volume_count %}"),
    },
    values={
        "author": first("library.Author"),
        "branch": first("library.Branch"),
        "callbacks": list,
        "content": lambda: {"pk": 1},
        "copy": first("library.Copy"),
        "coroutines": list,
        "data": dict,
        "instance": first("library.Volume"),
        "label": first("library.Label"),
        "loan": first("library.Loan"),
        "member": first("auth.User"),
        "model": lambda: model("library.Volume"),
        "name": constant("Epics"),
        "parts": lambda: ["a", "b"],
        "path": constant("/x"),
        "selections": list,
        "shelfmark": constant("v-1"),
        "text": constant("some text"),
        "title": constant("other"),
        "user": first("auth.User"),
        "value": constant("1"),
        "volume": first("library.Volume"),
        "year": constant(2001),
    },
    form={"name": "Hill", "code": "hill", "title": "Hill", "page": "1"},
    methods={
        f"dja106_sync_django_call.views:{name}": "post" for name in ("add_branch", "form_saved_in_thread")
    },
    # Nothing says that `user` is a user, so that `ahas_perm` is not known to be missing.
    missed_before={
        RULES_OF_ACCESS + "can_edit": (5, 2),
        RULES_OF_ACCESS + "may_borrow": (5, 2),
        RULES_OF_ACCESS + "Policy.allows": (5, 2),
        RULES_OF_ACCESS + "Policy.check_permission": (5, 2),
        VIEWS_OF_ACCESS + "awaited_check": (5, 2),
        VIEWS_OF_ACCESS + "awaited_policy": (5, 2),
    },
    # Only their framework can call these in earnest.
    unjudged=frozenset(
        INTERFACES + name
        for name in (
            "EchoConsumer.disconnect",
            "EchoConsumer.receive",
            "Timing.__call__",
            "Timing.process_view",
        )
    ),
)


def of_tools(name: str, make_arguments: Callable[[], list[Any]] = list) -> Way:
    """The way that calls a method of the repository of tools."""

    async def call() -> Any:
        arguments = await threaded(make_arguments)()
        found = getattr(load("lending.repositories:repositories").tools, name)(*arguments)
        return [tool async for tool in found] if name == "stream" else await found

    return steps(call)


def tool_repository() -> Any:
    """A repository of tools."""
    return load("lending.repositories:ToolRepository")()


REPOSITORY = "lending.repositories:Repository."

MODERN = Ways(
    settings="lending.settings",
    requires=("rest_framework",),
    calls={
        REPOSITORY + "find": of_tools("find", constant([1])),
        REPOSITORY + "load_all": of_tools("load_all"),
        REPOSITORY + "save": of_tools("save", lambda: [first("lending.Tool")()]),
        REPOSITORY + "stream": of_tools("stream"),
    },
    values={
        "borrower": first("auth.User"),
        "get_response": get_response,
        "loan": first("lending.Loan"),
        "loans": list,
        "name": constant("axe"),
        "names": lambda: ["a", "b"],
        "number": constant("1"),
        "repository": tool_repository,
        "text": constant("x"),
    },
)

WAYS: Mapping[str, Ways] = {"bookshop": BOOKSHOP, "modern": MODERN, "rules": RULES}
"""By the name of the project's folder."""
