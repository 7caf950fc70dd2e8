"""What a trial changes in a review.

Evidence of a run is added to the criteria that it concerns; a level moves by these rules, and by no
other:

* docker: the images are built and every service of the application stays up → 3 (2 when no store
  runs beside it), sure; a build that fails → at most 1.
* compose: everything starts → at least 2, sure (3 still asks that all of it serves, which the
  static part decides); Compose refuses the file, or a service of the project's own fails → at most
  1 or 2.
* application: a page answers 200 and shows data → at least 2, sure; it answers without data → the
  level stays, the grader is asked; nothing answers → at most 1.
* stockage: documents arrived while it ran → at least 2, sure; none → the level stays, the grader is
  asked (a button may have to be pushed).
* bonus-lancement: documents arrived by themselves → 3, sure; a crawl was announced and nothing came
  → the level stays, the grader is asked.

What failed for lack of the Internet, which a trial does not have, lowers nothing and says so. A
refused file lowers nothing either: the machine declines, the grader looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.review.criteria.libraries import STORES
from lab.review.model import SURE, Evidence, Review, Verdict, quote
from lab.review.outcome import Ran, Trial

RUN = "--run"
_WITHOUT_INTERNET = "cherche Internet, absent ici : ce n'est pas compté contre le projet"
STATES = {
    "healthy": "en bonne santé",
    "running": "reste debout",
    "done": "terminé sans erreur",
    "unhealthy": "ne devient pas sain",
    "failed": "échoue",
    "absent": "n'a pas démarré",
}


def weigh(review: Review, trial: Trial) -> Review:
    """Return the review with what the trial showed."""
    rules: dict[str, Callable[[Verdict, Trial], Verdict]] = {
        "docker": _docker,
        "compose": _compose,
        "application": _application,
        "stockage": _storage,
        "bonus-lancement": _launch,
    }
    verdicts = [
        rules[one.criterion](one, trial)
        if one.criterion in rules and trial.state in ("ran", "unbuilt", "unreadable", "refused")
        else one
        for one in review.verdicts
    ]
    notes = [*review.notes, *_notes(trial)]
    return replace(review, verdicts=verdicts, notes=notes, trial=trial)


def _notes(trial: Trial) -> list[str]:
    said = [f"Lancement : {trial.said}"] if trial.state != "ran" else []
    if trial.offline:
        names = ", ".join(trial.offline)
        said.append(
            f"Sans Internet pendant l'essai, {names} n'a pas pu récolter : ce n'est pas retenu."
        )
    return said


def proof(text: str, path: str = "", line: int = 0) -> Evidence:
    """Evidence of a run: what a command said."""
    return Evidence(quote(f"{RUN} : {text}"), path, str(line) if line else "")


def describe(one: Ran) -> str:
    """The state of a service, in French."""
    words = f"{one.name} {STATES[one.state]}"
    if one.state == "failed" and one.code:
        words += f" (code {one.code})"
    return f"{words} : {one.said}" if one.said else words


def _with(verdict: Verdict, *proofs: Evidence) -> Verdict:
    return replace(verdict, evidence=(*verdict.evidence, *proofs))


def _up(verdict: Verdict, least: int) -> Verdict:
    """At least this level, seen: sure, and no longer a question."""
    level = max(least, verdict.level or 0)
    advice = verdict.advice if level == verdict.level else ""
    return replace(verdict, level=level, confidence=SURE, question="", advice=advice)


def _down(verdict: Verdict, most: int, advice: str) -> Verdict:
    if verdict.level is None or verdict.level <= most:
        return verdict
    return replace(verdict, level=most, confidence=SURE, advice=advice)


def _ask(verdict: Verdict, question: str) -> Verdict:
    return replace(verdict, question=verdict.question or question)


def _unstarted(verdict: Verdict, trial: Trial) -> Verdict:
    """A file refused by us: its lines are shown, and nothing is known of the rest."""
    proofs = [proof(f"refusé, {one.text}", one.path, one.line) for one in trial.refusals[:4]]
    asked = "Le fichier demande ce que l'essai refuse : est-ce justifié ?"
    return _ask(_with(verdict, *proofs), asked) if verdict.criterion == "compose" else verdict


def _docker(verdict: Verdict, trial: Trial) -> Verdict:
    if trial.state == "unbuilt":
        return _down(_with(verdict, proof(trial.said)), 1, "Faites passer : docker compose build")
    if trial.state != "ran":
        return verdict
    own = [one for one in trial.services if not one.store]
    stores = [one for one in trial.services if one.store]
    verdict = _with(verdict, *(proof(describe(one)) for one in [*own, *stores][:4]))
    if not own or not all(one.well or one.offline for one in own):
        return verdict
    if not any(one.well for one in own) or not any(one.built for one in own):
        return verdict
    return _up(verdict, 3 if any(one.well for one in stores) else 2)


def _compose(verdict: Verdict, trial: Trial) -> Verdict:
    if trial.state == "unreadable":
        verdict = _with(verdict, proof(trial.said, trial.compose))
        return _down(verdict, 1, "Corrigez ce fichier : docker compose config")
    if trial.state == "unbuilt":
        return _down(_with(verdict, proof(trial.said)), 1, "Faites passer : docker compose build")
    if trial.state == "refused":
        return _unstarted(verdict, trial)
    count = sum(one.well for one in trial.services)
    text = f"docker compose up : {count} services sur {len(trial.services)} démarrent"
    verdict = _with(verdict, proof(text))
    failed = [one for one in trial.services if not one.well and not one.offline]
    if failed:
        verdict = _with(verdict, *(proof(describe(one)) for one in failed[:2]))
        most = 2 if count else 1
        return _down(verdict, most, f"Faites démarrer {failed[0].name} : docker compose up")
    return _up(verdict, 2) if count else verdict


def _application(verdict: Verdict, trial: Trial) -> Verdict:
    if trial.state != "ran":
        return verdict
    answered = [one for one in trial.pages if one.status == 200]
    shown = next((one for one in answered if one.shows), None)
    if shown is not None:
        where = f"http://{shown.service}:{shown.port}{shown.path}"
        return _up(_with(verdict, proof(f"{where} répond 200 : {shown.shows}")), 2)
    if answered:
        first = answered[0]
        text = f"http://{first.service}:{first.port}{first.path} répond 200"
        if first.scripted:
            asked = "La page est dessinée par un script : ouvrez-la pour voir les données."
            return _ask(_with(verdict, proof(text)), asked)
        verdict = _with(verdict, proof(f"{text}, sans donnée visible"))
        excuse = " (sans Internet, rien n'a pu être récolté)" if trial.offline else ""
        return _ask(verdict, f"Lancée à vide, la page ne montre pas de donnée{excuse} : à voir.")
    if not any(not one.store for one in trial.services):
        return verdict
    return _silent(verdict, trial)


def _silent(verdict: Verdict, trial: Trial) -> Verdict:
    for one in trial.pages[:2]:
        said = f"répond {one.status}" if one.status else f"ne répond pas ({one.error})"
        verdict = _with(verdict, proof(f"http://{one.service}:{one.port}{one.path} {said}"))
    if not trial.pages:
        verdict = _with(verdict, proof("aucun port ne répond"))
    if trial.offline:
        return _ask(verdict, f"La page ne répond pas ; un service {_WITHOUT_INTERNET}.")
    advice = "La page ne répond pas dans Docker : écoute-t-elle sur 0.0.0.0, sur le port publié ?"
    return _down(verdict, 1, advice)


def _storage(verdict: Verdict, trial: Trial) -> Verdict:
    if trial.state != "ran" or not trial.stores:
        return verdict
    for one in trial.stores[:3]:
        title = STORES[one.kind].title
        if one.after is None:
            verdict = _with(verdict, proof(f"{one.service} ({title}) : non compté"))
        else:
            text = f"{one.service} ({title}) : {one.before} puis {one.after} documents"
            verdict = _with(verdict, proof(text + (f" ({one.detail})" if one.detail else "")))
    if any(one.received for one in trial.stores):
        return _up(verdict, 2)
    if any(one.after for one in trial.stores) or all(one.after is None for one in trial.stores):
        return verdict
    if trial.offline:
        return _with(verdict, proof(f"{', '.join(trial.offline)} {_WITHOUT_INTERNET}"))
    return _ask(verdict, "Rien n'est arrivé dans la base pendant l'essai : que faut-il faire ?")


def _launch(verdict: Verdict, trial: Trial) -> Verdict:
    if trial.state != "ran":
        return verdict
    received = [one for one in trial.stores if one.received]
    if received:
        text = f"au lancement, {received[0].service} reçoit {received[0].received} documents"
        return _up(_with(verdict, proof(text)), 3)
    if trial.offline:
        return _with(verdict, proof(f"{', '.join(trial.offline)} {_WITHOUT_INTERNET}"))
    if verdict.level and trial.stores and all(one.after is not None for one in trial.stores):
        return _ask(verdict, "Rien n'a été récolté pendant l'essai : à quel moment l'est-ce ?")
    return verdict
