"""Good practice in the code: tests that can fail, pinned dependencies, notebooks that read well."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import pairwise

from packaging.requirements import InvalidRequirement, Requirement

from lab.review.criteria.libraries import PACKAGES
from lab.review.model import LIKELY, SURE, Evidence, Verdict
from lab.review.project import Project, Source


def tests(project: Project) -> Verdict:
    """0 none; 1 without assertions; 2 some that can fail; 3 five or more."""
    files = [
        one
        for one in project.python
        if not one.notebook
        and (one.name.startswith("test") or one.name.endswith("_test.py") or "/tests/" in one.path)
    ]
    functions = [
        (source, one)
        for source in files
        for one in source.facts.functions
        if one.name.startswith("test") and source.own(one.line)
    ]
    proven = [(source, one) for source, one in functions if one.assertions]
    if not files:
        return Verdict(
            "tests",
            0,
            SURE,
            (),
            "Testez les parties délicates : l'extraction d'une page, un calcul.",
        )
    if not proven:
        proofs = tuple(one.evidence(1, "aucune assertion") for one in files[:3])
        return Verdict(
            "tests", 1, LIKELY, proofs, "Ces tests ne vérifient rien : ajoutez des assert."
        )
    proofs = tuple(source.evidence(one.assertions[0]) for source, one in proven[:4])
    if len(proven) >= 5:
        return Verdict("tests", 3, LIKELY, proofs)
    return Verdict(
        "tests", 2, LIKELY, proofs, "Quelques cas difficiles de plus (page vide, champ absent)."
    )


_FILES = re.compile(
    r"^(requirements.*\.(txt|in)|pipfile|pyproject\.toml|environment\.ya?ml|setup\.(py|cfg)|uv\.lock|poetry\.lock|pipfile\.lock|pdm\.lock)$"
)


def dependencies(project: Project) -> Verdict:
    """0 no file; 1 incomplete; 2 complete; 3 complete and pinned (versions or a lock)."""
    files = [one for one in project.sources if _FILES.match(one.name)]
    names = {one.path.rpartition("/")[2].lower() for one in project.entries}
    locked = sorted(names & {"pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock"})
    files = [
        one
        for one in files
        if any(one.own(n) for n, line in enumerate(one.lines, 1) if line.strip())
    ]
    installed = _installed_in_images(project)
    if not files and not locked and not installed:
        return Verdict(
            "dependances", 0, SURE, (), "Nommez vos bibliothèques dans requirements.txt ou Pipfile."
        )
    declared = {name: pinned for one in files for name, pinned in _declared(one).items()}
    declared |= {name: False for name in installed if name not in declared}
    missing = [] if locked and not declared else _missing(project, declared)
    proofs = [
        Evidence(
            f"{len(declared)} bibliothèques, {sum(declared.values())} à version fixée", one.path
        )
        for one in files[:2]
    ]
    proofs += [Evidence("verrou publié", name) for name in locked]
    if missing:
        absent = ", ".join(sorted({name for name, _ in missing})[:6])
        advice = f"Importé, mais non déclaré : {absent}."
        return Verdict(
            "dependances", 1, LIKELY, (*proofs, *(proof for _, proof in missing[:3])), advice
        )
    if locked or (declared and sum(declared.values()) >= 0.8 * len(declared)):
        return Verdict("dependances", 3, LIKELY, tuple(proofs))
    return Verdict(
        "dependances",
        2,
        LIKELY,
        tuple(proofs),
        "Fixez les versions (==), ou publiez un verrou (Pipfile.lock).",
    )


def _installed_in_images(project: Project) -> set[str]:
    found = set()
    for one in project.sources:
        if one.name.startswith("dockerfile"):
            for line in re.findall(r"pip3? install ([^&|\n]+)", one.text.content):
                found |= {
                    _plain(word)
                    for word in line.split()
                    if re.match(r"^[A-Za-z][\w.\-\[\]=]*$", word)
                }
    return {one for one in found if not one.startswith(("requirements", "pip"))}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>~!; ]", name.strip(), maxsplit=1)[0]).lower()


def _declared(source: Source) -> dict[str, bool]:
    """Package → is its version fixed?"""
    if source.name in ("pipfile", "pyproject.toml"):
        return _declared_in_toml(source)
    found = {}
    for raw in source.lines:
        line = raw.partition("#")[0].strip().strip("\"',").removeprefix("- ")
        if not line or line.startswith(("-", "git+", "http")):
            continue
        try:
            one = Requirement(re.sub(r"^([\w.-]+)=([\d.]+)(=.*)?$", r"\1==\2", line))
        except InvalidRequirement:
            continue
        found[_plain(one.name)] = any(
            spec.operator in ("==", "===", "~=") for spec in one.specifier
        )
    return found


def _declared_in_toml(source: Source) -> dict[str, bool]:
    try:
        data = tomllib.loads(source.text.content)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    project = data.get("project")
    listed = project.get("dependencies", []) if isinstance(project, dict) else []
    found = (
        {_plain(str(one)): "==" in str(one) for one in listed} if isinstance(listed, list) else {}
    )
    poetry = data.get("tool", {}).get("poetry", {}) if isinstance(data.get("tool"), dict) else {}
    for table in (data.get("packages"), data.get("dev-packages"), poetry.get("dependencies")):
        if isinstance(table, dict):
            for name, spec in table.items():
                version = spec.get("version", "") if isinstance(spec, dict) else spec
                found[_plain(name)] = bool(re.match(r"^[=~^]*\d", str(version)))
    return found


def _missing(project: Project, declared: dict[str, bool]) -> list[tuple[str, Evidence]]:
    modules = {one.path.rpartition("/")[2].removesuffix(".py") for one in project.own}
    folders = {part for one in project.own for part in one.path.split("/")[:-1]}
    found: dict[str, Evidence] = {}
    for source in project.python:
        if source.facts.fault:
            continue
        for name, line in source.facts.imports:
            top = name.split(".")[0]
            if (
                not top
                or top in sys.stdlib_module_names
                or top in modules | folders | {"lab", "newscrawler"}
            ):
                continue
            wanted = {_plain(top), _plain(PACKAGES.get(top, top))}
            if source.own(line) and not any(_covers(one, wanted) for one in declared):
                found.setdefault(top, source.evidence(line))
    return list(found.items())


def _covers(package: str, wanted: set[str]) -> bool:
    return (
        package in wanted
        or any(package.removesuffix("-binary") == one for one in wanted)
        or any(package.startswith(f"{one}-") or package == f"python-{one}" for one in wanted)
    )


def notebooks(project: Project) -> Verdict:
    """3 readable, or none; 2 run out of order or bare; 1 with errors shown; 0 broken."""
    books = [one for one in project.python if one.notebook]
    if not books:
        return Verdict("notebooks", 3, LIKELY, (Evidence("aucun notebook dans le projet"),))
    broken = [
        Evidence(_fault(one), one.path)
        for one in books
        if (one.notebook and one.notebook.fault) or one.text.conflict
    ]
    failed = [
        Evidence(f"{cell.error} affichée", one.path, f"cellule {number}")
        for one in books
        for number, cell in enumerate(one.notebook.cells if one.notebook else (), 1)
        if cell.error
    ]
    poor = [proof for one in books if (proof := _poor(one))]
    steps = (
        (0, broken, "Ce notebook ne s'ouvre pas : refaites la fusion, puis republiez-le."),
        (1, failed, "Redémarrez le noyau et exécutez tout avant de publier."),
        (2, poor, "Exécutez tout dans l'ordre et commentez vos étapes."),
    )
    for level, proofs, advice in steps:
        if proofs:
            sure = LIKELY if level == 2 else SURE
            return Verdict("notebooks", level, sure, tuple(proofs[:3]), advice)
    said = f"{len(books)} notebooks, exécutés dans l'ordre"
    return Verdict("notebooks", 3, LIKELY, (Evidence(said),))


def _fault(source: Source) -> str:
    if source.text.conflict:
        return f"marqueurs de conflit, ligne {source.text.conflict}"
    return f"ce fichier {source.notebook.fault}" if source.notebook else ""


def _poor(source: Source) -> Evidence | None:
    cells = source.notebook.cells if source.notebook else []
    counts = [cell.count for cell in cells if cell.kind == "code" and cell.count]
    if any(before >= after for before, after in pairwise(counts)):
        return Evidence("cellules exécutées dans le désordre", source.path)
    if len(cells) > 5 and not any(cell.kind == "markdown" for cell in cells):
        return Evidence("aucun texte entre les cellules", source.path)
    return None
