"""The stack around the views: who serves them, the middleware chain with its hops, the settings that matter.

All of it was read elsewhere (`project/deployment.py`, `middleware.py`, `databases.py`, `environment.py`);
here each fact gets its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.catalogue.rows import Protocol
from async_audit.findings import MiddlewareHops, Stack, StackFact
from async_audit.project.databases import database_options
from async_audit.project.deployment import Deployment, Serving, ServingFact, is_aside
from async_audit.project.environment import GUARD
from async_audit.project.middleware import Capability, hops_by_entry
from async_audit.project.program import Program
from async_audit.rulebook import ProjectAudit

HOPS_OF_THE_HANDLER = 2
"""What `ASGIHandler` makes for every request: the receivers of `request_started`, and `response.close`.

Counted on Django 4.2 to 6.1; a synchronous view is one more.
"""

_CAPABILITIES = {
    Capability.SYNC_ONLY: "sync",
    Capability.ASYNC_ONLY: "async",
    Capability.HYBRID: "both",
    Capability.NATIVE: "both",
    Capability.UNKNOWN: "unknown",
}


def stack(program: Program, serving: Serving) -> Stack:
    """The stack of a project; `serving` is who serves web requests as the verdicts take it."""
    found = program.deployment
    evidence = _evidence(found, serving)
    chain = program.middleware
    if chain is not None and is_aside(chain.path):
        chain = None
    middleware: tuple[MiddlewareHops, ...] = ()
    if chain is not None:
        middleware = tuple(
            MiddlewareHops(entry.name or "a computed entry", _CAPABILITIES[entry.capability], hops)
            for entry, hops in zip(chain.middleware, hops_by_entry(chain.middleware), strict=True)
        )
    audit = ProjectAudit(program)
    return Stack(
        serves=serving.name.lower(),
        server=evidence.server if evidence is not None else "",
        source=audit.line(evidence.path, evidence.line) if evidence is not None else None,
        middleware=middleware,
        hops=HOPS_OF_THE_HANDLER + (chain.hops if chain is not None else 0),
        is_exact=chain is not None and chain.is_known,
        websockets=found.websockets.name.lower(),
        facts=tuple(_facts(audit, found)),
    )


def _evidence(found: Deployment, serving: Serving) -> ServingFact | None:
    """The best evidence for who serves web requests; of both protocols that of the asynchronous one."""
    protocols = {
        Serving.ASGI: (Protocol.ASGI,),
        Serving.WSGI: (Protocol.WSGI,),
        Serving.BOTH: (Protocol.ASGI, Protocol.WSGI),
        Serving.UNKNOWN: (),
    }[serving]
    facts = [fact for protocol in protocols for fact in found.evidence(protocol) if fact.is_http]
    return facts[0] if facts else None


def _facts(audit: ProjectAudit, found: Deployment) -> Iterator[StackFact]:
    for protocol in (Protocol.ASGI, Protocol.WSGI):
        for fact in found.evidence(protocol):
            for_whom = "" if fact.is_http else ", for websockets"
            whose = "" if fact.is_django else ", not known to be Django's"
            yield StackFact(
                f"serves {protocol.name}", f"{fact.note}{for_whom}{whose}", audit.line(fact.path, fact.line)
            )
    program = audit.program
    for key in ("ATOMIC_REQUESTS", "CONN_MAX_AGE"):
        for option in database_options(program, key):
            if not is_aside(option.path):
                fallback = " unless the environment says otherwise" if option.is_fallback else ""
                note = f"{option.value!r} for the database `{option.alias}`{fallback}"
                yield StackFact(key, note, audit.location(option.path, option.start, option.end))
    for variable in program.guard_variables:
        if variable.value and not is_aside(variable.path):
            yield StackFact(GUARD, "set", audit.line(variable.path, variable.line))
