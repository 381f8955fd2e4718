"""Expressions as a message shows them: dotted, arguments left out."""

from __future__ import annotations

from async_audit.syntax.facts import Attribute, Await, Call, Expr, Literal, Name, Subscript


def spelled(expr: Expr) -> str:
    """`Book.objects.filter(…).first` for what is written so; the kind of expression where it has no name."""
    parts: list[str] = []
    current = expr
    while len(parts) < 40:
        match current:
            case Name(id=name):
                parts.append(name)
                break
            case Attribute(value=value, name=name):
                parts.append(f".{name}")
                current = value
            case Call(function=function, arguments=arguments):
                parts.append("(…)" if arguments else "()")
                current = function
            case Subscript(value=value):
                parts.append("[…]")
                current = value
            case Await(value=value):
                parts.append("(await …)")
                break
            case Literal():
                parts.append("…")
                break
            case _:
                parts.append("(…)")
                break
    text = "".join(reversed(parts))
    return text if len(text) <= 80 else "…" + text[-78:]
