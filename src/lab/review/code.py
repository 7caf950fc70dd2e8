"""What a Python source does, found in its syntax tree: imports, calls, functions, assertions.

Names are resolved through imports, so that ``M()`` after ``from pymongo import MongoClient as M``
is a call of ``pymongo.MongoClient``. A source that is not Python 3 (Python 2, half merged) is read
line by line: less sure, and said so.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One call: its resolved name; `on` is what it is called on (``db.films`` of …``.find``)."""

    name: str
    line: int
    text: tuple[str, ...] = ()  # its arguments that are literal strings, f-strings included
    keywords: tuple[str, ...] = ()
    first: str = ""  # kind of the first argument: "Dict", "Constant", …

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def on(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Definition:
    """A function or a class: its bases or decorators (resolved), and its assertions' lines."""

    name: str
    line: int
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    assertions: tuple[int, ...] = ()
    documented: bool = False


@dataclass
class Facts:
    """`fault` is "" when the source is Python 3, else what it is instead."""

    imports: list[tuple[str, int]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    functions: list[Definition] = field(default_factory=list)
    classes: list[Definition] = field(default_factory=list)
    strings: list[tuple[str, int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    fault: str = ""

    def imported(self, *modules: str) -> list[tuple[str, int]]:
        """The imports of these modules or of what is inside them."""
        return [
            (name, line)
            for name, line in self.imports
            if any(name == one or name.startswith(one + ".") for one in modules)
        ]


def read(source: str) -> Facts:
    """Return the facts of a source, whatever it is worth."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's invalid escape is no warning of ours
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _read_lines(source)
    reader = _Reader()
    try:
        reader.visit(tree)
    except RecursionError:
        return _read_lines(source)
    return reader.facts


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.facts = Facts()

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            self.facts.imports.append((one.name, node.lineno))
            if one.asname:
                self.facts.names[one.asname] = one.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.facts.imports.append((module, node.lineno))
        for one in node.names:
            whole = f"{module}.{one.name}"
            self.facts.names[one.asname or one.name] = whole
            self.facts.imports.append((whole, node.lineno))

    def visit_Call(self, node: ast.Call) -> None:
        arguments = [*node.args, *(one.value for one in node.keywords)]
        self.facts.calls.append(
            Call(
                name=self._name(node.func),
                line=node.lineno,
                text=tuple(text for one in arguments if (text := _literal(one))),
                keywords=tuple(one.arg for one in node.keywords if one.arg),
                first=type(node.args[0]).__name__ if node.args else "",
            )
        )
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.facts.strings.append((node.value, node.lineno))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.facts.functions.append(
            Definition(
                node.name,
                node.lineno,
                decorators=tuple(self._name(_called(one)) for one in node.decorator_list),
                assertions=tuple(_assertions(node)),
                documented=ast.get_docstring(node) is not None,
            )
        )
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        bases = tuple(self._name(_called(one)) for one in node.bases)
        self.facts.classes.append(Definition(node.name, node.lineno, bases=bases))
        self.generic_visit(node)

    def _name(self, node: ast.expr) -> str:
        """``a.b[0].c().d`` → ``a.b.c.d``, its first name resolved."""
        parts: list[str] = []
        while True:
            match node:
                case ast.Attribute():
                    parts.append(node.attr)
                    node = node.value
                case ast.Subscript():
                    node = node.value
                case ast.Call():
                    node = node.func
                case ast.Await():
                    node = node.value
                case ast.Name():
                    parts.append(self.facts.names.get(node.id, node.id))
                    break
                case _:
                    parts.append("?")
                    break
        return ".".join(reversed(parts))


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _literal(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.List(elts=words) | ast.Tuple(elts=words):
            return " ".join(filter(None, map(_literal, words)))
        case ast.JoinedStr(values=values):
            return "".join(_literal(one) or "{}" for one in values)
        case ast.BinOp(left=left, op=ast.Add()):
            return _literal(left)
    return ""


def _assertions(function: ast.AST) -> Iterator[int]:
    """Lines that can fail: ``assert True`` and ``assert "text"`` cannot."""
    for node in ast.walk(function):
        if (isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant)) or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr.startswith(("assert", "raises"))
        ):
            yield node.lineno


_FROM = re.compile(r"^\s*from\s+([.\w]+)\s+import\s+(.+)")
_IMPORT = re.compile(r"^\s*import\s+([\w.]+)(?:\s+as\s+(\w+))?")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_DEF = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)")
_CLASS = re.compile(r"^\s*class\s+(\w+)\s*\(?([\w.]*)")
_STRING = re.compile(r"""(?:"([^"\n]*)"|'([^'\n]*)')""")
_PYTHON2 = re.compile(
    r"^\s*(print\s+[^(=\s]|except\s+[\w.]+\s*,\s*\w+\s*:|exec\s+['\"]|raise\s+\w+\s*,)"
)


def _read_lines(source: str) -> Facts:
    facts = Facts(fault="n'est pas du Python valide")
    for number, line in enumerate(source.split("\n")[:20_000], 1):
        line = line[:2000]
        if _PYTHON2.match(line):
            facts.fault = "est du Python 2"
        if found := _FROM.match(line):
            facts.imports.append((found[1], number))
            for name in re.findall(r"\w+", found[2].partition("#")[0]):
                facts.names[name] = f"{found[1]}.{name}"
                facts.imports.append((f"{found[1]}.{name}", number))
        elif found := _IMPORT.match(line):
            facts.imports.append((found[1], number))
            if found[2]:
                facts.names[found[2]] = found[1]
        elif found := _DEF.match(line):
            facts.functions.append(Definition(found[1], number))
        elif found := _CLASS.match(line):
            base = _resolved(facts, found[2])
            facts.classes.append(Definition(found[1], number, bases=(base,)))
        elif not line.lstrip().startswith("#"):
            text = tuple(a or b for a, b in _STRING.findall(line))
            facts.strings += [(one, number) for one in text]
            for name in _CALL.findall(line):
                facts.calls.append(Call(_resolved(facts, name), number, text))
    return facts


def _resolved(facts: Facts, name: str) -> str:
    first, dot, rest = name.partition(".")
    return facts.names.get(first, first) + dot + rest
