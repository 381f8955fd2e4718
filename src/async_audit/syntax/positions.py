"""Where each LibCST node stands, as offsets into the source.

LibCST nodes know no positions. Its own providers compute line and column for every node at several times
the cost of the parse; generating the code while only adding up lengths gives the same spans for a quarter.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from libcst._nodes.internal import CodegenState

if TYPE_CHECKING:
    import libcst as cst

_NEWLINE = re.compile(r"\r\n?|\n")


class _Recording:
    """The context in which LibCST generates one node; keeps the offsets before and after."""

    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self,
        state: OffsetState,
        node: cst.CSTNode,
        start_node: cst.CSTNode | None,
        end_node: cst.CSTNode | None,
    ) -> None:
        self.state = state
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.start = self.state.offset

    def __exit__(self, *_: object) -> None:
        spans = self.state.spans
        # A node of which LibCST records nothing (an import's alias) leaves the bounds as generated.
        start = spans.get(id(self.start_node), (self.start, 0))[0]
        end = spans.get(id(self.end_node), (0, self.state.offset))[1]
        spans[id(self.node)] = (start, end)


class OffsetState(CodegenState):
    """A code generator that throws the code away and keeps each node's span by the node's identity.

    `comments` is filled only when it was asked for: it costs a look at every token.
    """

    offset: int
    spans: dict[int, tuple[int, int]]
    comments: list[tuple[int, str]]

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.offset = 0
        self.spans = {}
        self.comments = []

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def pop_trailing_newline(self) -> None:
        """The offset past the last token is never asked for."""

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Recording:
        return _Recording(self, node, start_node, end_node)


class CommentState(OffsetState):
    """An `OffsetState` that also keeps every comment with its offset."""

    def add_token(self, value: str) -> None:
        if value.startswith("#"):
            self.comments.append((self.offset, value))
        self.offset += len(value)


def measure(module: cst.Module, source: str, *, comments: bool) -> OffsetState:
    """Generate `module`, which was parsed from `source`, once and return the spans of its nodes."""
    state: Any = CommentState(module) if comments else OffsetState(module)
    module._codegen(state)  # noqa: SLF001  (LibCST's own position providers enter the same way)
    measured: OffsetState = state
    if "\f" in source and measured.offset < len(source):
        _restore(measured, _lost_form_feeds(source, module.code))
    return measured


def _lost_form_feeds(source: str, code: str) -> list[int]:
    """Where in the generated code a form feed of the source is missing: LibCST drops one before a token."""
    lost: list[int] = []
    position = 0
    for character in source:
        if position < len(code) and code[position] == character:
            position += 1
        elif character == "\f":
            lost.append(position)
        else:  # LibCST also drops white space at the end
            break
    return lost


def _restore(measured: OffsetState, lost: list[int]) -> None:
    """Move all offsets by the form feeds that stand before them."""
    for node, (start, end) in measured.spans.items():
        measured.spans[node] = (start + bisect_right(lost, start), end + bisect_left(lost, end))
    measured.comments = [(offset + bisect_right(lost, offset), text) for offset, text in measured.comments]


def line_starts(source: str) -> tuple[int, ...]:
    """The offset at which each line of `source` begins."""
    return (0, *(match.end() for match in _NEWLINE.finditer(source)))
