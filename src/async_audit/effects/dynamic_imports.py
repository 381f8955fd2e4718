"""Imports by a text: `import_module("shop.services")`, `import_string(settings.THROTTLE)`.

A text that is known names a module or something in it, as an `import` statement does. Of a setting the text
that the project's settings module gives it is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import Const, External, ModuleObject, Value
from async_audit.syntax.facts import Attribute, Call, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def import_module(evaluation: Evaluation, name: Value | None, expr: Expr) -> Value:
    """The module that `importlib.import_module` gives; relative names are not followed."""
    dotted = _text(evaluation, name, expr)
    return UNTYPED if not dotted or dotted.startswith(".") else _module(evaluation, dotted)


def import_string(evaluation: Evaluation, name: Value | None, expr: Expr) -> Value:
    """What `django.utils.module_loading.import_string` gives: the last part is an attribute of the module."""
    from async_audit.effects.attributes import read_attribute  # mutual recursion

    module, _, attribute = _text(evaluation, name, expr).rpartition(".")
    return read_attribute(evaluation, _module(evaluation, module), attribute, expr) if module else UNTYPED


def _module(evaluation: Evaluation, dotted: str) -> Value:
    file = evaluation.program.modules.find(dotted, evaluation.path)
    return External(dotted) if file is None else ModuleObject(file.relative)


def _text(evaluation: Evaluation, name: Value | None, expr: Expr) -> str:
    if isinstance(name, Const) and isinstance(name.value, str):
        return name.value
    match expr:
        case Call(arguments=(first, *_)):
            return _setting(evaluation, first.value)
        case _:
            return ""


def _setting(evaluation: Evaluation, expr: Expr) -> str:
    match expr:
        case Attribute(value=owner, name=name):
            value = evaluation.quietly(owner)
            is_settings = isinstance(value, External) and value.name == "django.conf.settings"
            return evaluation.program.settings.text(name) if is_settings else ""
        case _:
            return ""
