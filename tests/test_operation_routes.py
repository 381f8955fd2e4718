"""At which routes the operations of ninja, FastAPI and their like answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.audit import Audit
from async_audit.config import Config
from async_audit.project.routes import routes_of
from tests.projects import SHOP, write_project

NINJA = {
    "shop/urls.py": """\
        from django.urls import path
        from shop.api import api

        urlpatterns = [path("api/", api.urls)]
        """,
    "shop/api.py": """\
        from ninja import NinjaAPI
        from shop.books import router

        api = NinjaAPI()
        api.add_router("/books/", router)
        api.add_router("/lent/", "shop.lent.router")


        @api.get("/health")
        def health(request): ...
        """,
    "shop/books.py": """\
        from ninja import Router

        router = Router()


        @router.get("/{pk}")
        async def book(request, pk): ...
        """,
    "shop/lent.py": """\
        from ninja import Router

        router = Router()


        @router.post("")
        def lend(request): ...
        """,
}
EXTRA = {
    "shop/urls.py": """\
        from django.urls import path
        from ninja_extra import NinjaExtraAPI
        from shop.control import Books

        api = NinjaExtraAPI()
        api.register_controllers(Books)
        urlpatterns = [path("v1/", api.urls)]
        """,
    "shop/control.py": """\
        from ninja_extra import api_controller, http_get


        @api_controller("/books")
        class Books:
            @http_get("/all")
            async def every(self): ...
        """,
}
FASTAPI = {
    "shop/main.py": """\
        from fastapi import FastAPI
        from shop.books import router

        app = FastAPI()
        app.include_router(router, prefix="/v1")


        @app.get("/")
        def home(): ...
        """,
    "shop/books.py": """\
        from fastapi import APIRouter

        router = APIRouter(prefix="/books")


        @router.api_route("/all", methods=["GET"])
        async def every(): ...
        """,
}
IN_A_FUNCTION = {
    "shop/main.py": """\
        def configure(app):
            from shop.books import router as books

            if app:
                app.include_router(books, prefix="/api")
        """,
    "shop/books.py": FASTAPI["shop/books.py"],
}
NOWHERE = {"shop/books.py": NINJA["shop/books.py"]}


@pytest.mark.parametrize(
    ("files", "path", "name", "expected"),
    [
        (NINJA, "shop/api.py", "health", ("/api/health",)),
        (NINJA, "shop/books.py", "book", ("/api/books/{pk}",)),
        (NINJA, "shop/lent.py", "lend", ("/api/lent/",)),
        (EXTRA, "shop/control.py", "every", ("/v1/books/all",)),
        (FASTAPI, "shop/main.py", "home", ("/",)),
        (FASTAPI, "shop/books.py", "every", ("/v1/books/all",)),
        (IN_A_FUNCTION, "shop/books.py", "every", ("/api/books/all",)),
        (NOWHERE, "shop/books.py", "book", ("…/{pk}",)),
    ],
)
def test_an_operation_is_below_all_that_mounts_its_router(
    files: dict[str, str], path: str, name: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    program = Audit(write_project(tmp_path, {**SHOP, **files}), Config()).program
    facts = program.modules.readable(path)
    assert facts is not None
    (function,) = [function for function in facts.functions if function.name == name]
    assert routes_of(program, path, function) == expected
