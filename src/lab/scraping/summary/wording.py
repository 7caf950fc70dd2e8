"""Numbers, durations and names as a French reader expects them."""

from __future__ import annotations

from datetime import datetime

NARROW = "\u202f"  # the space between the thousands, which no line break may cut
WIDE = "\u00a0"

OUTCOMES = {
    "finished": "terminée",
    "interrupted": "interrompue",
    "failed": "en échec",
}
REASONS = {
    "finished": "plus aucune page à visiter",
    "closespider_pagecount": "nombre de pages demandé atteint",
    "shutdown": "arrêtée par Ctrl-C",
    "store_unavailable": "une base ne répond plus",
    "": "arrêtée avant sa fin",
}
DROPPED = {
    "duplicate": "déjà vues dans cette récolte",
    "other": "refusées par le projet",
}
# What the guards of `lab.scraping.middlewares` refuse or mend.
TRAPS = {
    "endless": "liens sans fin (calendrier, filtres…) laissés de côté",
    "families": "familles de liens sans fin reconnues",
    "no_robots": "site évité, son robots.txt ne répond pas",
    "redirect_loop": "boucle de redirections",
    "redirects": "trop de redirections",
    "too_large": "réponse trop grosse",
    "too_long_pause": "pause demandée trop longue",
    "empty": "page vide malgré un code 200",
    "broken": "page illisible (compression abîmée)",
    "charset": "encodage corrigé",
}


def number(value: float | None, digits: int = 0) -> str:
    """1234.5 → ``1 234,5``."""
    if value is None:
        return "—"
    return f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",")


def rate(value: float) -> str:
    """A throughput: one decimal below 10."""
    return number(value, 1 if 0 < value < 10 else 0)


def duration(seconds: float | None) -> str:
    """A duration with the unit that suits it: ``45 ms``, ``1,2 s``, ``3 min 04 s``, ``2 h 05``."""
    if seconds is None:
        return "—"
    if seconds <= 0:
        return f"0{WIDE}s"
    if seconds < 1:
        return f"{number(seconds * 1000)}{WIDE}ms"
    if seconds < 60:
        return f"{number(seconds, 1)}{WIDE}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60 and not rest:
        return f"{minutes}{WIDE}min"
    if minutes < 60:
        return f"{minutes}{WIDE}min{WIDE}{rest:02d}{WIDE}s"
    return f"{minutes // 60}{WIDE}h{WIDE}{minutes % 60:02d}"


def clock(seconds: float) -> str:
    """A running time that keeps its width: ``00:01:23``."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def size(count: float) -> str:
    """A size in bytes: ``12 Mo``."""
    for unit in ("o", "ko", "Mo"):
        if count < 1000:
            return f"{number(count)}{WIDE}{unit}"
        count /= 1000
    return f"{number(count, 1)}{WIDE}Go"


def plural(count: int, word: str, many: str = "") -> str:
    """``1 page``, ``2 pages``."""
    return f"{number(count)}{WIDE}{word if count < 2 else many or word + 's'}"


def reason(dropped: str) -> str:
    """Why items were dropped, in words."""
    kind, _, field = dropped.partition("/")
    return f"champ {field} invalide ou absent" if kind == "invalid" else DROPPED.get(kind, dropped)


def trap(kind: str) -> str:
    """What a guard refused, in words."""
    return TRAPS.get(kind, kind)


def moment(text: str) -> str:
    """An ISO moment in UTC as a person of this machine reads it: ``21/11/2026 à 09:05:33``."""
    return datetime.fromisoformat(text).astimezone().strftime("%d/%m/%Y à %H:%M:%S")
