"""Find the project where students really put it, and say how sure that is."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from lab.review.git import Entry
from lab.review.model import DOUBTFUL, LIKELY, SURE, Location
from lab.review.tree import Tree, is_under

KINDS = {
    "asked": "le dossier que vous avez indiqué",
    "expected": "le dossier demandé",
    "subfolder": "un sous-dossier du dossier demandé",
    "project": "un dossier nommé comme un projet",
    "root": "la racine du dépôt",
    "environment": "à l'intérieur d'un environnement virtuel publié",
    "notebooks": "des notebooks seulement",
    "elsewhere": "un autre dossier",
    "submodule": "un sous-module",
    "archive": "une archive",
    "nowhere": "introuvable",
}
_EXPECTED = re.compile(r"^(.*/)?\d*[ _.-]*[eé]valuations?/+proje[ct]t?s?$", re.IGNORECASE)
_PROJECT = re.compile(
    r"^\d*[ _.-]*(mon|notre|my|our|le)?[ _.-]*proje[ct]t?s?([ _.-].*)?$", re.IGNORECASE
)
_CODE = (".py", ".ipynb", ".html", ".js", ".ts", ".sql", ".jsx", ".css", ".sh", ".r")
_SETUP = (
    "dockerfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "scrapy.cfg",
    "pipfile",
    "requirements.txt",
    "manage.py",
)
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".rar", ".7z")
# The chapters of the course, in its successive layouts: exercises, not projects.
_CHAPTERS = re.compile(
    r"^\d*[ _.-]*(introduction|intro|scrapy|scraping|mongo(db)?|redis|elastic(search)?|s3"
    r"|serverless|rappels?|selenium|course|src/lab|\.\w+)(/|$)",
    re.IGNORECASE,
)


def locate(
    tree: Tree, own: Sequence[Entry], asked: str = "", *, upstream_known: bool = True
) -> Location:
    """Choose the project's folder among the student's own files. `asked`: what the user says.

    Without an upstream, `own` holds the course too: only a folder named as a project counts then,
    if there is one.
    """
    code = [one for one in own if _is_code(one.path) and not tree.generated(one.path)]
    if asked:
        return Location(asked, "asked", SURE, "indiqué à la commande")
    weights = _weigh(code)
    if not upstream_known:
        named = {folder for folder in weights if folder and _candidate(f"{folder}/x")[1] > 1}
        weights = Counter({one: weights[one] for one in named}) or weights
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return _without_code(tree, own)
    best, _ = ranked[0]
    others = tuple(sorted(name or "." for name, _ in ranked[1:6]))
    return _described(tree, best, code, others)


def _is_code(path: str) -> bool:
    name = posixpath.basename(path).lower()
    return name.endswith(_CODE) or name in _SETUP or name.startswith("dockerfile")


def _weigh(code: Sequence[Entry]) -> Counter[str]:
    """Candidate folder → how much it looks like the project."""
    weights: Counter[str] = Counter()
    for one in code:
        folder, bonus = _candidate(one.path)
        name = posixpath.basename(one.path).lower()
        notebook = name.endswith(".ipynb")
        worth = (
            3.0 if name in _SETUP or name.startswith("dockerfile") else 1.0 if not notebook else 0.5
        )
        weights[folder] += round(100 * worth * bonus)
    named = any(_candidate(folder + "/x")[1] > 1 for folder in weights if folder)
    if weights[""] and not named:  # scraper/, web/ and a compose file beside them: one project
        for folder in [one for one in weights if one and not is_chapter(one)]:
            weights[""] += weights.pop(folder)
    return +weights


def is_chapter(path: str) -> bool:
    """Is it in a chapter of the course, where exercises are done?"""
    return bool(_CHAPTERS.match(path))


def _candidate(path: str) -> tuple[str, float]:
    """The folder this file would make a project of, and how good its name is."""
    return _candidate_of(posixpath.dirname(path))


@lru_cache(maxsize=50_000)
def _candidate_of(home: str) -> tuple[str, float]:
    parts = home.split("/") if home else []
    for depth in range(len(parts), 0, -1):
        folder = "/".join(parts[:depth])
        if _EXPECTED.match(folder):
            return folder, 20.0
    for depth in range(1, len(parts) + 1):
        if _PROJECT.match(parts[depth - 1]) and not is_chapter(parts[0]):
            return "/".join(parts[:depth]), 6.0
    for depth in range(1, len(parts) + 1):
        if re.match(r"^\d*[ _.-]*[eé]valuations?$", parts[depth - 1], re.IGNORECASE):
            return "/".join(parts[:depth]), 6.0
    if not parts:
        return "", 1.5
    if is_chapter(home + "/"):
        return parts[0], 0.05
    return parts[0], 1.0


def _described(tree: Tree, best: str, code: Sequence[Entry], others: tuple[str, ...]) -> Location:
    inside = [one for one in code if is_under(one.path, best)]
    folder = _narrowed(best, inside)
    home = next((one for one in tree.environments if is_under(inside[0].path, one)), None)
    if home is not None and all(is_under(one.path, home) for one in inside):
        why = f"les fichiers sont dans l'environnement virtuel {home}/, avec ses paquets"
        return Location(folder, "environment", LIKELY, why, others)
    if all(one.path.endswith(".ipynb") for one in inside):
        sure = LIKELY if _EXPECTED.match(best) else DOUBTFUL
        return Location(
            folder, "notebooks", sure, "aucun fichier .py : tout est en notebooks", others
        )
    if _EXPECTED.match(best):
        if folder != best:
            return Location(
                folder, "subfolder", SURE, f"{best}/ ne contient que ce dossier", others
            )
        return Location(folder, "expected", SURE, "c'est là qu'il est demandé", others)
    if best == "":
        wide = LIKELY if not others else DOUBTFUL
        return Location("", "root", wide, "le code est à la racine", others)
    if _candidate(best + "/x")[1] > 1:
        return Location(folder, "project", LIKELY, "d'après le nom du dossier", others)
    if is_chapter(best):
        why = "seul un chapitre du cours contient du code de l'étudiant"
        return Location(folder, "elsewhere", 0.3, why, others)
    return Location(folder, "elsewhere", DOUBTFUL, "c'est là qu'est le plus de code", others)


def _narrowed(folder: str, inside: Sequence[Entry]) -> str:
    """Go down while a single sub-folder holds everything, as a clone inside a clone does."""
    while True:
        depth = len(folder) + 1 if folder else 0
        heads = {one.path[depth:].partition("/")[0] for one in inside if "/" in one.path[depth:]}
        flat = any("/" not in one.path[depth:] for one in inside)
        if flat or len(heads) != 1 or not folder:
            return folder
        folder = f"{folder}/{heads.pop()}"


def _without_code(tree: Tree, own: Sequence[Entry]) -> Location:
    for link in tree.gitlinks:
        why = f"{link.path} est un lien vers un autre dépôt (commit {link.oid[:10]})"
        if not any(one.path == ".gitmodules" for one in tree.files):
            why += ", sans .gitmodules : son contenu n'a pas été publié"
        return Location(link.path, "submodule", SURE, why)
    for one in own:
        if one.path.lower().endswith(_ARCHIVES):
            return Location(
                one.path, "archive", DOUBTFUL, f"{one.path} n'est jamais ouvert par cet outil"
            )
    return Location("", "nowhere", LIKELY, "aucun fichier de code propre à l'étudiant")
