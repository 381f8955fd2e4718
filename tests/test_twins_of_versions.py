"""No message names an asynchronous method that the project's version of Django does not have.

Every synchronous function and method of the catalogue that has a twin, in some version or in none, is called
in a coroutine, together with the other places that recommend one, and audited as each version. What twins
there are, and since when, comes from the rows, which are held against Django's own source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from async_audit.catalogue.load import load
from async_audit.catalogue.rows import Action
from async_audit.config import SUPPORTED, Config, everything
from async_audit.engine import audit
from tests.projects import write_project

RECEIVERS = {
    "django.contrib.sessions.backends.base.SessionBase": "request.session",
    "django.core.cache.backends.base.BaseCache": "cache",
    "django.contrib.auth.models.AbstractBaseUser": "user",
    "django.contrib.auth.models.PermissionsMixin": "user",
    "django.contrib.auth.models.UserManager": "User.objects",
    "django.contrib.auth.models.BaseUserManager": "User.objects",
    "django.test.Client": "Client()",
    "django.test.AsyncClient": "AsyncClient()",
}
"""How the module of the test gets at an instance of each class whose methods have twins."""

SETTINGS = """\
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://cache"}}
"""

HEAD = """\
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.shortcuts import render
from django.test import AsyncClient, Client
from django.views import View
from shop.models import Book


async def ready(signal, **kwargs):
    await Book.objects.acount()


class Guarded(LoginRequiredMixin, View):
    async def get(self, request):
        return None


"""

OTHERS = (
    "request.user.username",
    'request.session["key"]',
    '"key" in request.session',
    'request.session["key"] = 1',
    "list(Book.objects.all())",
    "list(User.objects.filter(pk=request.user.pk))",
    "book.author.name",
    "book.first()",
    'render(request, "user.html")',
    "signal = Signal(); signal.connect(ready); signal.send(1)",
    "request.user.has_perm('x')",
)


Version = tuple[int, int]


def calls() -> dict[str, tuple[str, Version]]:
    """Return each call that may be answered with a twin, with the twin's name and its first version."""
    catalogue = load()
    found: dict[str, tuple[str, Version]] = dict.fromkeys(OTHERS, ("", (0, 0)))
    for receiver, rows in (
        ("Book.objects.all()", catalogue.queryset),
        ("book.tags", catalogue.related),
        ("book", catalogue.instance),
    ):
        found.update(
            (f"{receiver}.{name}()", (row.twin, row.twin_since))
            for name, row in rows.items()
            if row.action is Action.QUERIES
        )
    for name, row in catalogue.calls.items():
        if row.twin and name.startswith("django."):
            module, _, function = name.rpartition(".")
            call = f"from {module} import {function}; {function}(Book)"
            found[call] = row.twin.rpartition(".")[2], row.twin_since
    for (cls, name), row in catalogue.methods.items():
        if row.twin and cls.startswith("django."):
            twin = row.twin.format(name=name).rpartition(".")[2]
            found[f"{RECEIVERS[cls]}.{name}('key')"] = twin, row.twin_since
    return found


CALLS = calls()


def project() -> Mapping[str, str]:
    body = HEAD
    for number, call in enumerate(CALLS):
        lines = [f"async def call_{number}(request):", "    user = await User.objects.aget()"]
        lines += [
            "    book = await Book.objects.aget()",
            *(f"    {part.strip()}" for part in call.split("; ")),
        ]
        body += "\n".join(lines) + "\n\n\n"
    model = "author = models.ForeignKey('auth.User', models.CASCADE)\n"
    model += "    tags = models.ManyToManyField('auth.Group')\n"
    return {
        "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/models.py": f"from django.db import models\n\n\nclass Book(models.Model):\n    {model}",
        "shop/views.py": body,
        "shop/templates/user.html": "{{ user.username }}",
    }


def first_versions() -> dict[str, Version]:
    """Return the first version in which anything of Django's has a twin of each name."""
    catalogue = load()
    found = [(row.twin, row.twin_since) for row in catalogue.queryset.values() if row.twin]
    found += [(row.twin, row.twin_since) for row in catalogue.related.values() if row.twin]
    found += [(row.twin, row.twin_since) for row in catalogue.instance.values() if row.twin]
    named = [
        *catalogue.calls.items(),
        *((f"{cls}.{name}", row) for (cls, name), row in catalogue.methods.items()),
    ]
    found += [
        (name.rpartition(".")[2], row.since)
        for name, row in named
        if row.awaitable and name.startswith("django.")
    ]
    return {name: min(since for other, since in found if other == name) for name, _ in found}


TWIN = re.compile(r"\ba[a-z]\w*(?=\((?:…)?\))")
"""A call of a name that begins as twins do, as messages write it."""


@pytest.mark.parametrize("version", SUPPORTED, ids=lambda version: "{}.{}".format(*version))
def test_no_message_names_what_the_version_lacks(version: Version, tmp_path: Path) -> None:
    root = write_project(tmp_path, project())
    firsts = first_versions()
    rows = list(CALLS.values())
    lacking, recommended = [], set()
    for finding in audit([root], everything(Config(), version)).findings:
        call = finding.function.rpartition(".call_")[2]
        twin, since = rows[int(call)] if call.isdigit() else ("", (0, 0))
        for name in set(TWIN.findall(finding.message)) & firsts.keys():
            if (since if name == twin else firsts[name]) > version:
                lacking.append(f"{finding.code} {finding.message}")
            elif name == twin:
                recommended.add(int(call))
    assert lacking == []
    # What the version has is named, so that silence about the others means something.
    unnamed = [
        call
        for number, (call, (twin, since)) in enumerate(CALLS.items())
        if twin and since <= version and number not in recommended
    ]
    assert unnamed == []
