"""Effects: what running a piece of code does, apart from the value it gives.

Pure data and algebra. A set of effects only grows, and of those with the same key the one with the
shortest witness is kept, ties broken by path and position, so that any order of evaluation ends the same.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from async_audit.findings import Confidence


class Kind(enum.Enum):
    """What an effect does to the event loop that runs it."""

    QUERIES = "queries"
    BLOCKS = "blocks"
    MISUSES = "misuses"
    AWAITS = "awaits"
    SLOW = "slow"
    READS = "reads"
    SHARES = "shares"
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
    STORE = "store"
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
    QUERY_INSIDE = "query-inside"
    BLOCK_INSIDE = "block-inside"
    SLOW_WORK = "slow-work"
    ORDER_FREE = "order-free"
    EXECUTOR = "executor"
    UNRESOLVED_AWAIT = "unresolved-await"
    UNRESOLVED_CALL = "unresolved-call"
    LIBRARY_CALL = "library-call"


class Site(Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """A span of a module's source, by offsets."""

    path: str
    start: int
    end: int


class Link(Struct, frozen=True, cache_hash=True, gc=False):
    """One step of a witness: at `site`, in `function`, what happens there."""

    site: Site
    function: str
    note: str


class Effect(Struct, frozen=True, cache_hash=True, gc=False):
    """Something that happens at `site`.

    `subject` names what is called or read, `remedy` says what to write instead. `witness` holds the steps
    into the called functions, empty where it happens at the site itself. `count` is how many awaits an
    await of a project coroutine stands for, `places` are where the stalls among them happen. `looped`: it
    happens once for each turn of a loop. `behind`: it comes after a query that raises on an event loop, so
    that only a thread of its own gets there.
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
    looped: bool = False
    behind: bool = False
    places: frozenset[Site] = frozenset()

    @property
    def rank(self) -> tuple[object, ...]:
        """Smaller is the better evidence."""
        likely = self.confidence is Confidence.LIKELY
        sites = tuple((link.site, link.note) for link in self.witness)
        return (likely, len(self.witness), self.site, sites, self.subject, self.remedy, self.looped)


class AwaitCount(Struct, frozen=True, cache_hash=True, gc=False):
    """How many awaits of one category running something takes, and those for each turn of a loop.

    `witness` leads to the first of them; it is empty where that is the awaited thing itself. Of
    `Category.OVERLAP` it counts how many awaits run at the same time. `places` are where stalls happen: a
    place that is come to twice is one.
    """

    category: Category
    once: int
    looped: int = 0
    witness: tuple[Link, ...] = ()
    places: frozenset[Site] = frozenset()

    @property
    def total(self) -> int:
        """All of them, a loop counted as one turn."""
        return self.once + self.looped

    @property
    def bare(self) -> AwaitCount:
        """The numbers alone: what a key may hold."""
        return AwaitCount(self.category, self.once, self.looped, (), self.places)

    @property
    def in_loop(self) -> AwaitCount:
        """The same inside a loop."""
        if self.category is Category.OVERLAP:
            return self
        return AwaitCount(self.category, 0, self.total, self.witness, self.places)

    def __add__(self, other: AwaitCount) -> AwaitCount:
        """Both of one category together; of an overlap the wider one."""
        witness = min(self.witness, other.witness, key=_witness_rank)
        if self.category is Category.OVERLAP:
            return AwaitCount(self.category, max(self.once, other.once), 0, witness)
        once, looped = self.once + other.once, self.looped + other.looped
        return AwaitCount(self.category, once, looped, witness, self.places | other.places)


def _witness_rank(witness: tuple[Link, ...]) -> tuple[object, ...]:
    # A witness that is empty says nothing: any other is better evidence.
    return (not witness, len(witness), [(link.site, link.function, link.note) for link in witness])


HOPS = frozenset({Category.HOP_REQUEST, Category.HOP_SHARED})
"""Awaits that only go to a thread and come back."""

SUSPENSIONS = frozenset(
    {Category.NETWORK, Category.TIMER, Category.CHANNEL, Category.CHILD_PROCESS, Category.DRIVER}
)
"""Awaits on what really is asynchronous: the event loop does something else meanwhile."""

STALLS = frozenset({Category.QUERY_INSIDE, Category.BLOCK_INSIDE})
"""What an awaited coroutine of the project does on the event loop that raises or stalls it."""

WAITS = HOPS | SUSPENSIONS | STALLS | {Category.UNRESOLVED_AWAIT, Category.ASYNC_CONTEXT, Category.OVERLAP}
"""What awaits can do. Whether entering a library's context manager (`ASYNC_CONTEXT`) suspends is not known.

