"""Which files students receive, and whether these hold together without the others.

The policy, decided once and for all:

* withheld: the sources of the notebooks (they hold the solutions and the wrong answers), the parts
  of the answer key that only tests read, and the tests and tools that need either;
* published: the judges (``lab.exercises``), for ``check`` runs them in the student's own notebook.
  They find the truth from the data, by another road than the solutions. A grade is not theirs to
  give: it comes from the instructor's copy;
* published: the three modules of the answer key that the practice web itself serves pages from
  (`truth`, `truth.library`, `truth.timeline`): what they say can be read on its pages and its API.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lab.sync.git import Repository, Tree
from lab.sync.paths import parents

ROOT = "src/"
# Patterns of paths ("*" crosses folders), and why students do without.
WITHHELD = {
    "course/*": "the notebooks' sources: solutions and wrong answers",
    "src/lab/practice/truth/dirty.py": "answer key, read by tests only",
    "src/lab/practice/truth/documents.py": "answer key, read by tests only",
    "src/lab/practice/truth/faults.py": "answer key, read by tests only",
    "src/lab/practice/truth/feeds.py": "answer key, read by tests only",
    "src/lab/practice/truth/social.py": "answer key, read by tests only",
    "src/lab/practice/truth/traps.py": "answer key, read by tests only",
    "src/lab/practice/truth/variants.py": "answer key, read by tests only",
    "tests/practice/*": "compare the practice web with the answer key",
    "tests/spiders/*": "compare spiders with the answer key",
    "tests/scraping/test_guards.py": "reads the answer key of the traps",
    "tests/course/test_build.py": "needs course/",
    "tests/course/test_markers.py": "tests the builder",
    "tests/course/test_release*.py": "need course/",
    "tests/course/releases.py": "needs course/",
    "tests/e2e/test_published.py": "publishes from course/",
    "tests/e2e/test_notebooks.py": "solves the notebooks from course/",
    "tests/docker/test_docker_course.py": "solves the notebooks from course/",
    "benchmarks/course.py": "solves the notebooks from course/",
    ".pre-commit-config.yaml": "rebuilds the notebooks from course/",
}


def published(tree: Tree) -> Tree:
    """Return the files that students receive."""
    return {path: entry for path, entry in tree.items() if not withheld(path)}


def withheld(path: str) -> bool:
    """Tell whether students do without a file."""
    return any(fnmatchcase(path, pattern) for pattern in WITHHELD)


def faults(repository: Repository, tree: Tree, files: Tree) -> list[str]:
    """Return what of `files` needs what is not in it (French, one line each).

    Looked at: imports of modules that `tree` has, and links of documents to its files.
    """
    missing = set(tree) - set(files)
    gone = {module for path in missing if (module := _module(path))}
    gone -= {module for path in files if (module := _module(path))}
    lost = missing | {folder for path in missing for folder in parents(path)}
    lost -= {folder for path in files for folder in parents(path)}
    found = []
    for path, entry in sorted(files.items()):
        if path.endswith(".py"):
            names = gone.intersection(_imports(repository.blob(entry.oid)))
            found += [f"{path} importe {name}, qui n'est pas publié" for name in sorted(names)]
        elif path.endswith(".rst"):
            text = repository.blob(entry.oid).decode(errors="replace")
            links = lost.intersection(_links(path, text))
            found += [f"{path} renvoie à {link}, qui n'est pas publié" for link in sorted(links)]
    return found


def _module(path: str) -> str:
    """The module that a file of src/ is, or ""."""
    if not (path.startswith(ROOT) and path.endswith(".py")):
        return ""
    return path.removeprefix(ROOT).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _imports(content: bytes) -> Iterator[str]:
    """Every name that a program imports, modules and what is taken from them."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _links(path: str, text: str) -> Iterable[str]:
    """The files that a document (.rst) links to, from the root."""
    folder = PurePosixPath(path).parent
    for target in re.findall(r"<([^<>\s:]+)>`_", text):
        parts: list[str] = []
        for part in (folder / target).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        yield "/".join(parts)
