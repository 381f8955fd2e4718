"""Effects: what running a piece of code does, apart from the value it gives.

Pure data and algebra. A set of effects only grows, and of those with the same key the one with the
shortest witness is kept, ties broken by path and position, so that any order of evaluation ends the same.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from async_audit.findings import Confidence


class Kind(enum.Enum):
    """What an effect does to the event loop that runs it."""

    QUERIES = "queries"
    BLOCKS = "blocks"
    MISUSES = "misuses"
    AWAITS = "awaits"
    UNKNOWN = "unknown"


class Category(enum.Enum):
    """Which rule of its own an effect belongs to when it happens in the coroutine itself."""

    ORM_CALL = "sync-orm-call"
    LAZY_QUERYSET = "lazy-queryset-evaluated"
    LAZY_ATTRIBUTE = "lazy-attribute-access"
    REQUEST_ATTRIBUTE = "lazy-request-attribute"
    TRANSACTION = "sync-transaction"
    DJANGO_CALL = "sync-django-call"
    TEMPLATE = "template-evaluates-queryset"
    SLEEP = "sleep"
    HTTP = "http"
    SUBPROCESS = "subprocess"
    FILE = "file"
    CLIENT = "client"
    DJANGO_IO = "django-io"
    WAIT = "wait"
    CPU = "cpu"
    MISSING_AWAIT = "missing-await"
    CALLED_BEFORE_WRAPPED = "called-before-wrapped"
    LAZY_RESULT_OF_HOP = "lazy-result-of-hop"
    LOOP_INSIDE_LOOP = "loop-inside-loop"
    FOREIGN_THREAD = "orm-in-foreign-thread"
    NO_SUCH_ASYNC_METHOD = "no-such-async-method"
    AWAIT_OF_SYNC_VALUE = "await-of-sync-value"
    ACCESS_CHECK = "access-check-not-awaited"
    SYNC_ONLY_WRAPPER = "sync-only-wrapper"
    NEEDLESS_BRIDGE = "needless-bridge"
    SERIALIZED_GATHER = "serialized-gather"
    HOP_REQUEST = "hop-request"
    HOP_SHARED = "hop-shared"
    NETWORK = "network"
    TIMER = "timer"
    CHANNEL = "channel"
    CHILD_PROCESS = "child-process"
    DRIVER = "database-driver"
    ASYNC_CONTEXT = "async-context"
    OVERLAP = "overlap"
    UNRESOLVED_AWAIT = "unresolved-await"
    UNRESOLVED_CALL = "unresolved-call"


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """A span of a module's source, by offsets."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a witness: at `site`, in `function`, what happens there."""

    site: Site
    function: str
    note: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that happens at `site`.

    `subject` names what is called or read, `remedy` says what to write instead. `witness` holds the steps
    into the called functions, empty where it happens at the site itself. `count` is how many awaits an
    await of a project coroutine stands for.
    """

    kind: Kind
    category: Category
    site: Site
    subject: str
    remedy: str = ""
    confidence: Confidence = Confidence.CERTAIN
    witness: tuple[Link, ...] = ()
    via: str = ""
    count: int = 1

    @property
    def rank(self) -> tuple[object, ...]:
        """Smaller is the better evidence."""
        likely = self.confidence is Confidence.LIKELY
        sites = tuple((link.site, link.note) for link in self.witness)
        return (likely, len(self.witness), self.site, sites, self.subject, self.remedy)


HOPS = frozenset({Category.HOP_REQUEST, Category.HOP_SHARED})
"""Awaits that only go to a thread and come back."""

SUSPENSIONS = frozenset(
    {Category.NETWORK, Category.TIMER, Category.CHANNEL, Category.CHILD_PROCESS, Category.DRIVER}
)
"""Awaits on what really is asynchronous: the event loop does something else meanwhile."""

WAITS = HOPS | SUSPENSIONS | {Category.UNRESOLVED_AWAIT, Category.ASYNC_CONTEXT, Category.OVERLAP}
"""What awaits can do. Whether entering a library's context manager (`ASYNC_CONTEXT`) suspends is not known.

`OVERLAP` is how many awaits truly run at the same time.
"""


def awaits_by_category(effects: Iterable[Effect]) -> tuple[tuple[Category, int], ...]:
    """How many awaits of each category there are among the effects of one body, in a stable order."""
    counts: dict[Category, int] = {}
    for effect in effects:
        if effect.category is Category.OVERLAP:
            counts[effect.category] = max(counts.get(effect.category, 0), effect.count)
        elif effect.category in WAITS:
            counts[effect.category] = counts.get(effect.category, 0) + effect.count
    return tuple(sorted(counts.items(), key=lambda item: item[0].value))


Summarised: TypeAlias = "tuple[Effect, ...]"


def through(effect: Effect, site: Site, via: str, inside: str) -> Effect:
    """`effect` of a function `inside` which a call at `site` named `via` reaches."""
    note = effect.subject if not effect.witness else f"calls {effect.via}"
    link = Link(effect.site, inside, note)
    return replace(effect, site=site, via=via, witness=(link, *effect.witness))


def concerns_callers(effect: Effect) -> bool:
    """Whether who calls the function on the event loop has the effect too."""
    return effect.kind in {Kind.QUERIES, Kind.BLOCKS} or effect.category is Category.LOOP_INSIDE_LOOP


def unsure(effect: Effect) -> Effect:
    """The effect of code that runs on some paths only: `likely` at most."""
    if not concerns_callers(effect):
        return effect
    return replace(effect, confidence=Confidence.LIKELY)


def shortest(effects: Iterable[Effect]) -> Summarised:
    """For each kind and category the effect with the best evidence, in a stable order."""
    best: dict[tuple[Kind, Category], Effect] = {}
    for effect in effects:
        key = (effect.kind, effect.category)
        known = best.get(key)
        if known is None or effect.rank < known.rank:
            best[key] = effect
    return tuple(best[key] for key in sorted(best, key=lambda key: (key[0].value, key[1].value)))
