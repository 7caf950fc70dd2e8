"""Services in Docker, the application included; and a compose file that starts them."""

from __future__ import annotations

from lab.review.criteria import showing, storing
from lab.review.criteria.composefile import ComposeFile, compose_files
from lab.review.model import LIKELY, SURE, Evidence, Verdict
from lab.review.project import Project, Source

ADVICE = "docker compose config"


def dockerfiles(project: Project) -> list[Source]:
    """The student's own Dockerfiles, whatever they are called."""
    return [
        one
        for one in project.sources
        if (
            one.name.startswith(("dockerfile", "containerfile")) or one.name.endswith(".dockerfile")
        )
        and any(text.strip() and one.own(line) for line, text in enumerate(one.lines, 1))
    ]


def _base(source: Source) -> Evidence:
    line = next(
        (n for n, text in enumerate(source.lines, 1) if text.strip().upper().startswith("FROM ")), 1
    )
    return source.evidence(line)


def docker(project: Project) -> Verdict:
    """0 nothing; 1 stores only, or an image nobody starts; 2 the application; 3 and its stores."""
    images = dockerfiles(project)
    files = compose_files(project)
    services = [service for file in files for service in file.services]
    built = [one for one in services if one.built]
    proofs = tuple(
        [_base(one) for one in images[:2]]
        + [_declared(file) for file in files[:2] if file.services]
    )
    needed = {
        key
        for key, use in storing.uses(project).items()
        if (use.written or use.read) and use.store.images
    }
    served = {key for one in services for key in one.stores}
    if not images and not services:
        return Verdict("docker", 0, SURE, (), "Écrivez un Dockerfile pour l'application.")
    if not images and not _python_service(files):
        advice = (
            "Les bases sont dans Docker, l'application ne l'est pas : ajoutez-lui un Dockerfile."
        )
        return Verdict("docker", 1, SURE, proofs, advice)
    if built and not images:
        advice = f"Le service {built[0].name} a « build: », mais aucun Dockerfile n'est publié."
        return Verdict("docker", 1, LIKELY, proofs, advice)
    if services and images and not built:
        advice = "Le Dockerfile n'est construit par aucun service : ajoutez « build: » au compose."
        return Verdict("docker", 1, LIKELY, proofs, advice)
    missing = needed - served
    if missing or not needed:
        names = ", ".join(sorted(missing)) or "aucune base employée par le code"
        advice = (
            f"Il manque dans Docker : {names}." if missing else "L'image ne va avec aucune base."
        )
        return Verdict("docker", 2, LIKELY, proofs, advice)
    level = 3 if showing.frameworks(project) else 2
    return Verdict("docker", level, LIKELY, proofs)


def _python_service(files: list[ComposeFile]) -> bool:
    return any(
        one.built or one.image.startswith("python") for file in files for one in file.services
    )


def _declared(file: ComposeFile) -> Evidence:
    names = ", ".join(one.name for one in file.services[:8])
    return Evidence(f"services : {names}", file.source.path, str(file.services[0].line))


def compose(project: Project) -> Verdict:
    """0 none; 1 unreadable; 2 readable; 3 the application and only what is used."""
    files = compose_files(project)
    if not files:
        return Verdict(
            "compose", 0, SURE, (), "Écrivez un docker-compose.yml : une commande doit suffire."
        )
    faulty = [file for file in files if file.fault]
    good = [file for file in files if file.services]
    if not good or any("conflit" in file.fault for file in faulty):
        proofs = tuple(Evidence(f"ce fichier {file.fault}", file.source.path) for file in faulty)
        return Verdict("compose", 1, SURE, proofs, f"Corrigez ce fichier, puis essayez : {ADVICE}")
    proofs = (
        *map(_declared, good[:2]),
        *(Evidence(file.fault, file.source.path) for file in faulty),
    )
    if faulty:
        return Verdict(
            "compose", 1, LIKELY, proofs, f"Corrigez ce fichier, puis essayez : {ADVICE}"
        )
    unused = _unused(project, good)
    started = any(one.built for file in good for one in file.services) or _python_service(good)
    if unused:
        names = ", ".join(sorted({one.text for one in unused}))
        advice = (
            f"Déclaré, mais jamais employé par le code : {names}. Retirez-le ou servez-vous-en."
        )
        return Verdict("compose", 2, LIKELY, (*proofs, *unused), advice)
    if any(one.built for file in good for one in file.services) and not dockerfiles(project):
        return Verdict("compose", 2, LIKELY, proofs, "« build: » attend un Dockerfile, absent.")
    if not started:
        return Verdict(
            "compose", 2, LIKELY, proofs, "L'application n'est pas un service du compose."
        )
    return Verdict("compose", 3, LIKELY, proofs)


def _unused(project: Project, files: list[ComposeFile]) -> list[Evidence]:
    known = {key for key, use in storing.uses(project).items() if use.written or use.read}
    companions = _fed_by_another(files)
    return [
        Evidence(one.name, file.source.path, str(one.line))
        for file in files
        for one in file.services
        if one.stores
        and not known.intersection(one.stores)
        and not companions.intersection(one.stores)
    ]


def _fed_by_another(files: list[ComposeFile]) -> set[str]:
    """Stores that an image of the shelf uses (Airflow's PostgreSQL, Kibana's Elasticsearch)."""
    needs = {
        "airflow": {"postgres", "redis"},
        "superset": {"postgres", "redis"},
        "metabase": {"postgres"},
        "logstash": {"elasticsearch"},
        "celery": {"redis"},
    }
    images = [one.image.lower() for file in files for one in file.services]
    return {
        key
        for word, keys in needs.items()
        for key in keys
        if any(word in image for image in images)
    }
