"""Calling a coroutine of a fixture project: with which arguments, on which object, as which view."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import clear_url_caches, path
from django.views import View

from tests.oracle.functions import Function
from tests.oracle.ways import Ways

Call: TypeAlias = Callable[[], Awaitable[Any]]

HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head")
LIBRARY_TYPES = {"builtins", "collections", "django", "typing"}


class Caller:
    """Makes the calls for one project. Values come from the database, so this happens before a loop runs."""

    def __init__(self, ways: Ways, cookies: Any) -> None:
        self.ways = ways
        self.cookies = cookies

    def call_of(self, function: Function) -> tuple[str, Call]:
        """How the function is called, and the call."""
        if way := self.ways.calls.get(function.key):
            return "registered", way(self)
        owner: Any = importlib.import_module(function.module)
        name: str
        *parents, name = function.qualname.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        if not inspect.isclass(owner):
            return self.call_of_function(function, getattr(owner, name))
        if issubclass(owner, View):
            verb = name if name in HTTP_METHODS else self.first_handler(owner)
            keywords = self.keywords(getattr(owner, verb), skip=2)
            view: Any = owner
            return "view", lambda: self.request(view.as_view(), verb, keywords)
        if "request" in inspect.signature(owner).parameters:
            return "view", lambda: self.request(self.view_around(owner, name), "get", {})
        if isinstance(inspect.getattr_static(owner, name), staticmethod | classmethod):
            return self.call_of_function(function, getattr(owner, name))
        return self.call_of_function(function, getattr(self.instance(owner), name))

    def call_of_function(self, function: Function, target: Any) -> tuple[str, Call]:
        """The call of something that is bound already: a view where it takes a request."""
        if next(iter(inspect.signature(target).parameters), "") == "request":
            verb = self.ways.methods.get(function.key, "get")
            keywords = self.keywords(target, skip=1)
            return "view", lambda: self.request(target, verb, keywords)
        return "call", plain_call(target, self.keywords(target, skip=0))

    @staticmethod
    def first_handler(view: type[Any]) -> str:
        """The first method that the view answers."""
        return next(verb for verb in sorted(HTTP_METHODS) if hasattr(view, verb))

    def view_around(self, owner: type[Any], name: str) -> Callable[..., Any]:
        """A view that makes an instance with its request and calls the method."""
        keywords = self.keywords(owner, skip=1)

        async def view(request: object) -> HttpResponse:
            return HttpResponse(str(await getattr(owner(request, **keywords), name)()))

        return view

    def keywords(self, function: Any, skip: int) -> dict[str, Any]:
        """A value for each parameter that has no default."""
        try:
            hints = typing.get_type_hints(inspect.unwrap(function))
        except (NameError, TypeError):
            hints = {}
        return {
            name: self.value(name, hints.get(name))
            for name, parameter in list(inspect.signature(function).parameters.items())[skip:]
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        }

    def value(self, name: str, hint: Any) -> Any:
        """A value for a parameter, by its annotation or else by its name."""
        choices = [part for part in typing.get_args(hint) if part is not types.NoneType]
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            hint, choices = choices[0], list(typing.get_args(choices[0]))
        if inspect.isclass(hint) and issubclass(hint, Model):
            return first_of(hint)
        of_models = bool(choices) and inspect.isclass(choices[0]) and issubclass(choices[0], Model)
        if of_models and typing.get_origin(hint) in (list, Iterable):
            return list(choices[0]._default_manager.order_by("pk"))
        if name in self.ways.values:
            return self.ways.values[name]()
        if inspect.isclass(hint) and hint.__module__.split(".", maxsplit=1)[0] not in LIBRARY_TYPES:
            return self.instance(hint)
        return "x" if hint is str else 1

    def instance(self, owner: type[Any]) -> Any:
        """An instance of the class: from the database, or made with values for its parameters."""
        if issubclass(owner, Model):
            return first_of(owner)
        if issubclass(owner, QuerySet):
            managers = (manager for model in apps.get_models() for manager in model._meta.managers)
            return next(
                found for found in (made.get_queryset() for made in managers) if isinstance(found, owner)
            )
        return owner(**self.keywords(owner, skip=0))

    async def request(self, view: Callable[..., Any], verb: str, keywords: dict[str, Any]) -> object:
        """Send a logged-in request through the whole stack and read its answer."""
        urls: Any = types.ModuleType("oracle_urls")
        real = importlib.import_module(settings.ROOT_URLCONF).urlpatterns
        urls.urlpatterns = [path("oracle/", view, keywords), *real]
        sys.modules["oracle_urls"] = urls
        settings.ROOT_URLCONF = "oracle_urls"
        clear_url_caches()
        client = AsyncClient()
        client.cookies = self.cookies
        data = {"data": self.ways.form} if verb in ("get", "post", "head") else {}
        response = await getattr(client, verb)("/oracle/", **data)
        if response.streaming and response.is_async:
            return [part async for part in response.streaming_content]
        return response


def first_of(model: type[Model]) -> Model | None:
    """The first instance in the database."""
    found: Model | None = model._default_manager.order_by("pk").first()
    return found


def plain_call(target: Callable[..., Any], keywords: dict[str, Any]) -> Call:
    """A call that awaits, iterates or enters what the function returns."""

    async def call() -> object:
        ready = {
            name: await value if inspect.isawaitable(value) else value for name, value in keywords.items()
        }
        called = target(**ready)
        if inspect.isasyncgen(called):
            return [item async for item in called]
        if inspect.isawaitable(called):
            return await called
        if hasattr(called, "__aenter__"):
            async with called as entered:
                return entered
        return called

    return call
