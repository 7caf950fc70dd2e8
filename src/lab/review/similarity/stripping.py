"""A source without what says nothing of who wrote it: comments, imports, the course's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pygments.token import Comment, Keyword, String  # type: ignore[import-untyped]

LONGEST_LINE = 1000  # characters: longer is data, or minified


@cache
def _lexer() -> Any:
    # Pygments takes anything for Python: conflict markers, Python 2, half a file.
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    return PythonLexer(stripnl=False, ensurenl=False)


def bare(source: str, own: Callable[[int], bool]) -> str:
    """Return the source with the same lines, emptied of what is not the student's own code.

    `own` says whether a line (from 1) is the student's. Comments go, so that none can give orders
    to the tool that compares.
    """
    short = "\n".join("" if len(one) > LONGEST_LINE else one for one in source.split("\n"))
    lines = "".join(_code(short)).split("\n")
    return "\n".join(one.rstrip() if own(n) else "" for n, one in enumerate(lines, 1))


def _code(source: str) -> Iterator[str]:
    depth, importing = 0, False
    for _, kind, value in _lexer().get_tokens_unprocessed(source):
        if kind in Comment or kind in String.Doc:
            yield "\n" * value.count("\n")
            continue
        importing = importing or (kind in Keyword.Namespace and value in ("import", "from"))
        if value in ("(", ")"):
            depth = max(0, depth + (1 if value == "(" else -1))
        if importing and "\n" in value and depth == 0:
            importing = False
        yield "\n" * value.count("\n") if importing else value
