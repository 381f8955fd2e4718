"""Which routes lead to which view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from async_audit.audit import Audit
from async_audit.config import Config
from tests.projects import SHOP, fixture_audit, write_project

VIEWS = """\
    from django.views import View

    def index(request): ...
    async def cart(request): ...
    class Checkout(View): ...
    class BookViewSet: ...
    class Chat: ...
    bought = login_required(Checkout.as_view())
    """
HEAD = """\
    from django.urls import include, path, re_path
    from shop import views
    from shop.views import index as front
    """
FEATURES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "function": ("urlpatterns = [path('a/', views.index)]", {"index": ("/a/",)}),
    "alias": ("urlpatterns = [path('', front)]", {"index": ("/",)}),
    "class": (
        "urlpatterns = [path('<int:pk>/', views.Checkout.as_view(x=1))]",
        {"Checkout": ("/<int:pk>/",)},
    ),
    "assigned view": ("urlpatterns = [path('b/', views.bought)]", {"Checkout": ("/b/",)}),
    "regex": (
        r"urlpatterns = [re_path(r'^a/(?P<k>[(\w]+)/(\d+)\.x$', front)]",
        {"index": ("/a/<k>/<var>.x",)},
    ),
    "added": ("urlpatterns = []\nurlpatterns += [path('a', front)]", {"index": ("/a",)}),
    "appended": ("urlpatterns = []\nif x:\n  urlpatterns.append(path('a', front))", {"index": ("/a",)}),
    "sum and star": (
        "o = [path('a', front)]\nurlpatterns = [*o] + [path('b', views.cart)] + static('c')",
        {"cart": ("/b",), "index": ("/a",)},
    ),
    "decorators": (
        "urlpatterns = [path('a', lr(front)), path('b', cache_page(60)(views.Checkout.as_view()))]",
        {"Checkout": ("/b",), "index": ("/a",)},
    ),
    "lists": (
        """o = [path('a', front)]
urlpatterns = [path('x/', include((o, 'n'), namespace='n')), path('y/', include([path('b', front)]))]""",
        {"index": ("/x/a", "/y/b")},
    ),
    "unknown prefix": ("urlpatterns = [path(f'{x}', include([path('a', front)]))]", {"index": ("/…/a",)}),
    "languages": (
        "from django.conf.urls.i18n import i18n_patterns\nurlpatterns = i18n_patterns(path('a', front))",
        {"index": ("/…/a",)},
    ),
    "router": (
        """router = DefaultRouter()
router.register('books', views.BookViewSet)
urlpatterns = [path('api/', include(router.urls))]""",
        {"BookViewSet": ("/api/books/", "/api/books/<pk>/")},
    ),
    "cycle": (
        "urlpatterns = [path('a/', front), path('b/', include('shop.urls'))]",
        {"index": ("/a/",)},
    ),
    "consumers": ("websocket_urlpatterns = [path('ws/', views.Chat.as_asgi())]", {"Chat": ("/ws/",)}),
    "unknown": ("urlpatterns = [path('a', lambda r: 1), path('b', missing), path('c', views.none)]", {}),
}


def found_in(root: Path, files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return Audit(write_project(root, {**SHOP, **files}), Config()).program.routes


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature(tmp_path: Path, feature: str) -> None:
    source, expected = FEATURES[feature]
    head = "\n".join(line.strip() for line in HEAD.splitlines())
    found = found_in(tmp_path, {"shop/views.py": VIEWS, "shop/urls.py": f"{head}\n{source}\n"})
    assert found == {f"shop.views.{name}": where for name, where in expected.items()}


def test_included_modules_and_two_roots(tmp_path: Path) -> None:
    urls = "from django.urls import include, path\nfrom shop import inner, views\n"
    found = found_in(
        tmp_path,
        {
            "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\n",
            "shop/views.py": VIEWS,
            "shop/inner.py": urls + "urlpatterns = [path('in/', views.index)]\n",
            "shop/urls.py": urls
            + "urlpatterns = [path('a/', include('shop.inner')), path('b/', include(inner)),"
            " path('c/', include(inner.urlpatterns))]\n",
            "shop/other.py": urls + "urlpatterns = [path('other/', views.cart)]\n",
        },
    )
    assert found == {"shop.views.cart": ("/other/",), "shop.views.index": ("/a/in/", "/b/in/", "/c/in/")}


def test_views_are_not_parsed_and_are_found_behind_a_re_export(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "shop/urls.py": """\
            from django.urls import path
            from . import views
            urlpatterns = [path('', views.deep)]
            """,
        "shop/views/__init__.py": "from .books import (  # why\n    deep,\n)\n",
        "shop/views/books.py": "def deep(request): ...\n",
    }
    program = Audit(write_project(tmp_path, files), Config()).program
    assert program.routes == {"shop.views.books.deep": ("/",)}
    assert not {path for path in program.modules._facts if "views" in path}


def test_bookshop() -> None:
    found = fixture_audit("bookshop").program.routes
    assert found["catalog.views.BookReviewView"] == ("/books/<slug:slug>/review/",)
    assert found["orders.views.pay"] == ("/orders/<int:pk>/pay/",)
    assert found["accounts.views.own_profile"] == ("/accounts/",)
