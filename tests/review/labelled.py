"""The labelled set: eight projects written independently, and what students do to somebody's code.

Each case is a class (name → files) and the pairs a grader would want to hear of.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from repositories import notebook

Files = dict[str, str]
Pairs = frozenset[frozenset[str]]

BASES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "likeness").glob("*.txt"))
}
TUTORIAL = """\
def telecharger_avec_reprise(url, essais=3):
    for essai in range(essais):
        try:
            reponse = requests.get(url, timeout=10, headers={"User-Agent": "cours"})
            reponse.raise_for_status()
            return BeautifulSoup(reponse.text, "html.parser")
        except requests.HTTPError as erreur:
            if erreur.response.status_code == 429:
                time.sleep(int(erreur.response.headers.get("Retry-After", "5")))
            elif essai == essais - 1:
                raise
    return None
"""


class _Renaming(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str], texts: bool) -> None:
        self.names, self.texts = names, texts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815
    visit_ClassDef = visit_FunctionDef  # noqa: N815

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if self.texts and isinstance(node.value, str) and node.value:
            node.value = f"autre {len(node.value)}"
        elif self.texts and type(node.value) is int:
            node.value += 1
        return node


def disguised(
    code: str, *, reordered: bool = False, lines: bool = False, texts: bool = False, seed: int = 0
) -> str:
    """Rename what is bound and lose comments and layout; then what is asked for besides."""
    tree, dice = ast.parse(code), random.Random(seed)
    names = {
        name: f"{dice.choice(['le', 'ma', 'x', 'obj'])}_{number}"
        for number, name in enumerate(sorted(_bound(tree)))
    }
    tree = _Renaming(names, texts).visit(tree)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if reordered:
        places = [n for n, node in enumerate(tree.body) if isinstance(node, kinds)]
        moved = [tree.body[n] for n in places]
        dice.shuffle(moved)
        for place, node in zip(places, moved, strict=True):
            tree.body[place] = node
    if lines:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for place in range(len(node.body) - 1, 0, -3):
                    node.body.insert(place, ast.parse("print('étape')").body[0])
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _bound(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
    return found - {"self"}


def longest_function(code: str) -> str:
    """The function a student would take."""
    functions = [one for one in ast.parse(code).body if isinstance(one, ast.FunctionDef)]
    return ast.unparse(max(functions, key=lambda one: len(ast.unparse(one))))


def as_notebook(code: str) -> str:
    """One cell per statement of the module, with outputs and prose around."""
    cells: list[str | tuple[str, str]] = []
    for node in ast.parse(code).body:
        cells += [("markdown", "Une étape de plus."), ast.unparse(node)]
    book = json.loads(notebook(*cells))
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n"] * 50}]
    return json.dumps(book)


def _class(**changed: Files) -> dict[str, Files]:
    return {name: {"projet.py": code} for name, code in BASES.items()} | changed


def cases() -> Iterator[tuple[str, dict[str, Files], Pairs]]:
    """Yield (kind, class, pairs expected)."""
    names = list(BASES)
    for seed, (name, code) in enumerate(BASES.items()):
        expected = frozenset({frozenset({name, "copie"})})
        for kind, how in (
            ("renommé", {}),
            ("réordonné", {"reordered": True}),
            ("lignes ajoutées", {"reordered": True, "lines": True}),
            ("textes changés", {"reordered": True, "texts": True}),
        ):
            copy = disguised(code, seed=seed, **how)
            yield kind, _class(copie={"main.py": copy}), expected
        yield "carnet", _class(copie={"carnet.ipynb": as_notebook(disguised(code))}), expected
        host = names[(seed + 1) % len(names)]
        taken = f"{BASES[host]}\n\n{disguised(longest_function(code), seed=seed)}"
        projects = _class(copie={"projet.py": taken})
        del projects[host]
        yield "une fonction", projects, expected
    tutorial = {name: {"projet.py": f"{code}\n\n{TUTORIAL}"} for name, code in BASES.items()}
    yield "même tutoriel", tutorial, frozenset()
    yield "indépendants", _class(), frozenset()
