"""What the catalogue says of Django agrees with its source, in both directions.

Here with the release that is installed; `nox -s django_releases` asks every supported version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scripts.django_releases import __main__ as command
from scripts.django_releases import checking, tables, wheels
from scripts.django_releases.source import Release
from scripts.django_releases.tables import Row, Tables


@pytest.fixture(scope="module")
def release() -> Release:
    try:
        return wheels.installed()
    except wheels.Unavailable as reason:
        pytest.skip(str(reason))


def test_data_agrees_with_the_installed_release(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    status = command.main(["--check", "--installed"])
    assert (status, capsys.readouterr().out) == (0, f"no disagreements with {release.label}\n")


def changed(table: str, name: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Tables:
    """Return the rows written by hand, with the ones of this table and name changed."""
    rows = tables.read().rows
    touched = [row for row in rows if row.kind == table and name in row.names]
    assert touched, name
    return Tables(tuple(Row(r.file, r.kind, change(dict(r.fields))) if r in touched else r for r in rows))


@pytest.mark.parametrize(
    ("table", "name", "change", "complaint"),
    [
        (
            "call",
            "django.shortcuts.get_object_or_404",
            lambda row: row | {"twin": "django.shortcuts.afetch_object_or_404"},
            "its twin `django.shortcuts.afetch_object_or_404` is not there",
        ),
        (
            "call",
            "django.shortcuts.get_list_or_404",
            lambda row: row | {"twin_since": "99.0"},
            "its twin `django.shortcuts.aget_list_or_404` is there, but the row does not say so",
        ),
        ("call", "django.contrib.auth.alogin", lambda row: row | {"since": "99.0"}, "excluded by `since`"),
        (
            "method",
            "ahas_perm",
            lambda row: row | {"names": [*row["names"], "ahas_luck"]},
            "ahas_luck: claimed, but not there",
        ),
        (
            "method",
            "acheck_password",
            lambda row: row | {"awaitable": False},
            "acheck_password: a coroutine function",
        ),
        (
            "type",
            "django.contrib.auth.models.UserManager",
            lambda row: row | {"bases": ["django.http.HttpRequest"]},
            "django.http.HttpRequest is no base of it",
        ),
        (
            "method",
            "aset",
            lambda row: row | {"names": [name for name in row["names"] if name != "aset"]},
            "SessionBase.aset: a twin without a row",
        ),
        ("queryset", "exists", lambda row: row | {"action": "lazy"}, "[[queryset]] exists: queries"),
        ("queryset", "filter", lambda row: row | {"action": "queries"}, "filter: does not query"),
        ("queryset", "all", lambda row: row | {"names": ["all", "afew"]}, "afew: claimed, but not there"),
        (
            "queryset",
            "count",
            lambda row: row | {"names": ["update"]},
            "QuerySet.count: a method without a row",
        ),
        (
            "related",
            "add",
            lambda row: row | {"twin_since": "99.0"},
            "[[related]] add: its twin `aadd` is there",
        ),
        ("instance", "save", lambda row: row | {"twin_since": "99.0"}, "Model.asave: a twin that no row of"),
        (
            "method",
            "cursor",
            lambda row: row | {"names": [name for name in row["names"] if name != "cursor"]},
            "BaseDatabaseWrapper.cursor: a guarded function without a row",
        ),
        (
            "call",
            "django.db.transaction.atomic",
            lambda row: row | {"kind": "transaction", "names": ["django.db.transaction.get_connection"]},
            "django.db.transaction.get_connection: does not reach a guarded function",
        ),
        (
            "wrapper",
            "django.contrib.auth.decorators.login_required",
            lambda row: row | {"coroutines_since": "99.0"},
            "login_required: supports coroutines",
        ),
        (
            "wrapper",
            "django.views.decorators.csrf.csrf_protect",
            lambda row: row | {"touches_response": False},
            "csrf_protect: works on the response",
        ),
        (
            "wrapper",
            "django.contrib.auth.decorators.login_not_required",
            lambda row: row | {"names": []},
            "login_not_required: a decorator without a row",
        ),
        (
            "middleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            lambda row: row | {"hooks": ["process_view"]},
            "CsrfViewMiddleware: its hooks are process_request, process_view, process_response",
        ),
        (
            "middleware",
            "django.contrib.admindocs.middleware.XViewMiddleware",
            lambda row: row | {"native": True},
            "XViewMiddleware: has no asynchronous path of its own",
        ),
        (
            "middleware",
            "django.contrib.admindocs.middleware.XViewMiddleware",
            lambda row: row | {"names": ["django.middleware.dreams.DreamMiddleware"]},
            "XViewMiddleware: a middleware without a row",
        ),
    ],
)
def test_each_kind_of_disagreement_is_named(
    release: Release, table: str, name: str, change: Any, complaint: str
) -> None:
    found = checking.complaints(changed(table, name, change), [release])
    assert any(complaint in line and release.label in line for line in found), found


def test_a_release_that_pip_cannot_find_is_said_in_words(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert command.main(["--check", "--cache", str(tmp_path)]) == 2
    assert "django==4.2.*: pip could not download it" in capsys.readouterr().err
