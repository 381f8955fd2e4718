"""A mention finds what its pattern finds: each match has one of its words in it."""

import importlib
import pkgutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import async_audit
from async_audit.mentions import Mention, mention
from async_audit.project import deployment


def _declared() -> dict[str, Mention]:
    """The mentions of all modules, each by its name."""
    modules = (
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(async_audit.__path__, "async_audit.")
        if not module.name.endswith("__main__")
    )
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Mention)
    }


MENTIONS = _declared()


def test_there_are_mentions() -> None:
    assert len(MENTIONS) > 10


@pytest.mark.parametrize("name", MENTIONS)
@settings(max_examples=50)
@given(st.data())
def test_each_match_has_a_word(name: str, data: st.DataObject) -> None:
    found = data.draw(st.from_regex(MENTIONS[name].pattern))
    assert MENTIONS[name].search(found) is not None


SERVERS = ("_ASGI_ENTRY", "_WSGI_ENTRY", "_ROUTER", "_ASGI_CODE", "_WSGI_CODE", "_WORKER_CLASS")


@pytest.mark.parametrize("name", SERVERS)
@settings(max_examples=50)
@given(st.data())
def test_whatever_serves_is_looked_for(name: str, data: st.DataObject) -> None:
    found = data.draw(st.from_regex(MENTIONS[f"{deployment.__name__}.{name}"].pattern))
    assert MENTIONS[f"{deployment.__name__}._SERVED"].search(found) is not None


def test_a_word_alone_is_no_match() -> None:
    assert mention(rb"\bword\(", b"word").search(b"a word, but no call") is None
