"""Formsets of model instances: made without a query, and fetched where their forms are asked for.

The source is `BaseModelFormSet` in `django/forms/models.py`: `initial_form_count` counts the queryset's rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    BOOLEAN,
    NONE,
    STRING,
    TRUE,
    Actual,
    Const,
    Instance,
    ModelInstance,
    Provenance,
    QuerySet,
    Value,
)
from async_audit.findings import Confidence

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

FACTORY_MADE = "async_audit.FormSetClass"
"""A class that `modelformset_factory` or `inlineformset_factory` made; its first part is the model."""

FORM_SET = "django.forms.models.BaseModelFormSet"
FETCHING = frozenset(
    {"forms", "initial_forms", "extra_forms", "management_form", "errors", "empty_permitted"}
)
_TEXTS = frozenset({"as_p", "as_table", "as_ul", "as_div", "render"})
_BOUND = Const("bound")


def make_class(factory: str, positional: list[Value]) -> Value:
    """The class of formsets that a factory makes; of the inline one the second argument is the model."""
    inline = factory.endswith("inlineformset_factory")
    return Instance(FACTORY_MADE, (), tuple(positional[1:2] if inline else positional[:1]))


def construct(evaluation: Evaluation, cls: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """A formset, which remembers its queryset, or that it has none of its own."""
    del cls
    by_name = {actual.keyword: actual.value for actual in actuals if actual.keyword}
    positional = [actual.value for actual in actuals if not actual.keyword]
    rows = by_name.get("queryset", NONE)
    parent = by_name.get("instance", NONE)
    if isinstance(parent, ModelInstance) and parent.provenance is Provenance.FRESH:
        # Nothing can belong to an object that is not saved.
        rows = QuerySet("", empty=True)
    bound = by_name.get("data", positional[0] if positional else NONE) != NONE
    return Instance(FORM_SET, evaluation.make((expr.end, "formset")), (rows, _BOUND) if bound else (rows,))


def fetch(evaluation: Evaluation, formset: Instance, expr: Expr) -> None:
    """Note that the rows of a formset are fetched at `expr`, unless they are there."""
    rows = formset.parts[0] if formset.parts else NONE
    known = evaluation.state.known(formset.origin, "fetched") is not None
    if known or (isinstance(rows, QuerySet) and (rows.empty or rows.prefetched)):
        return
    # What a client sent may say that there are no rows.
    confidence = Confidence.LIKELY if _BOUND in formset.parts else Confidence.CERTAIN
    evaluation.emit(
        Kind.QUERIES,
        Category.DJANGO_CALL,
        expr,
        "this formset fetches the objects that it has forms for",
        "wrap it in `sync_to_async`",
        confidence,
    )
    evaluation.state.learn(formset.origin, "fetched", TRUE)


def call_method(evaluation: Evaluation, formset: Instance, name: str, expr: Expr) -> Value:
    """The value of a method of a formset; nearly all of them ask for its forms."""
    fetch(evaluation, formset, expr)
    if name == "is_valid":
        return BOOLEAN
    return STRING if name in _TEXTS else UNTYPED