`OVERLAP` is how many awaits truly run at the same time.
"""


def without_stalls(counts: Iterable[AwaitCount]) -> tuple[AwaitCount, ...]:
    """What is really awaited."""
    return tuple(count for count in counts if count.category not in STALLS)


def added_up(counts: Iterable[AwaitCount]) -> tuple[AwaitCount, ...]:
    """One count for each category, in a stable order."""
    sums: dict[Category, AwaitCount] = {}
    for count in counts:
        known = sums.get(count.category)
        sums[count.category] = count if known is None else known + count
    return tuple(sums[category] for category in sorted(sums, key=lambda category: category.value))


def widest(ways: Iterable[Iterable[AwaitCount]]) -> tuple[AwaitCount, ...]:
    """Of ways that exclude each other, the most awaits of each category that one of them takes."""
    most: dict[Category, AwaitCount] = {}
    for way in ways:
        for count in way:
            known = most.get(count.category)
            if known is None or (count.looped, count.once) > (known.looped, known.once):
                most[count.category] = count
    return added_up(most.values())


Summarised: TypeAlias = "tuple[Effect, ...]"


def through(effect: Effect, site: Site, via: str, inside: str) -> Effect:
    """`effect` of a function `inside` which a call at `site` named `via` reaches."""
    note = effect.subject if not effect.witness else f"calls {effect.via}"
    link = Link(effect.site, inside, note)
    return replace(effect, site=site, via=via, witness=(link, *effect.witness))


def concerns_callers(effect: Effect) -> bool:
    """Whether who calls the function on the event loop has the effect too."""
    return effect.kind in {Kind.QUERIES, Kind.BLOCKS} or effect.category is Category.LOOP_INSIDE_LOOP


def on_event_loop(effects: Iterable[Effect]) -> Summarised:
    """The effects that an event loop comes to."""
    return tuple(effect for effect in effects if not effect.behind)


REQUESTS_OWN = frozenset({Kind.SLOW, Kind.SHARES})
"""What a request has of every function that works for it, through calls, hops and awaits."""


def follows_the_request(effect: Effect) -> bool:
    """Whether who calls the function has the effect too, on whatever thread: slow work keeps a request.

    A place in the shared executor is kept for it, and a call of an unknown library may keep it as well.
    """
    return effect.kind in REQUESTS_OWN or effect.category is Category.LIBRARY_CALL or concerns_callers(effect)


def unsure(effect: Effect) -> Effect:
    """The effect of code that runs on some paths only: `likely` at most."""
    if not concerns_callers(effect):
        return effect
    return replace(effect, confidence=Confidence.LIKELY)


def shortest(effects: Iterable[Effect]) -> Summarised:
    """For each kind and category the effect with the best evidence, in a stable order.

    What is behind a query counts as a category of its own: a caller on the event loop does not have it. Slow
    work is told apart by what it is.
    """
    best: dict[tuple[Kind, Category, bool, str], Effect] = {}
    for effect in effects:
        work = effect.remedy if effect.kind is Kind.SLOW else ""
        key = (effect.kind, effect.category, effect.behind, work)
        known = best.get(key)
        if known is None or effect.rank < known.rank:
            best[key] = effect
    ordered = sorted(best, key=lambda key: (key[0].value, key[1].value, *key[2:]))
    return tuple(best[key] for key in ordered)
