"""Judges of the chapter's project: each step is compared with the same work done in Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

from lab import datasets, workspace
from lab.exercises import expect
from lab.exercises.registry import Wrong, exercise
from lab.exercises.session import NotDone


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    goal, end, raised = row["objectif"], row["fin"], abs(row["collecte"])
    if isinstance(goal, str):
        goal = int("".join(filter(str.isdigit, goal)))
    if isinstance(end, str):
        end = datetime.strptime(end, "%d/%m/%Y").replace(tzinfo=UTC)
    rate = None if goal is None else raised / goal
    return {**row, "objectif": goal, "collecte": raised, "fin": end, "taux": rate}


@cache
def _clean_campaigns() -> dict[str, dict[str, Any]]:
    seen: dict[tuple[str, str, datetime], dict[str, Any]] = {}
    for row in datasets.rows("campagnes", 2000):  # in the order of their _id
        seen.setdefault((row["titre"], row["porteur"]["nom"], row["lancement"]), _clean(row))
    return {row["_id"]: row for row in seen.values()}


@exercise("mongo-24", stars=3, stateful=True)
def clean_collection() -> None:
    found = {row["_id"]: row for row in workspace.mongo().mongo05_campagnes.find()}
    if not found:
        raise NotDone
    right = _clean_campaigns()
    extra, absent = sorted(set(found) - set(right)), sorted(set(right) - set(found))
    if extra:
        raise Wrong(
            f"{len(extra)} campagnes sont de trop, par exemple {extra[0]}.",
            "Règle 1 : d'un groupe de doublons, seul le plus petit _id reste.",
        )
    if absent:
        raise Wrong(
            f"{len(absent)} campagnes manquent, par exemple {absent[0]}.",
            "Une campagne sale se répare, elle ne se jette pas.",
        )
    for name, row in right.items():
        for field, value in row.items():
            if field not in found[name] or not expect.same(found[name][field], value):
                shown = expect.shown(found[name].get(field))
                raise Wrong(
                    f"Campagne {name} : {field} vaut {shown}.", "Relisez la règle de ce champ."
                )
        if set(found[name]) != set(row):
            raise Wrong(f"Campagne {name} : des champs sont en trop.", "Règle 6.")


@cache
def _board() -> dict[str, dict[str, Any]]:
    ended = [row for row in _clean_campaigns().values() if row["etat"] != "en cours"]
    total = Counter(row["categorie"] for row in ended)
    good = Counter(row["categorie"] for row in ended if row["etat"] == "réussie")
    raised: Counter[str] = Counter()
    for row in ended:
        raised[row["categorie"]] += row["collecte"]
    return {
        name: {
            "_id": name,
            "campagnes": total[name],
            "reussies": good[name],
            "part": good[name] / total[name],
            "collecte": raised[name],
        }
        for name in total
    }


@exercise("mongo-25", stars=2, stateful=True)
def board() -> None:
    found = {row["_id"]: row for row in workspace.mongo().mongo05_tableau.find()}
    if not found:
        raise NotDone
    right = _board()
    if set(found) != set(right):
        raise Wrong(
            f"On attend un document par catégorie ; la collection en compte {len(found)}.",
            "_id est la catégorie.",
        )
    for name, row in right.items():
        for field, value in row.items():
            if not expect.same(found[name].get(field), value):
                shown = expect.shown(found[name].get(field))
                raise Wrong(
                    f"Catégorie « {name} » : {field} vaut {shown}.",
                    "Les campagnes propres, terminées, et elles seules.",
                )


@cache
def _months() -> list[dict[str, Any]]:
    sums = [0] * 12
    for row in _clean_campaigns().values():
        if row["lancement"].year == 2025:
            sums[row["lancement"].month - 1] += row["collecte"]
    return [
        {
            "_id": datetime(2025, month + 1, 1, tzinfo=UTC),
            "collecte": sums[month],
            "cumul": sum(sums[: month + 1]),
        }
        for month in range(12)
    ]


@exercise("mongo-26", stars=3)
def monthly(answer: Any) -> None:
    hint = "$dateTrunc par mois, puis une fenêtre du premier document au document courant."
    expect.sequence(answer, _months(), hint)


@exercise("mongo-27", stars=3)
def dashboard(answer: Any) -> None:
    figure = import_module("matplotlib.figure").Figure  # heavy: only when it is needed
    if not isinstance(answer, figure):
        raise Wrong(
            f"On attend une figure de matplotlib, vous donnez {expect.kind(answer)}.",
            "plt.subplots rend la figure, puis ses cadres.",
        )
    if len(answer.axes) < 2:
        raise Wrong(f"La figure a {len(answer.axes)} cadre.", "plt.subplots(1, 2) en fait deux.")
    for place, axes in enumerate(answer.axes[:2], 1):
        if not any(axes.get_title(loc).strip() for loc in ("left", "center", "right")):
            raise Wrong(f"Le cadre {place} n'a pas de titre.")
        if not (axes.get_xlabel() + axes.get_ylabel()).strip():
            raise Wrong(f"Le cadre {place} ne nomme pas son axe des valeurs.")
    _bars(answer.axes[0])
    _curve(answer.axes[1])


def _bars(axes: Any) -> None:
    right = sorted((row["part"] for row in _board().values()), reverse=True)
    flat = {bar.orientation for bar in axes.containers if hasattr(bar, "orientation")}
    widths = flat == {"horizontal"}
    mine = [bar.get_width() if widths else bar.get_height() for bar in axes.patches]
    if len(mine) != len(right):
        raise Wrong(f"Le premier cadre a {len(mine)} barres.", "Une par catégorie.")
    scale = 100 if max(mine) > 1 else 1  # percentages are welcome
    if not expect.same(sorted(mine, reverse=True), [scale * part for part in right]):
        raise Wrong("Les barres n'ont pas la longueur attendue.", "Le champ part du tableau.")
    wanted = [scale * part for part in right]
    if widths and expect.same(mine[::-1], wanted):  # barh starts at the bottom: largest on top
        return
    if not expect.same(mine, wanted):
        raise Wrong("Les barres ne vont pas de la plus grande à la plus petite.")


def _curve(axes: Any) -> None:
    right = [row["cumul"] for row in _months()]
    for line in axes.lines:
        mine = [float(value) for value in line.get_ydata()]
        if len(mine) == len(right) and mine[0]:
            unit = right[0] / mine[0]
            if expect.same([value * unit for value in mine], right):
                return
    raise Wrong("Le second cadre n'a pas la courbe du cumul.", "Douze points : plot(mois, cumul).")
