"""What is left behind: secrets, junk, and commits that tell a story, or do not."""

from __future__ import annotations

import re
from collections import Counter

from lab.review import secrets as scanner
from lab.review.model import LIKELY, SURE, Evidence, Verdict, quote
from lab.review.project import Project

MEGABYTE = 1_000_000
_LEAKED = "Changez ce secret (l'historique le garde), puis lisez-le de l'environnement."


def secrets(project: Project) -> Verdict:
    """3 none; 2 sample or weak local passwords; 1 real ones, in the history only; 0 in files."""
    now = [
        (secret, source.evidence(secret.line, secret.shown))
        for source in project.sources
        for secret in scanner.scan(source.path, source.lines)
        if source.own(secret.line)
    ]
    real = {secret.value: proof for secret, proof in now if not secret.demo}
    if real:
        proofs = tuple(Evidence(one.text, one.path, one.place) for one in list(real.values())[:5])
        return Verdict("secrets", 0, LIKELY, proofs, _LEAKED)
    if project.past_secrets:
        return _published(project)
    if now:
        advice = "Ces mots de passe de démonstration gagneraient à venir de l'environnement."
        return Verdict("secrets", 2, LIKELY, tuple(proof for _, proof in now[:3]), advice)
    return Verdict("secrets", 3, LIKELY, (Evidence("ni dans les fichiers, ni dans l'historique"),))


def _published(project: Project) -> Verdict:
    """Secrets of files that are not sources of the project (the root's .env), and of the past."""
    past = sorted(project.past_secrets, key=lambda one: not one.present)[:5]
    proofs = tuple(
        Evidence(
            f"publié par {one.commit[:10]} : {quote(one.secret.shown)}", quote(one.secret.path)
        )
        for one in past
    )
    if past[0].present:
        return Verdict("secrets", 0, LIKELY, proofs, _LEAKED)
    advice = "Le secret a quitté les fichiers, pas l'historique : changez-le chez qui l'a donné."
    return Verdict("secrets", 1, LIKELY, proofs, advice)


_DATABASE = re.compile(
    r"(^|/)(WiredTiger\S*|mongod\.lock|storage\.bson|ibdata\d+|pg_wal/.*|PG_VERSION|appendonly\.aof"
    r"|nodes/0/.*|.*\.(sqlite3?|db|wt|rdb|mdb))$",
)
_DRIVER = re.compile(r"(^|/)(chromedriver|geckodriver|msedgedriver)(\.exe)?[^/]*$", re.IGNORECASE)
_LITTER = re.compile(
    r"(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini|.*\.(pyc|pyo|log|swp|bak|orig|tmp))$", re.IGNORECASE
)


def junk(project: Project) -> Verdict:
    """3 nothing; 2 a little; 1 a lot; 0 a virtualenv, or over 50 MB."""
    found: Counter[str] = Counter()
    shown: dict[str, Evidence] = {}
    weight = 0
    for one in project.blamed:
        kind = _kind(project, one.path, one.size)
        if kind:
            found[kind] += 1
            weight += one.size
            shown.setdefault(kind, Evidence(f"{kind} ({_size(one.size)})", quote(one.path)))
    if not found:
        return Verdict("proprete", 3, SURE)
    proofs = [
        Evidence(
            f"{proof.text}, et {found[kind] - 1} autres" if found[kind] > 1 else proof.text,
            proof.path,
        )
        for kind, proof in shown.items()
    ]
    worst = "environnement virtuel" in found or weight > 50 * MEGABYTE
    many = sum(found.values()) > 20 or weight > 5 * MEGABYTE or "base de données" in found
    level = 0 if worst else 1 if many else 2
    return Verdict(
        "proprete",
        level,
        SURE,
        tuple(proofs),
        "Ajoutez-les à .gitignore, puis : git rm -r --cached <dossier>",
    )


def _kind(project: Project, path: str, size: int) -> str:
    if any(
        path.startswith(f"{home}/") for home in project.tree.environments
    ) and project.tree.generated(path):
        return "environnement virtuel"
    if "/node_modules/" in f"/{path}":
        return "paquets de node"
    if _DATABASE.search(path):
        return "base de données"
    if _DRIVER.search(path):
        return "pilote de navigateur"
    if project.tree.generated(path) or _LITTER.search(path):
        return "cache ou fichier temporaire"
    return "fichier de plus de 1 Mo" if size > MEGABYTE else ""


def _size(count: int) -> str:
    return (
        f"{count / MEGABYTE:.1f} Mo".replace(".", ",")
        if count > 100_000
        else f"{count / 1000:.0f} ko"
    )


_EMPTY = re.compile(
    r"^(updates?d?|fix(es)?|tests?|wip|commit|modifs?|maj|push|finale?|ok|v\d+|\.+"
    r"|add files via upload|(create|update|delete|rename) \S+|initial commit|first commit|aa*|\d+"
    r"|done|save|projet|project)\W*$",
    re.IGNORECASE,
)


def commits(project: Project) -> Verdict:
    """Four questions: several, spread over days, with messages that say, shared by the team."""
    history = [one for one in project.history.commits if not one.merge]
    if not history:
        return Verdict("commits", 0, LIKELY, (), "Publiez par étapes : git commit, puis git push.")
    said = [one for one in history if len(one.subject) >= 8 and not _EMPTY.match(one.subject)]
    authors = Counter(_person(name, mail) for one in history for name, mail in one.authors)
    days = len(project.history.dates)
    shares = sorted(authors.values(), reverse=True)
    team = max(len(project.members), len(authors), 1)
    shared = len(authors) >= 2 and shares[1] >= 0.15 * sum(shares)
    alone = team == 1
    marks = (len(history) >= 5, days >= 3, len(said) >= 0.5 * len(history), shared or alone)
    proofs = [
        Evidence(f"{_count(len(history), 'commit')} sur {_count(days, 'jour')}"),
        Evidence("; ".join(f"{name} : {count}" for name, count in authors.most_common(5))),
    ]
    proofs += [
        Evidence(f"{one.oid[:10]} « {quote(one.subject)} »") for one in history if one not in said
    ][:2]
    level = {4: 3, 3: 2, 2: 1, 1: 1, 0: 0}[sum(marks)]
    question = ""
    if alone and not project.members:
        question = "Une seule personne a publié : était-elle seule ?"
    elif not (shared or alone):
        question = "Une personne a presque tout publié : qui a fait quoi ?"
    advice = _advice(marks)
    return Verdict("commits", level, 0.6 if question else LIKELY, tuple(proofs), advice, question)


def _advice(marks: tuple[bool, bool, bool, bool]) -> str:
    words = (
        "publiez plus souvent",
        "étalez le travail",
        "dites dans le message ce qui change",
        "chacun publie ce qu'il écrit",
    )
    missing = [word for mark, word in zip(marks, words, strict=True) if not mark]
    return (", ".join(missing).capitalize() + ".") if missing else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number > 1)}"


def _person(name: str, mail: str) -> str:
    """One person under several addresses keeps one name, whatever its case."""
    return quote(" ".join(sorted(re.split(r"[\s._-]+", name.strip().lower()))) or mail)
