"""The order of the middleware costs each request more hops to a thread than it has to.

## What it does

Counts the hops that each request makes in the `MIDDLEWARE` of a project that ASGI serves, says which entries
cause them, and names the cheapest of these: other places for the synchronous ones, an asynchronous path for
the project's own, one synchronous entry at the end. Where an entry is not known, the fewest possible hops are
counted. A chain for which there is nothing cheaper is not reported.

## Why it matters

Middleware that is only synchronous runs in a thread, with a hop between it and an asynchronous neighbour;
`MiddlewareMixin` hops for `process_request` and again for `process_response`, and `process_view` always hops.
Django's seven defaults make 13 hops, about two milliseconds of every request. Once the view's neighbour is
synchronous, all entries before it run in one thread with a single hop. That thread is then held for as long
as the view runs: where many requests wait in asynchronous views, an asynchronous path is better.

## Example

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
MIDDLEWARE = [  # DJA502
    "shop.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
```

```python
# shop/middleware.py
class RequestLog:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        print(request.path)
        return self.get_response(request)
```

## Use instead

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shop.middleware.RequestLog",
]
```

```python
# shop/middleware.py
class RequestLog:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        print(request.path)
        return self.get_response(request)
```

## What stays silent

Middleware that has an asynchronous path, and a chain in which hops cannot be saved:

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
MIDDLEWARE = [
    "shop.middleware.request_log",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
```

```python
# shop/middleware.py
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def request_log(get_response):
    if iscoroutinefunction(get_response):

        async def middleware(request):
            print(request.path)
            return await get_response(request)

    else:

        def middleware(request):
            print(request.path)
            return get_response(request)

    return middleware
```

## Sources

Django: Middleware, "Asynchronous support"; `django/core/handlers/base.py`; counted on 4.2 to 6.1.
"""

from collections.abc import Iterator

from async_audit.findings import Confidence, Finding, Severity
from async_audit.project.arrangements import Arrangement, Change, cheapest
from async_audit.project.deployment import Serving, is_aside
from async_audit.project.middleware import Capability, Chain
from async_audit.quantities import quantity
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    serving = audit.program.deployment.http
    if serving not in (Serving.ASGI, Serving.BOTH):
        return
    chain = audit.program.middleware
    better = cheapest(chain) if chain is not None else None
    if chain is None or better is None or is_aside(chain.path):
        return
    count = f"{chain.hops} hops" if chain.is_known else f"at least {chain.hops} hops"
    message = (
        f"under ASGI each request makes {count} to a thread in this chain: {_causes(chain)}; "
        f"{_advice(chain, better)}"
    )
    is_sure = chain.is_known and serving is Serving.ASGI
    yield rule.finding(
        audit,
        audit.location(chain.path, chain.start, chain.end),
        message,
        confidence=Confidence.CERTAIN if is_sure else Confidence.LIKELY,
    )


def _causes(chain: Chain) -> str:
    """Who makes the hops, in the order of the list."""
    causes = [f"`{_last(name)}` is synchronous only" for name in _names(chain, Capability.SYNC_ONLY)]
    hybrid = [entry for entry in chain.middleware if entry.request_hops + entry.view_hops]
    if hybrid:
        most = max(hybrid, key=lambda entry: entry.request_hops + entry.view_hops)
        others = f" and {len(hybrid) - 1} more" if len(hybrid) > 1 else ""
        causes.append(f"`{_last(most.name)}`{others} can hop once for each hook")
    unknown = _names(chain, Capability.UNKNOWN)
    if unknown:
        others = f" and {len(unknown) - 1} more are" if len(unknown) > 1 else " is"
        causes.append(f"`{_last(unknown[0])}`{others} not known")
    return ", ".join(causes) or "asynchronous and synchronous entries alternate"


def _advice(chain: Chain, better: Arrangement) -> str:
    least = quantity(better.hops, "hop")
    synchronous = ", ".join(f"`{_last(name)}`" for name in _names(chain, Capability.SYNC_ONLY))
    match better.change:
        case Change.MOVE_SYNC_LAST:
            return f"with {synchronous} at the end of the list it would be {least}"
        case Change.MOVE_SYNC_FIRST:
            return f"with {synchronous} at the start of the list it would be {least}"
        case Change.REWRITE:
            own = [
                entry.name
                for entry in chain.middleware
                if entry.is_own and entry.capability in (Capability.SYNC_ONLY, Capability.HYBRID)
            ]
            named = ", ".join(f"`{_last(name)}`" for name in own)
            return f"with an asynchronous path in {named} it would be {least}"
        case Change.ADD_SYNC_LAST:
            return (
                f"one synchronous middleware at the end of the list would make it {least}, and hold a thread "
                "while an asynchronous view waits"
            )


def _names(chain: Chain, capability: Capability) -> list[str]:
    return [entry.name for entry in chain.middleware if entry.capability is capability]


def _last(name: str) -> str:
    return name.rpartition(".")[2] or "a computed entry"


RULE = Rule(
    code="DJA502",
    slug="middleware-hops",
    severity=Severity.WARNING,
    check=nothing_in_functions,
    check_project=_check_project,
)
