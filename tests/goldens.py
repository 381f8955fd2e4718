"""What the analysis believes of every function of a project, as plain data."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, TypeAlias

from async_audit.audit import Audit, audit_runtime
from async_audit.config import Config
from async_audit.effects.describing import described
from async_audit.effects.kinds import Effect, without_stalls
from async_audit.effects.tallies import tally
from async_audit.rulebook import FunctionAudit, locate
from async_audit.syntax.facts import FunctionFacts, ModuleFacts

GOLDEN = Path(__file__).resolve().parent / "golden"
EXPECTED = "expected.json"
FEATURES = tuple(sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()))
"""One project for each, by the name of its folder."""

Golden: TypeAlias = "dict[str, dict[str, Any]]"


def golden_of(root: Path, seed: int | None = None) -> Golden:
    """Each function's result, effects and awaits; with a seed the functions are audited in random order."""
    with audit_runtime():
        audit = Audit(root, Config())
        modules = [module for file in audit.program.files if (module := _readable(audit, file.relative))]
        functions = [(module, function) for module in modules for function in module.functions]
        if seed is not None:
            random.Random(seed).shuffle(functions)  # noqa: S311  (an order, no secret)
        for module, function in functions:
            audit.summaries.audit(module.path, function, audit._owner(module, function))
        rows = [
            (_name(found), _row(audit, module, found))
            for module in modules
            for found in audit.every_function(module)
        ]
    golden: Golden = dict(sorted(rows, key=lambda row: row[0]))
    assert len(golden) == len(rows), "two functions of one name"
    return golden


def _name(found: FunctionAudit) -> str:
    """A function's name; the accessors of one property are told apart."""
    accessors = [getattr(decorator, "name", "") for decorator in found.facts.decorators]
    return f"{found.name} (setter)" if "setter" in accessors else found.name


def rendered(golden: Golden) -> str:
    """The text of a golden file: one line an effect, functions in the order of their names."""
    blocks: list[str] = []
    for name, row in sorted(golden.items()):
        effects = ",\n".join(f"      {_line(effect)}" for effect in row["effects"])
        lines = [
            *([f'    "result": {_line(row["result"])}'] if "result" in row else []),
            f'    "effects": [\n{effects}\n    ]' if effects else '    "effects": []',
            f'    "awaits": {_line(row["awaits"])}',
        ]
        blocks.append(f"  {_line(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _readable(audit: Audit, path: str) -> ModuleFacts | None:
    facts = audit.program.modules.facts(path)
    assert isinstance(facts, ModuleFacts), f"{path} cannot be read"
    return facts


def _row(audit: Audit, module: ModuleFacts, found: FunctionAudit) -> dict[str, Any]:
    """A coroutine inside another function has no summary of its own, so no result."""
    result = {} if found.enclosing is not None else {"result": _result(audit, module, found.facts)}
    return {
        **result,
        "effects": [_effect(audit, effect) for effect in found.effects],
        "awaits": {
            count.category.value: count.total for count in without_stalls(tally(found.facts, found.effects))
        },
    }


def _result(audit: Audit, module: ModuleFacts, function: FunctionFacts) -> str:
    return described(audit.summaries.audit(module.path, function, audit._owner(module, function)).result)


def _effect(audit: Audit, effect: Effect) -> list[Any]:
    chain = [f"{link.function}:{locate(audit.program, link.site).line}" for link in effect.witness]
    category = f"{effect.category.value}, in a thread" if effect.behind else effect.category.value
    return [category, locate(audit.program, effect.site).line, effect.via, chain]
