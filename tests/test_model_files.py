"""Which files are parsed when a model is asked for a relation that leads back to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, project_program, write_project

RELATION = "models.ForeignKey('shop.Author', on_delete=models.CASCADE{})"
HEAD = "from django.db import models\n\n\n"


def model(name: str, options: str = "", base: str = "models.Model", more: str = "") -> str:
    return f"class {name}({base}):\n    author = {RELATION.format(options)}\n{more}\n\n"


ABSTRACT = "\n    class Meta:\n        abstract = True\n"
FILES = {
    **SHOP,
    "shop/orders/models.py": HEAD + model("Order"),
    "shop/essays/models.py": HEAD + model("Essay", ", related_name='essays'"),
    "shop/base/models.py": HEAD + model("Work", ", related_name='%(class)s_works'", more=ABSTRACT),
    "shop/films/models.py": "from shop.base.models import Work as Base\n\n\nclass Film(Base):\n    pass\n",
    "shop/plays/models.py": HEAD + model("Play", ", related_name='staged'", more=ABSTRACT),
    "shop/operas/models.py": (
        "from shop.plays import models as plays\n\n\nclass Opera(plays.Play):\n    pass\n"
    ),
    "shop/others/models.py": HEAD + "class Author(models.Model):\n    pass\n",
}


@pytest.mark.parametrize(
    ("accessor", "source"),
    [
        ("book_set", "shop.models.Book"),
        ("order_set", "shop.orders.models.Order"),
        ("essays", "shop.essays.models.Essay"),
        ("film_works", "shop.films.models.Film"),
        ("staged", "shop.operas.models.Opera"),
    ],
    ids=["same file", "other file", "related name", "pattern of a base", "name of a base"],
)
def test_the_relation_is_found(accessor: str, source: str, tmp_path: Path) -> None:
    field = project_program(write_project(tmp_path, FILES)).models.attribute("shop.models.Author", accessor)
    assert field is not None
    assert field.target == source


@pytest.mark.parametrize(
    "accessor", ["essay_set", "work_set", "play_set", "opera_set", "works", "author_set"]
)
def test_no_other_name_leads_back(accessor: str, tmp_path: Path) -> None:
    program = project_program(write_project(tmp_path, FILES))
    assert program.models.attribute("shop.models.Author", accessor) is None


def test_only_what_may_answer_is_parsed(tmp_path: Path) -> None:
    more = {f"shop/app{number}/models.py": HEAD + model(f"Thing{number}") for number in range(50)}
    program = project_program(write_project(tmp_path, {**FILES, **more}))
    assert program.models.attribute("shop.models.Author", "thing7_set") is not None
    assert program.modules.parsed < len(FILES)


def test_a_manager_class_may_be_made_at_module_level(tmp_path: Path) -> None:
    models = """
class Shelf(models.QuerySet):
    def size(self):
        return self.count()


ShelfManager = models.Manager.from_queryset(Shelf)


class Box(models.Model):
    objects = ShelfManager()
"""
    views = "from shop.boxes.models import Box\n\n\nasync def view(request):\n    return Box.objects.size()\n"
    root = write_project(tmp_path, {**SHOP, "shop/boxes/models.py": HEAD + models, "shop/views.py": views})
    assert codes_in(root) == ["DJA110"]
